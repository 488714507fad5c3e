"""``python -m symrnn``."""

from symrnn.app.cli import main

if __name__ == "__main__":
    main()
