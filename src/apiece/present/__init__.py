"""Results to text, JSON and SARIF. Pure: nothing here reads, asks or prints."""
