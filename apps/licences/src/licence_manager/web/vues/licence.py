"""A licence, as shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from licence_manager.domain.duree import Depart, Duree, jour_de, lit_duree, prolonge
from licence_manager.domain.historique import Evenement
from licence_manager.domain.licence import SANS_LIMITE, Etat, Licence
from sages_commun.licence.cle import masque_cle
from sages_commun.web.format import INSECABLE, nombre, pluriel

Ton = Literal["bien", "garde", "mal", "neutre", "actif"]
"""How something is coloured; never the only sign of it."""

ETATS: dict[Etat, tuple[str, Ton, str]] = {
    Etat.ACTIVE: ("Active", "bien", "coche"),
    Etat.EXPIRE_BIENTOT: ("Expire bientôt", "garde", "horloge"),
    Etat.EXPIREE: ("Expirée", "mal", "croix"),
    Etat.INACTIVE: ("Inactive", "neutre", "pause"),
    Etat.ARCHIVEE: ("Archivée", "neutre", "tiret"),
}
"""State > its word, its tone, its sign."""

DUREES: tuple[tuple[str, str], ...] = (
    ("1 mois", f"1{INSECABLE}mois"),
    ("3 mois", f"3{INSECABLE}mois"),
    ("6 mois", f"6{INSECABLE}mois"),
    ("1 an", f"1{INSECABLE}an"),
    ("2 ans", f"2{INSECABLE}ans"),
    ("3 ans", f"3{INSECABLE}ans"),
)
"""The durations that are offered: what is sent, what is read."""


@dataclass(frozen=True, slots=True)
class VueLicence:
    """A licence and what is said of it now."""

    licence: Licence
    etat: Etat
    maintenant: datetime
    cle: str = ""
    """Masked, unless who looks may see it."""

    @property
    def nom(self) -> str:
        """How people call it."""
        return self.licence.fiche.entreprise or self.licence.fiche.client

    @property
    def qui(self) -> str:
        """The person there; empty when the name says it already."""
        return self.licence.fiche.client if self.licence.fiche.entreprise else ""

    @property
    def adresse(self) -> str:
        """Its page: by its number, so that no key stands in an address."""
        return f"/licenses/details/{self.licence.id}"

    @property
    def etiquette(self) -> tuple[str, Ton, str]:
        """Word, tone, sign."""
        return ETATS[self.etat]

    @property
    def fin(self) -> date:
        """Its last day, in Paris."""
        return jour_de(self.licence.expire_le)

    @property
    def reste(self) -> str:
        """« dans 12 jours », « depuis 3 jours »."""
        return dit_reste(self.fin, jour_de(self.maintenant))

    @property
    def utilisations(self) -> str:
        """« 12 sur 100 », « 12 »."""
        return _sur(self.licence.utilisations, self.licence.fiche.utilisations_max)

    @property
    def part_utilisee(self) -> int | None:
        """Uses made, in hundredths; None without a limit."""
        plafond = self.licence.fiche.utilisations_max
        return None if plafond == SANS_LIMITE else min(100, self.licence.utilisations * 100 // plafond)


def dit_reste(fin: date, aujourd_hui: date) -> str:
    """How far a last day is."""
    jours = (fin - aujourd_hui).days
    if jours in _PROCHES:
        return _PROCHES[jours]
    if abs(jours) < MOIS_LISIBLES:
        quoi = pluriel(abs(jours), "jour")
    else:
        quoi = f"{nombre(round(abs(jours) / 30.44))}{INSECABLE}mois"
    return f"dans {quoi}" if jours > 0 else f"depuis {quoi}"


_PROCHES = {0: "aujourd’hui", 1: "demain", -1: "depuis hier"}
MOIS_LISIBLES = 100
"""From so many days on, months say more."""


def vue_licence(
    licence: Licence, etat: Etat, maintenant: datetime, cles: Mapping[int, str], *, en_clair: bool = False
) -> VueLicence:
    """A licence with its key, masked unless `en_clair`."""
    cle = cles[licence.id]
    return VueLicence(licence, etat, maintenant, cle if en_clair else masque_cle(cle))


def raison_etat(vue: VueLicence, dernier: Evenement | None) -> str:
    """Why the licence is worth what it is; `dernier` is what last put it out of use."""
    fin = f"{vue.fin:%d/%m/%Y}"
    pourquoi = _pourquoi(dernier)
    match vue.etat:
        case Etat.ARCHIVEE:
            return f"Archivée{pourquoi}. Les connecteurs sont refusés ; rien n’en est perdu."
        case Etat.INACTIVE:
            return f"Désactivée{pourquoi}. Les connecteurs sont refusés à leur prochain contact."
        case Etat.EXPIREE:
            return f"En vigueur jusqu’au {fin}, expirée {vue.reste}. Les connecteurs sont refusés."
        case Etat.EXPIRE_BIENTOT:
            return f"En vigueur jusqu’au {fin} au soir : expire {vue.reste}."
        case Etat.ACTIVE:
            return f"En vigueur jusqu’au {fin} au soir."


def _pourquoi(dernier: Evenement | None) -> str:
    if dernier is None:
        return ""
    raison = str(dernier.detail.get("raison", ""))
    quand = f" le {jour_de(dernier.le):%d/%m/%Y} par {dernier.qui}"
    return f"{quand} (« {raison} »)" if raison else quand


@dataclass(frozen=True, slots=True)
class Prolongation:
    """One way to extend a licence, with the day it leads to."""

    valeur: str
    """What is sent: `1 an|expiration`."""
    libelle: str
    depart: Depart
    jour: date | None
    """None: too far."""


DEPARTS: dict[Depart, str] = {Depart.EXPIRATION: "Depuis l’échéance", Depart.MAINTENANT: "Depuis aujourd’hui"}


def prolongations(licence: Licence, maintenant: datetime) -> list[tuple[str, list[Prolongation]]]:
    """Each duration, and where it leads from the end and from today."""
    return [
        (libelle, [_prolongation(licence, maintenant, duree, libelle, depart) for depart in DEPARTS])
        for duree, libelle in DUREES
    ]


def _prolongation(licence: Licence, maintenant: datetime, duree: str, libelle: str, depart: Depart) -> Prolongation:
    return Prolongation(f"{duree}|{depart.value}", libelle, depart, jour_prolonge(licence, maintenant, duree, depart))


def jour_prolonge(licence: Licence, maintenant: datetime, duree: str | Duree, depart: Depart) -> date | None:
    """The last day of the licence once extended; None when it is too far. Raises `ValueError` for a wrong duration."""
    lue = lit_duree(duree) if isinstance(duree, str) else duree
    try:
        return jour_de(prolonge(licence.expire_le, maintenant, lue, depart))
    except ValueError:
        return None


def limite(valeur: int, singulier: str) -> str:
    """« sans limite », « 3 machines »."""
    return "sans limite" if valeur == SANS_LIMITE else pluriel(valeur, singulier)


def _sur(combien: int, plafond: int) -> str:
    return nombre(combien) if plafond == SANS_LIMITE else f"{nombre(combien)} sur {nombre(plafond)}"
