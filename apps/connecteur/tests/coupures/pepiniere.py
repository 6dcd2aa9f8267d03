"""A process that makes processes to be killed: `python pepiniere.py config.toml`.

Everything is imported once. For each line read on standard input a child is forked, says « pret », runs a whole
synchronisation of both directions, says « fini » and dies. It opens its own connections: nothing is shared with its
parent but code. Whoever reads kills it whenever it likes.
"""

import os
import sys
from pathlib import Path

import mssql_python  # noqa: F401  loaded before the fork, so that a child costs nothing

import connecteur.batigest.dossier
import connecteur.batisimply.client  # noqa: F401  idem
from connecteur.bootstrap import ouvre
from connecteur.domain.run import Fleche
from connecteur.settings import Reglages, charge
from connecteur.sync.memoire import SansEcran


def synchronise(reglages: Reglages, run: str) -> None:
    """The four arrows, by the very pieces the product runs."""
    with ouvre(reglages) as systemes:
        for fleche in Fleche:
            systemes.execute(fleche, run, SansEcran())


def main() -> None:
    """Fork a child per line."""
    reglages = charge(Path(sys.argv[1]))
    for rang, _ligne in enumerate(sys.stdin):
        _enfante(reglages, rang)
        _dit("mort")


def _enfante(reglages: Reglages, rang: int) -> None:
    if sys.platform != "win32":
        pid = os.fork()
        if pid == 0:
            _dit(f"pret {os.getpid()}")
            try:
                synchronise(reglages, f"coupure-{rang}")
                _dit("fini")
            finally:
                os._exit(0)
        os.waitpid(pid, 0)


def _dit(texte: str) -> None:
    os.write(1, f"{texte}\n".encode())


if __name__ == "__main__":
    main()
