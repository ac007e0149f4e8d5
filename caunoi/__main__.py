"""`python -m caunoi`."""

from __future__ import annotations

from caunoi.cli import main

if __name__ == "__main__":
    main()
