"""What a run would do, as shown: whole counts, and as many records as one page can hold."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from connecteur.domain.fusion import fusionne
from connecteur.domain.plan import Action, Geste, Plan
from connecteur.domain.rejet import Rejet
from connecteur.domain.run import Incident
from connecteur.sync.plan_chantiers import PlanChantiers, Travail
from connecteur.sync.run import Apercu

ENREGISTREMENTS_MAX = 500
"""How many records of each kind a plan lists; the counts are whole."""


@dataclass(frozen=True, slots=True)
class ChantierPrevu:
    """One call to BatiSimply that would be made: the fields that would be sent."""

    geste: str
    code: str
    libelle: str
    champs: dict[str, str | None]


@dataclass(frozen=True, slots=True)
class LignePrevue:
    """One line of SuiviMO that would change. `debut` is aware; hours are decimal, None where there is no line."""

    geste: str
    chantier: str
    salarie: str
    debut: datetime
    avant: Decimal | None
    apres: Decimal | None
    motif: str | None


@dataclass(frozen=True, slots=True)
class PlanVu:
    """What a run would do now."""

    comptes: dict[str, int]
    chantiers: list[ChantierPrevu]
    lignes: list[LignePrevue]
    rejets: list[Rejet]
    remarques: list[Incident]
    ecritures: int
    """How many records would be written at the far end."""
    tronque: bool
    """Whether there is more than what is listed."""


def plan_vu(apercu: Apercu, fuseau: ZoneInfo) -> PlanVu:
    """The plan of a dry run, bounded."""
    chantiers = _travaux(apercu.chantiers) if apercu.chantiers else []
    actions = [action for action in apercu.actions if action.geste is not Geste.LAISSER]
    if apercu.chantiers:
        comptes = _comptes(apercu.chantiers)
        ecritures = len(chantiers)
    else:
        plan = Plan(tuple(apercu.actions), apercu.laissees)
        comptes = {nom: combien for nom, combien in plan.comptes().items() if combien}
        ecritures = len(plan.ecritures)
    longueurs = (len(chantiers), len(actions), len(apercu.rejets), len(apercu.remarques))
    return PlanVu(
        comptes=comptes,
        chantiers=[_chantier(travail) for travail in chantiers[:ENREGISTREMENTS_MAX]],
        lignes=[_ligne(action, fuseau) for action in actions[:ENREGISTREMENTS_MAX]],
        rejets=apercu.rejets[:ENREGISTREMENTS_MAX],
        remarques=apercu.remarques[:ENREGISTREMENTS_MAX],
        ecritures=ecritures,
        tronque=max(longueurs) > ENREGISTREMENTS_MAX,
    )


def _travaux(plan: PlanChantiers) -> list[Travail]:
    return [*plan.creer, *plan.modifier]


def _comptes(plan: PlanChantiers) -> dict[str, int]:
    comptes = {
        "à créer": len(plan.creer),
        "à modifier": len(plan.modifier),
        "inchangés": plan.inchanges,
        "en conflit": len(plan.conflits),
        "gardés tels que BatiSimply les a changés": len(plan.divergences),
        "rejetés": len(plan.rejets),
    }
    return {nom: combien for nom, combien in comptes.items() if combien}


def _chantier(travail: Travail) -> ChantierPrevu:
    chantier = travail.suivi.chantier
    if travail.projet is None:
        tous: dict[str, str | None] = {champ: valeur for champ, valeur in travail.notres.items() if valeur}
        return ChantierPrevu("créer", chantier.code, chantier.libelle, tous)
    base = travail.suivi.base if travail.suivi.projet_id == travail.projet.id else None
    champs = fusionne(base, travail.notres, travail.projet.champs).a_envoyer
    return ChantierPrevu("modifier", chantier.code, chantier.libelle, champs)


def _ligne(action: Action, fuseau: ZoneInfo) -> LignePrevue:
    return LignePrevue(
        geste=action.geste.value,
        chantier=action.cle.code_chantier,
        salarie=action.cle.code_salarie,
        debut=action.cle.debut.replace(tzinfo=fuseau),
        avant=action.avant.heures if action.avant else None,
        apres=action.apres.heures if action.apres else None,
        motif=action.motif.value if action.motif else None,
    )
