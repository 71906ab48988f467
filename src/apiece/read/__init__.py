"""The outside world to an estate with its gaps. Reading never judges."""
