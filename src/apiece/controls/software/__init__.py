"""Controls on what software runs."""
