"""`POST /api/validate`."""

from datetime import datetime
from time import perf_counter
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, StrictBool

from licence_manager.domain.licence import Fonction
from licence_manager.services.validation import Demande, Validation
from licence_manager.web.erreurs import Probleme
from licence_manager.web.mesures import Mesures
from sages_commun.licence.bail import TAILLE_MAX, Bail
from sages_commun.licence.cle import LONGUEUR_MAX_SAISIE
from sages_commun.licence.verdict import Verdict

Machine = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f-\x9f]{1,128}$")]
Version = Annotated[str, Field(pattern=r"^[0-9A-Za-z.+_-]{1,40}$")]
Nonce = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,128}$")]

Utilisation = Annotated[str, Field(pattern=r"^[0-9A-Za-z._:-]{1,128}$")]


class DemandeJson(BaseModel):
    """What a connector sends."""

    license_key: Annotated[str, Field(max_length=LONGUEUR_MAX_SAISIE, examples=["XXXX-XXXX-XXXX-XXXX"])]
    machine_id: Machine | None = None
    client_version: Version | None = None
    nonce: Nonce | None = None
    """Echoed in the signed lease: an old answer cannot be played again."""
    consume: StrictBool = False
    """Count one use: one per synchronisation run."""
    use_id: Utilisation | None = None
    """Names that use. Asked for again because the answer was lost, it is counted once."""


class LicenceJson(BaseModel):
    """The public facts of a licence. -1 is « no limit »."""

    client: str
    company: str
    expires: datetime
    features: list[Fonction]
    usage_count: int
    max_usage: int
    max_machines: int


class ReponseJson(BaseModel):
    """The verdict; `lease` holds the same, signed: that is what a connector believes."""

    valid: bool
    code: Verdict
    message: str
    license: LicenceJson | None
    server_time: datetime
    lease: Annotated[str, Field(max_length=TAILLE_MAX)]


def routes_validation(mesures: Mesures) -> APIRouter:
    """The route."""
    routeur = APIRouter(tags=["connecteurs"])

    @routeur.post(
        "/api/validate",
        summary="Le verdict sur une clé de licence",
        response_class=Response,
        responses={
            200: {"model": ReponseJson, "description": "Le verdict, favorable ou non."},
            400: {"model": Probleme, "description": "La demande n’est pas lisible."},
            408: {"model": Probleme, "description": "La demande n’est pas arrivée entière."},
            413: {"model": Probleme, "description": "La demande est trop longue."},
            422: {"model": Probleme, "description": "La demande est incomplète ou mal écrite."},
            429: {"model": Probleme, "description": "Trop de demandes ; « Retry-After » dit quand recommencer."},
            503: {"model": Probleme, "description": "La base ne répond pas."},
        },
    )
    def validate(demande: DemandeJson, requete: Request) -> Response:
        """Always 200 for a verdict, favourable or not; the verdict is in `code` and in the signed lease."""
        debut = perf_counter()
        validation: Validation = requete.app.state.maison.validation
        reponse = validation.validate_licence(
            Demande(
                saisie=demande.license_key,
                adresse=requete.client.host if requete.client else "",
                machine=demande.machine_id,
                version=demande.client_version,
                nonce=demande.nonce,
                consomme=demande.consume,
                utilisation=demande.use_id,
            )
        )
        mesures.validation(reponse.bail.verdict, perf_counter() - debut)
        # Written here: the framework would check it again, in one more turn of its threads.
        return Response(_json(reponse.bail, reponse.jeton).model_dump_json(), media_type="application/json")

    return routeur


def _json(bail: Bail, jeton: str) -> ReponseJson:
    licence = bail.licence
    return ReponseJson(
        valid=bail.valide,
        code=bail.verdict,
        message=bail.message,
        license=None
        if licence is None
        else LicenceJson(
            client=licence.client,
            company=licence.entreprise,
            expires=licence.expire,
            features=[Fonction(fonction) for fonction in licence.fonctions],
            usage_count=licence.utilisations,
            max_usage=licence.utilisations_max,
            max_machines=licence.machines_max,
        ),
        server_time=bail.emis,
        lease=jeton,
    )
