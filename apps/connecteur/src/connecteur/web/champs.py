"""The further fields of the slots, one by one: those that are carried to Batigest, and those that could be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connecteur.domain.heure import Compte, Unite
from connecteur.web.reglages import CHAMPS
from connecteur.web.services import Reglages

UNITES = (
    (Unite.NOMBRE, "telle quelle : ce nombre dans Batigest"),
    (Unite.MINUTES, "des minutes, qui deviennent des heures"),
    (Unite.OUI_NON, "oui ou non, qui devient 1 ou rien"),
)
COMPTES = ((Compte.CRENEAU, "à chaque créneau"), (Compte.JOUR, "une fois par jour, la plus grande"))

EnPlus = dict[str, object]


@dataclass(frozen=True, slots=True)
class Trouve:
    """A field that BatiSimply sends."""

    nom: str
    genre: str
    """« nombre » or « oui/non »."""
    repris: bool
    """Whether the settings name it already."""

    @property
    def unite(self) -> Unite:
        """What its values are most likely to be."""
        if self.genre == Unite.OUI_NON:
            return Unite.OUI_NON
        return Unite.MINUTES if "minute" in self.nom.casefold() else Unite.NOMBRE


def en_place(reglages: Reglages) -> list[EnPlus]:
    """Those that the settings carry."""
    valeur = next(un.valeur for un in reglages.list_reglages() if un.cle == CHAMPS)
    return [dict(un) for un in valeur if isinstance(un, dict)] if isinstance(valeur, list) else []


def ajoute(actuels: Sequence[EnPlus], nouveau: EnPlus) -> list[EnPlus]:
    """With this one; the same field again takes the place of what was said of it."""
    autres = [un for un in actuels if un["champ"] != nouveau["champ"]]
    return [*autres, nouveau]


def trouves(inconnus: Mapping[str, str], actuels: Sequence[EnPlus]) -> list[Trouve]:
    """Those that BatiSimply sends, by name."""
    repris = {un["champ"] for un in actuels}
    return [Trouve(nom, genre, nom in repris) for nom, genre in sorted(inconnus.items())]
