"""Live AWS accounts to an estate: every call declared, every failure a gap."""
