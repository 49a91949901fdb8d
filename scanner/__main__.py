"""``python -m scanner`` is the command ``nokosanai``."""

from scanner.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
