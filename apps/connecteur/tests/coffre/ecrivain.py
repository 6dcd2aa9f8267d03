"""A program of its own that writes to a vault, over and over: killed, or beside another one."""

import sys
from pathlib import Path

from connecteur.coffre import Coffre, Source

GROS = "x" * 20_000


def ecrit(dossier: Path, nom: str, combien: int) -> None:
    """Add so many secrets of its own, each in a write of its own."""
    coffre = Coffre(dossier)
    for rang in range(combien):
        coffre.ecrit({f"{nom}.{rang}": f"{rang}"})


def recommence(dossier: Path) -> None:
    """Without end: two values that belong together, then another key. Says « . » when the first is done."""
    coffre = Coffre(dossier)
    for rang in range(1_000_000):
        coffre.ecrit({"un": f"{rang}{GROS}", "autre": f"{rang}{GROS}"})
        coffre.change_cle(Source.FICHIER)
        if not rang:
            print(".", flush=True)  # noqa: T201


if __name__ == "__main__":
    if sys.argv[2] == "sans-fin":
        recommence(Path(sys.argv[1]))
    else:
        ecrit(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
