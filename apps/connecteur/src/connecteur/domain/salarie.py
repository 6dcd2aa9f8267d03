"""An employee of the dossier and the BatiSimply user he or she is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Salarie:
    """One line of the dossier's employees. `utilisateur` is the BatiSimply UUID (lower case), None when unset."""

    code: str
    nom: str
    prenom: str
    utilisateur: str | None
