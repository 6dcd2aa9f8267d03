"""Conflicts and the guard: list, decide, undo, confirm."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import StringConstraints

from connecteur.domain.conflit import Cote
from connecteur.domain.heure import Quantites
from connecteur.domain.plan import Action, Geste
from connecteur.web.api.modeles import DebutLocal, Fait, Texte
from connecteur.web.conflits import cle_de
from connecteur.web.conflits_chantiers import gardes_chantiers
from connecteur.web.dependances import Auteur, DossierDep
from connecteur.web.services.chantiers import ConflitChantier
from sages_commun.web.erreurs import ErreurPage
from sages_commun.web.jetons import JetonEntete
from sages_commun.web.modeles import Demande, Modele

Qui = Annotated[str, Depends(Auteur("API"))]

routes = APIRouter(tags=["conflicts"])

Ident = Annotated[int, Path(ge=1, le=2**53)]


class QuantitesLues(Modele):
    """What a line holds: decimal hours, allowances."""

    heures: float
    trajet: float
    panier: float


class LigneDisputee(Modele):
    """One line: what we last wrote, what Batigest holds, what the slots give; null where there is no line."""

    chantier: str
    salarie: str
    debut: DebutLocal
    geste: Geste
    motif: str | None
    base: QuantitesLues | None
    batigest: QuantitesLues | None
    batisimply: QuantitesLues | None
    gagnant: Cote | None
    raison: str
    creneaux: list[str]


class ConstatLu(LigneDisputee):
    """A line that waits for a person, was taken over, or stands in a closed period."""

    ouvert_le: datetime
    date_batigest: datetime | None
    date_batisimply: datetime | None


class EcritureReglee(LigneDisputee):
    """A write on a disputed line."""

    id: int
    run: str
    le: datetime


class DecisionLigne(Demande):
    """Who is right about this line."""

    chantier: Texte
    salarie: Texte
    debut: DebutLocal
    choix: Cote


class GardeLue(Modele):
    """A run that would change too much, and waits to be confirmed."""

    id: int
    lignes: int
    possedees: int
    heures_avant: float
    heures_apres: float
    debut: date
    fin: date
    run: str
    ouverte_le: datetime
    confirmee_le: datetime | None
    confirmee_par: str | None


class ConflitChantierLu(Modele):
    """One field on which a site and its project stand, or stood, apart: the three values, who wins and why."""

    id: int
    genre: str
    code: str
    libelle: str
    nature: str
    champ: str
    base: str | None
    batigest: str | None
    batisimply: str | None
    date_batigest: datetime | None
    date_batisimply: datetime | None
    gagnant: Cote | None
    raison: str
    ouvert_le: datetime
    resolu_le: datetime | None
    run: str
    decision: Cote | None
    decide_par: str | None
    decision_suite: str | None


class DecisionChantier(Demande):
    """Which side wins this field."""

    code: Texte
    champ: Annotated[str, StringConstraints(max_length=40, pattern=r"^[a-z_]+$")]
    choix: Cote


class GardeChantiersLue(Modele):
    """Projects whose closing waits to be confirmed."""

    id: int
    codes: list[str]
    restent: int
    demandee_le: datetime
    confirmee_par: str | None


@routes.get("/conflicts/chantiers", response_model=list[ConflitChantierLu])
def list_chantiers(
    dossier: DossierDep, *, resolus: bool = False, limite: Annotated[int, Query(ge=1, le=1000)] = 200
) -> object:
    """The disputed fields; with `resolus`, those that were settled too, after the open ones."""
    return [_conflit(un) for un in dossier.chantiers.list_conflits_chantiers(resolus=resolus, limite=limite)]


@routes.post("/conflicts/chantiers", response_model=Fait, dependencies=[JetonEntete])
def decide_chantier(demande: DecisionChantier, dossier: DossierDep, qui: Qui) -> object:
    """Say which side wins a field, also when it was settled otherwise; the next push carries it out."""
    dossier.chantiers.decide_conflit_chantier(demande.code, demande.champ, demande.choix, qui)
    return {"message": f"La valeur de {demande.choix.value} sera gardée à la prochaine synchronisation."}


@routes.get("/guard/chantiers", response_model=list[GardeChantiersLue])
def list_gardes_chantiers(dossier: DossierDep) -> object:
    """The closings of projects that wait to be confirmed."""
    gardes = [une.garde for une in gardes_chantiers(dossier.chantiers)]
    return [
        {
            "id": garde.id,
            "codes": sorted(garde.codes),
            "restent": garde.restent,
            "demandee_le": garde.demandee_le,
            "confirmee_par": garde.confirmee_par,
        }
        for garde in gardes
    ]


@routes.post("/guard/chantiers/{ident}/confirmer", response_model=Fait, dependencies=[JetonEntete])
def confirme_garde_chantiers(ident: Ident, dossier: DossierDep, qui: Qui) -> object:
    """Let the projects that were shown be closed by the next push, once."""
    dossier.chantiers.confirme_garde_chantiers(ident, qui)
    return {"message": "La prochaine synchronisation fermera ces projets."}


def _conflit(un: ConflitChantier) -> dict[str, object]:
    ecart = un.ecart
    return {
        "id": un.id,
        "genre": un.genre.value,
        "code": un.code,
        "libelle": un.libelle,
        "nature": un.nature.value,
        "champ": ecart.champ,
        "base": ecart.base,
        "batigest": ecart.notre,
        "batisimply": ecart.leur,
        "date_batigest": ecart.date_batigest,
        "date_batisimply": ecart.date_batisimply,
        "gagnant": ecart.gagnant,
        "raison": ecart.raison,
        "ouvert_le": un.ouvert_le,
        "resolu_le": un.resolu_le,
        "run": un.run,
        "decision": un.decision,
        "decide_par": un.decide_par,
        "decision_suite": un.decision_suite,
    }


def _quantites(valeur: Quantites | None) -> dict[str, float] | None:
    if valeur is None:
        return None
    nombres = {"heures": float(valeur.heures), "trajet": float(valeur.trajet), "panier": float(valeur.panier)}
    return nombres | {f"NbH{numero}": float(combien) for numero, combien in valeur.plus}


def _ligne(action: Action) -> dict[str, object]:
    jugement = action.jugement
    return {
        "chantier": action.cle.code_chantier,
        "salarie": action.cle.code_salarie,
        "debut": action.cle.debut.isoformat(timespec="minutes"),
        "geste": action.geste,
        "motif": action.motif.value if action.motif else None,
        "base": _quantites(action.base),
        "batigest": _quantites(action.avant),
        "batisimply": _quantites(action.apres),
        "gagnant": jugement.gagnant if jugement else None,
        "raison": jugement.raison if jugement else "",
        "creneaux": list(action.creneaux),
    }


@routes.get("/conflicts/lignes", response_model=list[ConstatLu])
def list_lignes(dossier: DossierDep, limite: Annotated[int, Query(ge=1, le=1000)] = 200) -> object:
    """The lines that are not what the slots say, latest day first."""
    return [
        _ligne(un.action)
        | {
            "ouvert_le": un.ouvert_le,
            "date_batigest": un.dates.date_batigest,
            "date_batisimply": un.dates.date_batisimply,
        }
        for un in dossier.lignes.list_constats(limite)
    ]


@routes.post("/conflicts/lignes", response_model=Fait, dependencies=[JetonEntete])
def decide_ligne(demande: DecisionLigne, dossier: DossierDep, qui: Qui) -> object:
    """Say who is right about a line; the next push carries it out."""
    dossier.lignes.decide_ligne(cle_de(demande.chantier, demande.salarie, demande.debut), demande.choix, qui)
    return {"message": f"La valeur de {demande.choix.value} sera gardée à la prochaine synchronisation."}


@routes.get("/conflicts/ecritures", response_model=list[EcritureReglee])
def list_reglees(dossier: DossierDep, limite: Annotated[int, Query(ge=1, le=1000)] = 200) -> object:
    """The writes on disputed lines, latest first: who won and why."""
    return [
        _ligne(une.action) | {"id": une.id, "run": une.run, "le": une.le} for une in dossier.lignes.list_reglees(limite)
    ]


@routes.post("/conflicts/ecritures/{ident}/annuler", response_model=Fait, dependencies=[JetonEntete])
def annule_ecriture(ident: Ident, dossier: DossierDep, qui: Qui) -> object:
    """Take one back: the next push puts back what Batigest held, and leaves it so."""
    dossier.lignes.annule_ecriture(ident, qui)
    return {"message": "La prochaine synchronisation remettra ce que tenait Batigest."}


@routes.get("/guard", response_model=GardeLue | None)
def lit_garde(dossier: DossierDep) -> object:
    """What waits to be confirmed; null when nothing does."""
    garde = dossier.lignes.read_garde()
    if garde is None:
        return None
    compte = garde.compte
    return {
        "id": garde.id,
        "lignes": garde.lignes,
        "possedees": compte.possedees,
        "heures_avant": compte.heures_avant,
        "heures_apres": compte.heures_apres,
        "debut": compte.debut,
        "fin": compte.fin,
        "run": garde.run,
        "ouverte_le": garde.ouverte_le,
        "confirmee_le": garde.confirmee_le,
        "confirmee_par": garde.confirmee_par,
    }


@routes.post("/guard/{ident}/confirmer", response_model=Fait, dependencies=[JetonEntete])
def confirme_garde(ident: Ident, dossier: DossierDep, qui: Qui) -> object:
    """Let the changes that were shown be written by the next push, once."""
    garde = dossier.lignes.read_garde()
    if garde is None or garde.id != ident:
        raise ErreurPage(404, "Cette demande de confirmation n’est plus ouverte.", "Relisez ce qui attend maintenant.")
    dossier.lignes.confirme_garde(ident, qui)
    return {"message": "La prochaine synchronisation écrira ces changements."}
