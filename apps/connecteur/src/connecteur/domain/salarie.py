"""An employee of the dossier and the BatiSimply user he or she is."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Salarie:
    """One line of the dossier's employees. `utilisateur` is the BatiSimply UUID (lower case), None when unset."""

    code: str
    nom: str
    prenom: str
    utilisateur: str | None

    @property
    def nom_complet(self) -> str:
        """« Léa Martin »; the code of whoever has no name."""
        return " ".join(filter(None, (self.prenom, self.nom))) or self.code


@dataclass(frozen=True, slots=True)
class Utilisateur:
    """A BatiSimply user, as the slots tell of him or her."""

    id: str
    """UUID, lower case."""
    nom: str
    creneaux: int
    dernier: datetime
    """Start of the latest slot (aware)."""
    en_attente: int
    """Validated slots that cannot be delivered because of who they are of."""
    heures_en_attente: Decimal
