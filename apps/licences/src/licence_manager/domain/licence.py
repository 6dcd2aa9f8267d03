"""A licence: what was sold to whom, until when, and what it is worth now."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

SANS_LIMITE = -1
LIMITE_MAX = 1_000_000_000
ADRESSE = re.compile(r"[^@\s<>,;:\"()\[\]\\]+@[^@\s<>,;:\"()\[\]\\]+\.[^@\s<>,;:\"()\[\]\\.]+")
LONGUEURS = {"client": 200, "entreprise": 200, "email": 254, "notes": 10_000}


class Fonction(StrEnum):
    """What a licence lets the connector do."""

    CHANTIER = "chantier"
    DEVIS = "devis"
    HEURES = "heures"


class Etat(StrEnum):
    """What a licence is worth at some moment; the first that applies, in this order."""

    ARCHIVEE = "archivee"
    INACTIVE = "inactive"
    EXPIREE = "expiree"
    EXPIRE_BIENTOT = "expire_bientot"
    ACTIVE = "active"


ETATS_FR: dict[Etat, str] = {
    Etat.ARCHIVEE: "archivée",
    Etat.INACTIVE: "inactive",
    Etat.EXPIREE: "expirée",
    Etat.EXPIRE_BIENTOT: "expire bientôt",
    Etat.ACTIVE: "active",
}


@dataclass(frozen=True, slots=True)
class Fiche:
    """What a person writes down when selling a licence."""

    client: str
    entreprise: str = ""
    email: str = ""
    fonctions: frozenset[Fonction] = frozenset(Fonction)
    utilisations_max: int = SANS_LIMITE
    machines_max: int = SANS_LIMITE
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence as it is kept. Its key is not here: it is read on its own, by who may see it."""

    id: int
    fiche: Fiche
    cree_le: datetime
    expire_le: datetime
    """The last second in which it is in force."""
    utilisations: int
    active: bool
    archivee: bool
    derniere_utilisation: datetime | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine that uses a licence."""

    machine: str
    premiere_le: datetime
    derniere_le: datetime
    version: str | None
    """Version of the connector at its last contact."""


def etat(licence: Licence, maintenant: datetime, bientot: datetime) -> Etat:
    """What the licence is worth now; `bientot` is until when an expiry is said to be near."""
    if licence.archivee:
        return Etat.ARCHIVEE
    if not licence.active:
        return Etat.INACTIVE
    if est_expiree(licence, maintenant):
        return Etat.EXPIREE
    return Etat.EXPIRE_BIENTOT if licence.expire_le <= bientot else Etat.ACTIVE


def est_expiree(licence: Licence, maintenant: datetime) -> bool:
    """Whether its last second is over."""
    return maintenant.replace(microsecond=0) > licence.expire_le


def defauts_par_champ(fiche: Fiche) -> dict[str, list[str]]:
    """What is wrong with it: field > French sentences; empty when it may be kept."""
    trouves: dict[str, list[str]] = {}
    if not fiche.client.strip():
        trouves["client"] = ["Le nom du client manque."]
    for nom, longueur in LONGUEURS.items():
        texte = str(getattr(fiche, nom))
        if len(texte) > longueur:
            trouves.setdefault(nom, []).append(f"« {nom} » dépasse {longueur} caractères.")
        if any(_est_interdit(c, multiligne=nom == "notes") for c in texte):
            trouves.setdefault(nom, []).append(f"« {nom} » contient un caractère de contrôle.")
    if fiche.email and not ADRESSE.fullmatch(fiche.email):
        trouves.setdefault("email", []).append("L’adresse e-mail n’est pas valable.")
    if not fiche.fonctions:
        trouves["fonctions"] = ["Une licence permet au moins une fonction : chantier, devis ou heures."]
    for nom in ("utilisations_max", "machines_max"):
        valeur = getattr(fiche, nom)
        if valeur != SANS_LIMITE and not 1 <= valeur <= LIMITE_MAX:
            quoi = nom.removesuffix("_max")
            trouves[nom] = [f"« {quoi} » doit être -1 (sans limite) ou un nombre de 1 à {LIMITE_MAX}."]
    return trouves


def defauts(fiche: Fiche) -> list[str]:
    """The same, one after the other."""
    return [phrase for phrases in defauts_par_champ(fiche).values() for phrase in phrases]


def _est_interdit(caractere: str, *, multiligne: bool) -> bool:
    """NUL and lone surrogates cannot be stored; the others would break a page, a header or a CSV."""
    return unicodedata.category(caractere) in {"Cc", "Cs"} and not (multiligne and caractere in "\n\r\t")


def texte_recherche(*textes: str) -> str:
    """Without case nor accents, so that « lefevre » finds « LEFÈVRE »."""
    decompose = unicodedata.normalize("NFKD", " ".join(textes)).casefold()
    return " ".join("".join(c for c in decompose if not unicodedata.combining(c)).split())
