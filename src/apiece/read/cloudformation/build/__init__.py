"""From resolved templates to the records of an estate."""
