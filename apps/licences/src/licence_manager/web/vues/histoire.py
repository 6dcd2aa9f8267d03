"""What happened to a licence, in sentences."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from licence_manager.domain.duree import jour_de
from licence_manager.domain.historique import GESTES_FR, Evenement, Geste
from licence_manager.domain.licence import SANS_LIMITE
from licence_manager.domain.suivi import Passage
from licence_manager.web.vues.licence import Ton
from licence_manager.web.vues.verdicts import VERDICTS_FR
from sages_commun.licence.verdict import Verdict
from sages_commun.web.format import nombre, pluriel

CHAMPS_FR = {
    "client": "Client",
    "entreprise": "Entreprise",
    "email": "E-mail",
    "fonctions": "Fonctions",
    "utilisations_max": "Utilisations",
    "machines_max": "Machines",
    "notes": "Notes",
}
LONGUEUR_MONTREE = 160
TONS: dict[Geste, Ton] = {
    Geste.CREATION: "bien",
    Geste.IMPORT: "bien",
    Geste.REACTIVATION: "bien",
    Geste.PROLONGATION: "bien",
    Geste.DESACTIVATION: "mal",
    Geste.ARCHIVAGE: "mal",
    Geste.NOUVELLE_CLE: "garde",
    Geste.ROTATION: "garde",
    Geste.EXPORT: "garde",
}


@dataclass(frozen=True, slots=True)
class Fait:
    """One thing that happened."""

    titre: str
    qui: str
    le: datetime
    ton: Ton
    lignes: tuple[str, ...]


def fait(evenement: Evenement) -> Fait:
    """An event, in words."""
    dit = _LIGNES.get(evenement.geste, _raison)
    return Fait(
        titre=GESTES_FR[evenement.geste],
        qui=evenement.qui,
        le=evenement.le,
        ton=TONS.get(evenement.geste, "neutre"),
        lignes=tuple(ligne for ligne in dit(evenement.detail) if ligne),
    )


def _raison(detail: Mapping[str, Any]) -> list[str]:
    return [str(detail["raison"])] if detail.get("raison") else []


def _echeance(detail: Mapping[str, Any]) -> list[str]:
    return [f"Jusqu’au {_jour(detail['expire'])}."] if "expire" in detail else []


def _prolongation(detail: Mapping[str, Any]) -> list[str]:
    match detail.get("expire"):
        case [avant, apres]:
            return [f"Échéance : {_jour(avant)} → {_jour(apres)}."]
        case _:
            return []


def _modification(detail: Mapping[str, Any]) -> list[str]:
    lignes = []
    for champ, valeurs in detail.items():
        match valeurs:
            case [avant, apres]:
                lignes.append(f"{CHAMPS_FR.get(champ, champ)} : {_valeur(champ, avant)} → {_valeur(champ, apres)}")
            case _:
                continue
    return lignes


def _machine(detail: Mapping[str, Any]) -> list[str]:
    return [str(detail.get("machine", ""))]


def _rappel(detail: Mapping[str, Any]) -> list[str]:
    jours = int(detail.get("jours", 0))
    quand = {0: "le jour même", 1: "la veille"}.get(jours, f"{pluriel(jours, 'jour')} avant")
    return [f"Envoyé {quand}."]


def _kid(detail: Mapping[str, Any]) -> list[str]:
    return [f"Clé {detail['kid']}."] if detail.get("kid") else []


def _export(_detail: Mapping[str, Any]) -> list[str]:
    return ["Fichier CSV avec les clés en clair."]


_LIGNES: dict[Geste, Callable[[Mapping[str, Any]], list[str]]] = {
    Geste.CREATION: _echeance,
    Geste.IMPORT: _echeance,
    Geste.PROLONGATION: _prolongation,
    Geste.MODIFICATION: _modification,
    Geste.MACHINE_AJOUTEE: _machine,
    Geste.MACHINE_RETIREE: _machine,
    Geste.RAPPEL: _rappel,
    Geste.ROTATION: _kid,
    Geste.LIVRAISON: _kid,
    Geste.EXPORT: _export,
}


def _jour(iso: object) -> str:
    return f"{jour_de(datetime.fromisoformat(str(iso))):%d/%m/%Y}"


def _valeur(champ: str, valeur: object) -> str:
    if isinstance(valeur, list):
        return ", ".join(str(un) for un in valeur) or "aucune"
    if champ.endswith("_max") and isinstance(valeur, int):
        return "sans limite" if valeur == SANS_LIMITE else nombre(valeur)
    texte = " ".join(str(valeur).split())
    if not texte:
        return "rien"
    return f"« {texte if len(texte) <= LONGUEUR_MONTREE else texte[: LONGUEUR_MONTREE - 1] + '…'} »"


@dataclass(frozen=True, slots=True)
class VuePassage:
    """One validation, in words."""

    passage: Passage
    texte: str
    ton: Ton


def vue_passage(passage: Passage) -> VuePassage:
    """A validation."""
    return VuePassage(passage, VERDICTS_FR[passage.verdict], "bien" if passage.verdict is Verdict.VALIDE else "mal")
