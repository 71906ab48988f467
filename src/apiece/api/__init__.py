"""The use cases, from values to values; every face calls these."""
