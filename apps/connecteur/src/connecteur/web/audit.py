"""The audit trail, as shown: who did what, to what, from which value to which."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from connecteur.domain.heure import Quantites
from connecteur.sync.ports import EvenementNote
from connecteur.web.conflits import quantites
from connecteur.web.format import majuscule, nombre, typographie

POINT = re.compile(r"(?<=\d)\.(?=\d)")
CHIFFRES = re.compile(r"-?\d+\.\d+( |$)")
"""A number at the beginning: « 4.75 h, trajet 0 »."""

NOMS: Mapping[str, str] = {
    "salarie": "salarié",
    "partage_par": "partagé par",
    "etat": "état",
    "notre": "Batigest",
    "leur": "BatiSimply",
    "batigest": "Batigest",
    "batisimply": "BatiSimply",
    "creneaux": "créneaux",
    "ecrit": "écrit par le connecteur",
    "cle": "enregistrement",
}
"""What the trail calls a value > how it is written."""

OBJETS: Mapping[str, str] = {
    "reglage": "réglage",
    "rejet": "rejet",
    "salarie": "salarié",
    "chantier": "chantier",
    "ligne": "ligne",
    "conflit": "conflit",
    "garde": "garde",
    "horaire": "horaire",
    "projet": "projet",
}
"""What the trail calls a thing > how it is written."""


@dataclass(frozen=True, slots=True)
class VueEvenement:
    """One event, as shown."""

    id: int
    le: datetime
    qui: str
    run: str | None
    """The run that acted, when one did."""
    phrase: str
    objet: str
    cle: str
    changements: tuple[tuple[str, str, str], ...]
    """Name, before, after."""
    details: tuple[tuple[str, str], ...]


def vue_evenement(note: EvenementNote) -> VueEvenement:
    """Lay one out."""
    evenement = note.evenement
    avant, apres = evenement.avant or {}, evenement.apres or {}
    noms = list(dict.fromkeys([*avant, *apres]))
    objet = OBJETS.get(evenement.objet, evenement.objet.replace("_", " "))
    run = evenement.run or (evenement.qui.removeprefix("run ") if evenement.qui.startswith("run ") else None)
    return VueEvenement(
        id=note.id,
        le=note.le,
        qui="Synchronisation" if evenement.qui.startswith("run ") else majuscule(evenement.qui),
        run=run,
        phrase=typographie(f"{majuscule(_fait(evenement.geste))} : {objet} « {evenement.cle} »"),
        objet=evenement.objet,
        cle=evenement.cle,
        changements=tuple((NOMS.get(nom, nom), _texte(avant.get(nom)), _texte(apres.get(nom))) for nom in noms),
        details=tuple((NOMS.get(nom, nom), _texte(valeur)) for nom, valeur in evenement.detail.items()),
    )


def _fait(geste: str) -> str:
    """« trancher » is the act, « tranché » that it was done."""
    verbe, espace, reste = geste.partition(" ")
    return (verbe.removesuffix("er") + "é" if verbe.endswith("er") else verbe) + espace + reste


def _texte(valeur: Any) -> str:
    match valeur:
        case None | "":
            texte = "—"
        case bool():
            texte = "oui" if valeur else "non"
        case float():
            texte = nombre(valeur)
        case [int() | float(), int() | float(), int() | float()]:
            # What a line holds, as the history of findings keeps it.
            texte = quantites(Quantites(*(Decimal(str(un)) for un in valeur)))
        case Mapping():
            texte = ", ".join(f"{NOMS.get(nom, nom)} : {_texte(un)}" for nom, un in valeur.items())
        case list() | tuple():
            texte = ", ".join(_texte(un) for un in valeur)
        case _:
            texte = POINT.sub(",", str(valeur)) if CHIFFRES.match(str(valeur)) else str(valeur)
    return texte
