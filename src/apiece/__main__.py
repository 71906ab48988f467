"""`python -m apiece`."""

from __future__ import annotations

from apiece.cli import main

if __name__ == "__main__":
    main()
