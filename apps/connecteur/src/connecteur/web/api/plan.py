"""The plan: what a run would do now. Nothing is written anywhere."""

from datetime import datetime
from typing import Literal

from fastapi import APIRouter

from connecteur.domain.rejet import MotifRejet, ObjetRejet
from connecteur.domain.run import Flux
from connecteur.web.api.modeles import Remarque
from connecteur.web.dependances import ApercusDep, DossierDep
from sages_commun.web.jetons import JetonEntete
from sages_commun.web.modeles import Modele

routes = APIRouter(tags=["plan"])


class ChantierPrevu(Modele):
    """One call to BatiSimply that would be made."""

    geste: Literal["créer", "modifier"]
    code: str
    libelle: str
    champs: dict[str, str | None]


class LignePrevue(Modele):
    """One line of Batigest that would change, in decimal hours; null where there is no line."""

    geste: str
    chantier: str
    salarie: str
    debut: datetime
    avant: float | None
    apres: float | None
    motif: str | None


class RejetPrevu(Modele):
    """What could not be delivered."""

    objet: ObjetRejet
    cle: str
    motif: MotifRejet
    libelle: str
    phrase: str
    remede: str


class PlanLu(Modele):
    """The plan. Its counts are whole; each list holds 500 records at most."""

    comptes: dict[str, int]
    ecritures: int
    chantiers: list[ChantierPrevu]
    lignes: list[LignePrevue]
    rejets: list[RejetPrevu]
    remarques: list[Remarque]
    tronque: bool


class ApercuLu(Modele):
    """Where the dry run stands: ask again until it is « fini » or « échec »."""

    flux: Flux
    etat: Literal["jamais", "en-cours", "fini", "échec"]
    debut: datetime | None
    fin: datetime | None
    fait: int
    total: int
    message: str
    plan: PlanLu | None
    erreur: Remarque | None


@routes.get("/plan/{flux}", response_model=ApercuLu)
def lit_plan(flux: Flux, dossier: DossierDep, apercus: ApercusDep) -> object:
    """The last dry run of this direction, or how far it is."""
    return apercus.lit(dossier, flux)


@routes.post("/plan/{flux}", status_code=202, response_model=ApercuLu, dependencies=[JetonEntete])
def demande_plan(flux: Flux, dossier: DossierDep, apercus: ApercusDep) -> object:
    """Ask for a dry run, or join the one going on."""
    return apercus.demande(dossier, flux)
