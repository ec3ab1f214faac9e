"""`python -m server.cli` runs the command `freehold`."""

from server.cli import main

if __name__ == "__main__":
    main()
