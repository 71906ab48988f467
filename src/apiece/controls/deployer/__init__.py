"""Controls of those who deploy."""
