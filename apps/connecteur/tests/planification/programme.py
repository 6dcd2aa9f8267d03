"""A program that takes one run to the middle of its second arrow and hangs there, to be killed.

`python programme.py URL DOSSIER`: prints the run's id, then the arrows it carries out, one per line.
"""

import sys
import threading
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from connecteur.domain.run import Bilan, Fleche, Flux
from connecteur.planification.execution import Atelier
from connecteur.planification.lanceur import Lanceur
from connecteur.sync.ports import Progression
from connecteur.tampon.connexion import Connexions
from connecteur.tampon.tampon import Tampon
from connecteur.tampon.verrou import VerrouDossier


def dit(texte: str) -> None:
    sys.stderr.write(f"{texte}\n")
    sys.stderr.flush()


def execute(fleche: Fleche, run: str, progression: Progression) -> Bilan:
    dit(fleche.value)
    if fleche is Fleche.PUSH_HEURES:
        progression.avance(fleche, 1, 2, "au milieu")
        threading.Event().wait()
    return Bilan(fleche, {"lus": 7})


def main(url: str, dossier: str) -> None:
    tampon = Tampon(url, dossier, ZoneInfo("Europe/Paris"))
    atelier = Atelier(execute, tampon.runs, tampon.exclusif)
    role = VerrouDossier(Connexions(url), f"{dossier}/ouvrier")
    with Lanceur(url, dossier, atelier, role.exclusif, lambda: datetime.now(UTC)) as lanceur:
        run = lanceur.lance(Flux.HEURES, declencheur="programme")
        dit(run)
        lanceur.attend(run)


main(*sys.argv[1:])
