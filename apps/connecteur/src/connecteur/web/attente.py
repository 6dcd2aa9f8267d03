"""What waits for a person, counted for the navigation."""

from dataclasses import dataclass

from connecteur.errors import ErreurConnecteur
from connecteur.web.services import Dossier


@dataclass(frozen=True, slots=True)
class Attente:
    """How many of each wait; zero shows nothing."""

    conflits: int = 0
    rejets: int = 0
    salaries: int = 0


def compte_attente(dossier: Dossier) -> Attente:
    """The counts now; none at all while the tampon does not answer: the page has that to say already."""
    try:
        return Attente(rejets=sum(dossier.rejets.count_rejets().values()))
    except ErreurConnecteur:
        return Attente()
