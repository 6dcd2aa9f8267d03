"""What can be asked of the list of licences, and how a page of it ends."""

import base64
import binascii
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from licence_manager.domain.duree import bornes_du_mois
from licence_manager.domain.licence import Licence

T = TypeVar("T")
TAILLE_PAGE = 50
TAILLE_PAGE_MAX = 500
LONGUEUR_TEXTE = 200


class Filtre(StrEnum):
    """Which licences."""

    TOUTES = "toutes"
    """All but the archived ones."""
    ACTIVES = "actives"
    EXPIRENT_BIENTOT = "expirent_bientot"
    EXPIREES = "expirees"
    INACTIVES = "inactives"
    ARCHIVEES = "archivees"
    REFUSEES = "refusees"
    """Refused by a verdict these last days."""
    PRES_LIMITE = "pres_limite"
    """In use, and close to the end of its uses or of its machines."""
    SILENCIEUSES = "silencieuses"
    """In use, and not heard of for some days."""


class Tri(StrEnum):
    """In which order."""

    RECENTES = "recentes"
    ECHEANCE = "echeance"
    ENTREPRISE = "entreprise"


@dataclass(frozen=True, slots=True)
class Critere:
    """A question to the list."""

    filtre: Filtre = Filtre.TOUTES
    texte: str = ""
    """Words, each of which stands in the client, the company, the e-mail or the notes; or a whole licence key."""
    tri: Tri = Tri.RECENTES
    mois: str = ""
    """`2026-12`: those that expire in that month, in Paris."""

    def __post_init__(self) -> None:
        """Raises `ValueError` for a month that is none."""
        if self.mois:
            bornes_du_mois(self.mois)


@dataclass(frozen=True, slots=True)
class Curseur:
    """The last row of a page: what the next one begins after."""

    valeur: str
    """The value it was sorted by, as text."""
    id: int

    def texte(self) -> str:
        """For an address."""
        return base64.urlsafe_b64encode(json.dumps([self.valeur, self.id]).encode()).decode().rstrip("=")

    @classmethod
    def lit(cls, texte: str) -> "Curseur":
        """Raises `ValueError` when it is not one of ours."""
        try:
            match json.loads(base64.b64decode(texte + "=" * (-len(texte) % 4), altchars=b"-_", validate=True)):
                case [str(valeur), int(rang)] if 0 <= rang < 2**63 and "\0" not in valeur:
                    valeur.encode()
                    return cls(valeur, rang)
        except (binascii.Error, ValueError, RecursionError):
            pass
        raise ValueError("La page demandée n’existe pas.")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows, and where the next ones begin (None: these were the last)."""

    lignes: tuple[T, ...]
    suite: Curseur | None
    retour: Curseur | None = None
    """What the page before ends before (None: this is the first)."""


PageLicences = Page[Licence]
