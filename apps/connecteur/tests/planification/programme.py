"""A program among several that carry out runs, to be watched and killed.

`python -m apps.connecteur.tests.planification.programme URL DOSSIER…`, at the root, perhaps with `EXPIREE` before the
dossiers: a licence that ended, with its grace, long ago. Says « prêt », then
« dossier flèche run » for each arrow it carries out. The arrow push_heures hangs, unless the tampon says otherwise: it
waits for a row of `public.laisse` that bears its dossier. A line « lance DOSSIER » on standard input asks for a run and
says « lancé DOSSIER run ».
"""

import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from apps.connecteur.tests.pieces.licence import licence_en_vigueur

from connecteur.bootstrap import LicenceDuDossier
from connecteur.domain.run import Bilan, Fleche, Flux
from connecteur.errors import Annule
from connecteur.planification.execution import Atelier
from connecteur.planification.planification import Planification
from connecteur.sync.ports import Progression
from connecteur.tampon.connexion import Connexions
from connecteur.tampon.executants import Executants
from connecteur.tampon.tampon import Tampon

EXPIREE = "--licence-expiree"


def dit(texte: str) -> None:
    sys.stdout.write(f"{texte}\n")
    sys.stdout.flush()


def execute(
    url: str, dossier: str, fleche: Fleche, run: str, progression: Progression, _suivante: Fleche | None
) -> Bilan:
    dit(f"{dossier} {fleche.value} {run}")
    if fleche is Fleche.PUSH_HEURES:
        progression.avance(fleche, 1, 2, "au milieu")
        horloge = threading.Event()
        with psycopg.connect(url, autocommit=True) as connexion:
            while not connexion.execute("SELECT 1 FROM public.laisse WHERE dossier = %s", (dossier,)).fetchone():
                if progression.annulation_demandee():
                    raise Annule("La synchronisation a été annulée.")
                horloge.wait(0.05)
    return Bilan(fleche, {"lus": 7})


def main(url: str, *dossiers: str) -> None:
    options: dict[str, Any] = {}
    if dossiers[0] == EXPIREE:
        options = {"emis": datetime.now(UTC) - timedelta(days=60), "licence_jours": 30}
        dossiers = dossiers[1:]
    with licence_en_vigueur(url, **options) as licence:
        sert(url, dossiers, licence)


def sert(url: str, dossiers: Sequence[str], licence: LicenceDuDossier) -> None:
    tampons = {dossier: Tampon(url, dossier, ZoneInfo("Europe/Paris")) for dossier in dossiers}
    ateliers = {
        dossier: Atelier(partial(execute, url, dossier), tampon.runs, tampon.exclusif, licence)
        for dossier, tampon in tampons.items()
    }
    with Planification(url, ateliers, Executants(Connexions(url)), lambda: datetime.now(UTC)) as planification:
        dit("prêt")
        for ligne in sys.stdin:
            dossier = ligne.split()[1]
            dit(f"lancé {dossier} {planification.lanceurs[dossier].lance(Flux.HEURES, declencheur='programme')}")


if __name__ == "__main__":
    main(*sys.argv[1:])
