"""What the previous generation of the connector left behind, and what it had made of the hours.

Its tampon says what it had read; its map says which line of SuiviMO it had written for which slot. Neither is believed
alone: a line is taken for ours only when it stands in Batigest as the previous generation would have written it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from connecteur.domain.chantier import Champs
from connecteur.domain.heure import ZERO, CleSuivi, Creneau, LigneActuelle, LigneSuivi, Quantites

CENTIEME = Decimal("0.005")
"""Hours that differ by less were the same before they were rounded to a hundredth."""


class AncienCreneau(NamedTuple):
    """One row of `batigest_heures`. `None`: missing or unreadable."""

    id: str
    debut: datetime | None
    fin: datetime | None
    utilisateur: str | None
    projet_id: int | None
    code_projet: str | None
    statut: str
    total: Decimal | None
    """`total_heure`: minutes, as BatiSimply gives them."""
    trajet: bool | None
    panier: bool | None


class AncienneLigne(NamedTuple):
    """One row of `batigest_heures_map`: the line written for a slot."""

    creneau: str
    cle: CleSuivi


class AncienChantier(NamedTuple):
    """One row of `batigest_chantiers` or `batigest_devis`; a field that is not known is left out."""

    code: str
    champs: Champs


@dataclass(slots=True)
class Ancienne:
    """The tampon of the previous generation, as far as it could be read."""

    chantiers: list[AncienChantier] = field(default_factory=list)
    devis_list: list[AncienChantier] = field(default_factory=list)
    creneaux: dict[str, AncienCreneau] = field(default_factory=dict)
    lignes: list[AncienneLigne] = field(default_factory=list)
    fautes: list[str] = field(default_factory=list)
    """What was missing or could not be read, in French."""


class Nature(StrEnum):
    """What is wrong with some hours."""

    PERDUE = "perdue"
    """Validated in BatiSimply, missing in Batigest."""
    EN_TROP = "en trop"
    """In Batigest although no validated slot stands behind them."""
    ETRANGERE = "à vérifier"
    """In the map, and no longer as it was written: not taken for ours, not touched."""


@dataclass(frozen=True, slots=True)
class EcartAncien:
    """Some hours the previous generation lost, or left too many of."""

    nature: Nature
    salarie: str
    chantier: str
    jour: date
    heures: Decimal
    raison: str
    creneaux: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SansPlace:
    """A validated slot that goes nowhere today, and why."""

    creneau: Creneau
    jour: date
    raison: str


@dataclass(slots=True)
class Inventaire:
    """The lines that become ours, and what is wrong."""

    a_nous: list[LigneSuivi] = field(default_factory=list)
    ecarts: list[EcartAncien] = field(default_factory=list)

    def heures(self, nature: Nature) -> Decimal:
        """The total of one nature."""
        return sum((ecart.heures for ecart in self.ecarts if ecart.nature is nature), ZERO)


def inventorie(
    ancienne: Ancienne,
    actuelles: Mapping[CleSuivi, Sequence[LigneActuelle]],
    voulues: Mapping[CleSuivi, LigneSuivi],
    presents: Mapping[str, Creneau],
    sans_place: Iterable[SansPlace],
) -> Inventaire:
    """Compare what the previous generation says it wrote with what is there and with what the slots say today.

    `actuelles` and `voulues` cover one period, `presents` its slots in BatiSimply, by id. Keys outside it stay alone.
    """
    inventaire = Inventaire()
    ecrits: defaultdict[CleSuivi, set[str]] = defaultdict(set)
    for ligne in ancienne.lignes:
        ecrits[ligne.cle].add(ligne.creneau)
    for cle in sorted(ecrits.keys() | voulues.keys()):
        _examine(
            inventaire, ancienne, cle, sorted(ecrits.get(cle, ())), actuelles.get(cle, ()), voulues.get(cle), presents
        )
    for reste in sans_place:
        creneau = reste.creneau
        inventaire.ecarts.append(
            EcartAncien(
                Nature.PERDUE,
                creneau.nom_utilisateur or creneau.utilisateur or "",
                creneau.code_projet or "",
                reste.jour,
                Decimal(creneau.minutes or 0) / 60,
                reste.raison,
                (creneau.id,),
            )
        )
    return inventaire


def _examine(  # noqa: PLR0917 - one key, from every side
    inventaire: Inventaire,
    ancienne: Ancienne,
    cle: CleSuivi,
    ecrits: Sequence[str],
    la: Sequence[LigneActuelle],
    voulue: LigneSuivi | None,
    presents: Mapping[str, Creneau],
) -> None:
    attendu = voulue.quantites.heures if voulue else ZERO

    def note(nature: Nature, heures: Decimal, raison: str, creneaux: Sequence[str]) -> None:
        inventaire.ecarts.append(
            EcartAncien(nature, cle.code_salarie, cle.code_chantier, cle.debut.date(), heures, raison, tuple(creneaux))
        )

    if not la:
        if voulue is not None and attendu:
            efface = "La ligne écrite n’est plus dans Batigest." if ecrits else "Le créneau n’a jamais été écrit."
            note(Nature.PERDUE, attendu, efface, voulue.creneaux)
        return
    present = sum((ligne.quantites.heures for ligne in la), ZERO)
    if len(la) == 1 and voulue is not None and la[0].quantites == voulue.quantites:
        if ecrits:
            inventaire.a_nous.append(LigneSuivi(cle, la[0].quantites, voulue.creneaux))
        return
    ecriture = _ecriture(la[0].quantites, [ancienne.creneaux[i] for i in ecrits if i in ancienne.creneaux])
    if len(la) > 1 or ecriture is None:
        pourquoi = (
            "La ligne n’est plus telle que l’ancien connecteur l’avait écrite : elle n’est pas touchée."
            if ecrits
            else "Une ligne d’un autre programme est à cette place : elle n’est pas touchée."
        )
        note(Nature.ETRANGERE, present - attendu, pourquoi, ecrits or (voulue.creneaux if voulue else ()))
        return
    inventaire.a_nous.append(LigneSuivi(cle, la[0].quantites, tuple(ecrits)))
    if present > attendu:
        note(Nature.EN_TROP, present - attendu, _pourquoi_en_trop(cle, ecrits, ecriture, voulue, presents), ecrits)
    elif present < attendu and voulue is not None:
        autres = len(voulue.creneaux) > 1
        raison = "Un créneau de la même minute en a effacé un autre." if autres else "Le créneau a été allongé depuis."
        note(Nature.PERDUE, attendu - present, raison, voulue.creneaux)


class _Ecriture(StrEnum):
    """How the previous generation came to what stands in the line."""

    HEURES = "heures"
    MINUTES = "minutes"


def _ecriture(presente: Quantites, creneaux: Sequence[AncienCreneau]) -> _Ecriture | None:
    """How one of these slots, or all of them together, make this line; None when they do not."""
    groupes = [[creneau] for creneau in creneaux] + ([list(creneaux)] if len(creneaux) > 1 else [])
    for groupe in groupes:
        if any(creneau.total is None for creneau in groupe):
            continue
        total = sum((creneau.total or ZERO for creneau in groupe), ZERO)
        if not _indemnite(presente.trajet, [c.trajet for c in groupe]):
            continue
        if not _indemnite(presente.panier, [c.panier for c in groupe]):
            continue
        if abs(presente.heures - total / 60) <= CENTIEME:
            return _Ecriture.HEURES
        if abs(presente.heures - total) <= CENTIEME:
            return _Ecriture.MINUTES
    return None


def _indemnite(presente: Decimal, dites: Sequence[bool | None]) -> bool:
    """Whether these slots give this allowance; one whose slot does not say proves nothing either way."""
    connues = [dite for dite in dites if dite is not None]
    return not connues or presente == int(any(connues))


def _pourquoi_en_trop(
    cle: CleSuivi,
    ecrits: Sequence[str],
    ecriture: _Ecriture,
    voulue: LigneSuivi | None,
    presents: Mapping[str, Creneau],
) -> str:
    if ecriture is _Ecriture.MINUTES:
        return "Des minutes ont été écrites à la place d’heures."
    if voulue is not None and set(ecrits) & set(voulue.creneaux):
        return "Le créneau a été raccourci depuis, ou l’un de ceux de cette minute a été retiré."
    encore = [presents[i] for i in ecrits if i in presents]
    if not encore:
        return "Le créneau a été supprimé dans BatiSimply."
    if not any(creneau.valide for creneau in encore):
        return "Le créneau n’est plus validé dans BatiSimply."
    return f"Le créneau a changé de place dans BatiSimply : cette ligne du {cle.debut:%d/%m/%Y} est restée."
