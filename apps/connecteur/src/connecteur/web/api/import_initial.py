"""The first import of the heures, up to 24 months: shown first, then asked for."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from connecteur.domain.run import Flux
from connecteur.sync.run import limite_import
from connecteur.web.api.plan import ApercuLu
from connecteur.web.api.runs import RunDemande
from connecteur.web.dependances import ApercusDep, DossierDep, RenduDep, ServicesDep, signe
from connecteur.web.import_initial import aujourdhui, demande, montre
from sages_commun.web.jetons import JetonEntete
from sages_commun.web.modeles import Modele

QUI = "API"

routes = APIRouter(tags=["import"])

Jour = Annotated[date, Path(description="Le premier jour à reprendre.")]


class ApercuImport(ApercuLu):
    """Where the dry run of an import stands; `depuis` is the day it begins at."""

    depuis: date | None


class ImportAttendu(Modele):
    """An import that was asked for and has not been done."""

    depuis: date
    demande_par: str
    demande_le: datetime


class ImportLu(Modele):
    """The first day that may be asked for, what was asked for, the last dry run."""

    limite: date
    attendu: ImportAttendu | None
    apercu: ApercuImport


@routes.get("/import-initial", response_model=ImportLu)
def lit_import(dossier: DossierDep, services: ServicesDep, apercus: ApercusDep) -> object:
    """Where it stands."""
    return {
        "limite": limite_import(aujourdhui(services, dossier)),
        "attendu": dossier.imports.read_import(),
        "apercu": apercus.lit(dossier, Flux.HEURES, importe=True),
    }


@routes.post(
    "/import-initial/{depuis}/apercu", status_code=202, response_model=ApercuImport, dependencies=[JetonEntete]
)
def montre_import(depuis: Jour, dossier: DossierDep, services: ServicesDep, apercus: ApercusDep) -> object:
    """Ask for a dry run of an import from this day, or join the one going on."""
    return montre(services, dossier, apercus, depuis)


@routes.post("/import-initial/{depuis}", status_code=202, response_model=RunDemande, dependencies=[JetonEntete])
def demande_import(
    request: Request, reponse: Response, depuis: Jour, *, dossier: DossierDep, apercus: ApercusDep, rendu: RenduDep
) -> object:
    """Ask for the import that was shown, and for the run that does it; 409 unless its dry run is over."""
    run_id = demande(dossier, apercus, depuis, signe(request, QUI))
    adresse = rendu.lien(request, f"/api/v1/runs/{run_id}")
    reponse.headers["Location"] = adresse
    evenements = rendu.lien(request, f"/api/v1/runs/{run_id}/evenements")
    return {"id": run_id, "quoi": Flux.HEURES, "adresse": adresse, "evenements": evenements}
