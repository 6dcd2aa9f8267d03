"""`python -m licence_manager`: serves, unless told otherwise."""

import sys

from licence_manager.cli import main

if __name__ == "__main__":
    main(sys.argv[1:] or ["serve"])
