"""Results as data, importable by everything that judges, shows or remembers."""
