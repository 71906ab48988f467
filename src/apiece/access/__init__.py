"""Law meets facts: what a function's role allows."""
