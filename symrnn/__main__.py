"""``python -m symrnn``."""

from symrnn.app.entry import main

if __name__ == "__main__":
    main()
