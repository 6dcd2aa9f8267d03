"""The audit trail, as shown: who did what, to what, from which value to which."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from connecteur.domain.heure import Quantites
from connecteur.sync.ports import Evenement, EvenementNote
from connecteur.web.autour import CONSTATS_DITS
from connecteur.web.conflits import quantites
from connecteur.web.reglages import affiche
from connecteur.web.reglages_textes import NOMS as NOMS_REGLAGES
from sages_commun.web.format import majuscule, nombre, typographie

POINT = re.compile(r"(?<=\d)\.(?=\d)")
CHIFFRES = re.compile(r"-?\d+\.\d+( |$)")
"""A number at the beginning: « 4.75 h, trajet 0 »."""
JOUR = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
LIGNE = re.compile(r"(?P<chantier>.*)/(?P<salarie>.*)/(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d)")
"""The key of a line of SuiviMO, as the trail writes it."""
DITS_AILLEURS: Mapping[str, frozenset[str]] = {
    "rejet": frozenset({"objet", "motif", "libelle"}),
    "ligne": frozenset({"ecriture"}),
    "chantier": frozenset({"genre"}),
}
"""What the trail keeps of a thing and its sentence says already, or that only a machine needs."""

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
    run = evenement.run or (evenement.qui.removeprefix("run ") if evenement.qui.startswith("run ") else None)
    return VueEvenement(
        id=note.id,
        le=note.le,
        qui="Synchronisation" if evenement.qui.startswith("run ") else majuscule(evenement.qui),
        run=run,
        phrase=typographie(f"{majuscule(_fait(evenement.geste))} : {_sujet(evenement)}"),
        objet=evenement.objet,
        cle=evenement.cle,
        changements=tuple(
            (NOMS.get(nom, nom), _dit(evenement, avant.get(nom)), _dit(evenement, apres.get(nom)))
            for nom in noms
            if avant.get(nom) != apres.get(nom)
        ),
        details=tuple(
            (
                NOMS.get(nom, nom),
                CONSTATS_DITS.get(valeur, _texte(valeur)) if isinstance(valeur, str) else _texte(valeur),
            )
            for nom, valeur in evenement.detail.items()
            if valeur not in (None, "") and nom not in DITS_AILLEURS.get(evenement.objet, ())
        ),
    )


def _sujet(evenement: Evenement) -> str:
    """What was acted upon, in the words of the pages: no key a person would have to decipher."""
    objet = OBJETS.get(evenement.objet, evenement.objet.replace("_", " "))
    ligne = LIGNE.fullmatch(evenement.cle) if evenement.objet == "ligne" else None
    match evenement.objet:
        case "ligne" if ligne is not None:
            annee, mois, jour, heure = ligne.groups()[2:]
            quand = f"{jour}/{mois}/{annee}" + (f" à {heure}" if heure != "00:00" else "")
            return f"ligne du {quand}, salarié {ligne['salarie']}, chantier {ligne['chantier']}"
        case "reglage":
            return f"{objet} « {NOMS_REGLAGES.get(evenement.cle, evenement.cle)} »"
        case "rejet" if libelle := evenement.detail.get("libelle"):
            return f"{objet} n° {evenement.cle}, {libelle}"
        case "salarie":
            return f"utilisateur BatiSimply « {evenement.cle} »"
        case _:
            return f"{objet} « {evenement.cle} »"


def _dit(evenement: Evenement, valeur: Any) -> str:
    if evenement.objet == "reglage" and valeur is not None:
        return affiche(evenement.cle, valeur)
    return _texte(valeur)


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
        case [int() | float(), int() | float(), int() | float(), *plus] if all(
            isinstance(n, int | float) for n in plus
        ):
            # What a line holds, as the history of findings keeps it.
            texte = quantites(_quantites([Decimal(str(un)) for un in valeur]))
        case Mapping():
            texte = ", ".join(f"{NOMS.get(nom, nom)} : {_texte(un)}" for nom, un in valeur.items())
        case list() | tuple():
            texte = ", ".join(_texte(un) for un in valeur)
        case str() if jour := JOUR.fullmatch(valeur):
            texte = "/".join(reversed(jour.groups()))
        case _:
            texte = POINT.sub(",", str(valeur)) if CHIFFRES.match(str(valeur)) else str(valeur)
    return texte


def _quantites(nombres: Sequence[Decimal]) -> Quantites:
    """Hours, trajet, panier, then number and quantity of each further heading."""
    heures, trajet, panier, *plus = nombres
    return Quantites(heures, trajet, panier, tuple(zip(map(int, plus[::2]), plus[1::2], strict=False)))
