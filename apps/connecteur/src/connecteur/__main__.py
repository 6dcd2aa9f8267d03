"""`python -m connecteur`."""

from connecteur.cli import main

if __name__ == "__main__":
    main()
