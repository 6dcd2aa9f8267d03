"""What `python run.py demo` accepts."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from sages_commun.postgres_embarque import dossier_par_defaut

Taille = Literal["petit", "moyen", "grand"]
TAILLES: tuple[Taille, ...] = ("petit", "moyen", "grand")
PORT = 8000
PORT_MAX = 65535
NOM = "connecteur-sages-demo"


@dataclass(frozen=True, slots=True)
class Options:
    """One demonstration as asked for."""

    taille: Taille
    une_fois: bool
    json: bool
    neuf: bool
    port: int
    donnees: Path
    """Absolute. By default one folder per size, so that no size ever replaces another's data."""


def lit_options(arguments: Sequence[str]) -> Options:
    """Read the command line; a wrong one ends the program with status 2."""
    analyseur = argparse.ArgumentParser(
        prog="python run.py demo", description="Le connecteur, sur des données inventées."
    )
    analyseur.add_argument("--taille", choices=TAILLES, default="petit", help="petit par défaut")
    analyseur.add_argument("--une-fois", action="store_true", help="synchroniser, rendre compte et terminer")
    analyseur.add_argument("--json", action="store_true", help="une ligne de JSON quand tout est prêt")
    analyseur.add_argument("--neuf", action="store_true", help="repartir de données neuves, datées d’aujourd’hui")
    analyseur.add_argument("--port", type=int, default=PORT, help=f"port du connecteur ({PORT} par défaut)")
    analyseur.add_argument("--donnees", type=Path, help="où garder les données de la démonstration")
    lues = analyseur.parse_args(arguments)
    if not 1 <= lues.port <= PORT_MAX:
        analyseur.error(f"--port : un port va de 1 à {PORT_MAX}")
    return Options(
        taille=cast("Taille", lues.taille),
        une_fois=lues.une_fois,
        json=lues.json,
        neuf=lues.neuf,
        port=lues.port,
        donnees=Path(lues.donnees).absolute() if lues.donnees else dossier_par_defaut(NOM) / lues.taille,
    )
