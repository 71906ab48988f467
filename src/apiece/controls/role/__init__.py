"""Controls on execution roles."""
