"""A process that makes processes to be killed: `python pepiniere.py config.toml`.

Everything is imported once. For each line read on standard input a child is forked, says « pret », runs a whole
synchronisation of both directions, says « fini » and dies. It opens its own connections: nothing is shared with its
parent but code. Whoever reads kills it whenever it likes.
"""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import mssql_python  # noqa: F401  loaded before the fork, so that a child costs nothing

from connecteur.batigest import Dossier
from connecteur.batisimply.client import ClientBatisimply
from connecteur.domain.run import Fleche
from connecteur.settings import Reglages, charge
from connecteur.sync.run import Bouts, execute_fleche
from connecteur.tampon.tampon import Tampon


class SansEcran:
    """Nobody looks."""

    def avance(self, fleche: Fleche, fait: int, total: int, message: str = "") -> None:
        """Nothing."""

    def annulation_demandee(self) -> bool:
        """Never."""
        return False


def synchronise(reglages: Reglages, run: str) -> None:
    """The four arrows."""
    if reglages.tampon.url is None:
        raise SystemExit("tampon.url manque")
    fuseau = ZoneInfo(reglages.dossier.fuseau)
    with (
        Tampon(reglages.tampon.url.get_secret_value(), reglages.dossier.code, fuseau) as tampon,
        Dossier(reglages.batigest, reglages.dossier.rubriques) as dossier,
        ClientBatisimply(reglages.batisimply) as client,
    ):
        bouts = Bouts(
            dossier, client, tampon, fuseau, lambda: datetime.now(UTC), fenetre_jours=reglages.dossier.fenetre_jours
        )
        for fleche in Fleche:
            execute_fleche(fleche, bouts, run, SansEcran())


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
