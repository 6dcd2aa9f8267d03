"""The disputed fields of chantiers, as shown."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation

from connecteur.domain.chantier import Genre
from connecteur.domain.conflit import Cote
from connecteur.domain.sortie import GardeChantiers
from connecteur.web.conflits import VueConflit
from connecteur.web.services import Chantiers
from connecteur.web.services.chantiers import ConflitChantier
from sages_commun.web.format import heures, pluriel, typographie

CONFLIT = "conflit"

CHAMPS: Mapping[str, str] = {
    "code": "Code",
    "nom": "Nom",
    "client": "Client",
    "debut": "Début",
    "fin": "Fin",
    "heures_vendues": "Heures vendues",
    "rue": "Rue",
    "code_postal": "Code postal",
    "ville": "Ville",
    "commentaire": "Commentaire",
}


@dataclass(frozen=True, slots=True)
class ChantiersVus:
    """The disputes of chantiers by what a person can do about them."""

    conflits: tuple[VueConflit, ...]
    divergences: tuple[VueConflit, ...]
    regles: tuple[VueConflit, ...]


@dataclass(frozen=True, slots=True)
class VueGardeChantiers:
    """Projects that would be closed."""

    garde: GardeChantiers
    phrase: str
    codes: str


def chantiers_vus(conflits: Sequence[ConflitChantier]) -> ChantiersVus:
    """Sort them out."""
    ouverts = [un for un in conflits if un.resolu_le is None]
    vus = {(un.code, un.ecart.champ) for un in ouverts}
    regles = []
    for un in conflits:
        if un.resolu_le is None or un.ecart.gagnant is None:
            continue
        cle = (un.code, un.ecart.champ)
        regles.append(replace(vue_chantier(un), reprenable=cle not in vus))
        vus.add(cle)
    return ChantiersVus(
        tuple(vue_chantier(un) for un in ouverts if un.nature == CONFLIT),
        tuple(vue_chantier(un) for un in ouverts if un.nature != CONFLIT),
        tuple(regles),
    )


def vue_chantier(conflit: ConflitChantier) -> VueConflit:
    """One field."""
    ecart = conflit.ecart
    nom = CHAMPS.get(ecart.champ, ecart.champ)
    genre = "Devis" if conflit.genre is Genre.DEVIS else "Chantier"
    en_attente = conflit.decision if conflit.decision_suite is None else None
    return VueConflit(
        ancre=f"chantier-{conflit.id}",
        titre=f"{nom} du {genre.lower()} {conflit.code}" + (f" « {conflit.libelle} »" if conflit.libelle else ""),
        sous_titre="",
        base=valeur(ecart.champ, ecart.base),
        notre=valeur(ecart.champ, ecart.notre),
        leur=valeur(ecart.champ, ecart.leur),
        date_batigest=ecart.date_batigest,
        date_batisimply=ecart.date_batisimply,
        gagnant=ecart.gagnant,
        raison=typographie(ecart.raison),
        ouvert_le=conflit.ouvert_le,
        adresse="/conflits/chantiers",
        champs={"code": conflit.code, "champ": ecart.champ},
        decision=en_attente,
        decide_par=conflit.decide_par or "",
        resolu_le=conflit.resolu_le,
        run=conflit.run,
    )


def valeur(champ: str, texte: str | None) -> str:
    """A value, as a person reads it."""
    if not texte:
        return ""
    with contextlib.suppress(ValueError, InvalidOperation):
        if champ in {"debut", "fin"}:
            return f"{date.fromisoformat(texte):%d/%m/%Y}"
        if champ == "heures_vendues":
            return heures(Decimal(texte))
    return texte


def gardes_chantiers(chantiers: Chantiers) -> list[VueGardeChantiers]:
    """The closings that wait, whatever the mode."""
    gardes = [garde for genre in Genre if (garde := chantiers.read_garde_chantiers(genre)) is not None]
    return [VueGardeChantiers(garde, _phrase(garde), ", ".join(sorted(garde.codes))) for garde in gardes]


def _phrase(garde: GardeChantiers) -> str:
    verbe = "serait fermé" if len(garde.codes) == 1 else "seraient fermés"
    restent = "aucun ne resterait ouvert" if not garde.restent else f"{garde.restent} resteraient ouverts"
    return f"{pluriel(len(garde.codes), 'projet')} {verbe} dans BatiSimply ; {restent}."


def autre(cote: Cote) -> Cote:
    """The other side."""
    return Cote.BATISIMPLY if cote is Cote.BATIGEST else Cote.BATIGEST
