"""``python -m unknot``: the command line."""

from unknot.cli import main

if __name__ == "__main__":
    main()
