"""Controls on secrets."""
