"""The control matrix as a table of texts, a spreadsheet and a page."""
