"""Controls on what policies allow."""
