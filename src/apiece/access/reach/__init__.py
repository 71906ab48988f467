"""How far a function's permissions reach: what it can do, whom it can become, and by which requests."""
