"""The API that the connector calls: projects, slots, quotes."""

import math
import re
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse

from banc.batisimply.depot import instant
from banc.batisimply.locataire import LocataireDep
from banc.batisimply.problemes import Probleme
from banc.batisimply.reglages import Comportement, Enveloppe
from banc.batisimply.schemas import ID_MAX, creneau_json, projet_json, projet_recu

ISO_AVEC_FUSEAU = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)")
PAGE_HTML = """<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><title>BatiSimply</title></head>
<body><div id="root"></div><noscript>Cette page demande JavaScript.</noscript></body></html>
"""


def lit_instant(nom: str, texte: str) -> datetime:
    """An instant given with its zone, rounded up to the second (slots start on whole seconds). Raises a 400."""
    if ISO_AVEC_FUSEAU.fullmatch(texte):
        try:
            moment = datetime.fromisoformat(texte).astimezone(UTC)
            return moment.replace(microsecond=0) + timedelta(seconds=math.ceil(moment.microsecond / 1_000_000))
        except (ValueError, OverflowError):
            pass
    raise Probleme(
        HTTPStatus.BAD_REQUEST,
        f"Failed to convert '{nom}' with value: '{texte[:40]}'; an ISO 8601 instant with a zone is required",
    )


class Page:
    """`page` (from 0) and `size` of a request, as Spring reads them."""

    def __init__(
        self,
        page: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
        size: Annotated[int | None, Query(ge=1, le=1_000_000)] = None,
    ) -> None:
        self._page = page
        self._size = size

    def fenetre(self, comportement: Comportement, *, paginee: bool) -> tuple[int, int]:
        """(limit, offset) for the store; (-1, 0) is everything."""
        if not paginee:
            return -1, 0
        taille = min(self._size or comportement.taille_page, comportement.taille_page_max)
        return taille, self._page * taille


async def _corps_json(request: Request) -> object:
    """The parsed body. Raises 415 on another content type and 400 on anything that is not JSON."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Probleme(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Content type is not supported")
    try:
        return await request.json()
    except (ValueError, RecursionError):
        raise Probleme(HTTPStatus.BAD_REQUEST, "Failed to read request") from None


def _exige_jeton(request: Request, locataire: LocataireDep) -> None:
    locataire.guichet.verifie(request.headers.get("authorization"))


Corps = Annotated[object, Depends(_corps_json)]
IdentProjet = Annotated[int, Path(ge=1, le=ID_MAX)]
PageDep = Annotated[Page, Depends()]

routeur = APIRouter(prefix="/api", dependencies=[Depends(_exige_jeton)])


@routeur.get("/project")
def list_projets(locataire: LocataireDep, page: PageDep) -> JSONResponse:
    c = locataire.comportement
    limite, decalage = page.fenetre(c, paginee=c.pages_projets)
    projets = locataire.depot.list_projets(limite=limite, decalage=decalage)
    entetes = _entetes(locataire.depot.count_projets()) if c.pages_projets and c.total else None
    return JSONResponse(_emballe([projet_json(projet, c) for projet in projets], c.enveloppe_projets), headers=entetes)


@routeur.get("/project/{ident}")
def read_projet(locataire: LocataireDep, ident: IdentProjet) -> JSONResponse:
    projet = locataire.depot.read_projet(ident)
    if projet is None:
        raise _inconnu()
    return JSONResponse(projet_json(projet, locataire.comportement))


@routeur.post("/project")
def create_projet(locataire: LocataireDep, corps: Corps) -> JSONResponse:
    """Two projects may carry one code: nothing here looks for a double, as in the real system."""
    ident, document = projet_recu(corps, locataire.comportement)
    if ident is not None:
        raise Probleme(HTTPStatus.BAD_REQUEST, "A new project cannot already have an ID", message="error.idexists")
    if document["status"] is None:
        document["status"] = "NOT_STARTED"
    projet = locataire.depot.create_projet(document)
    reponse = projet_json(projet, locataire.comportement)
    return JSONResponse(reponse, HTTPStatus.CREATED, {"Location": f"/api/project/{projet['id']}"})


@routeur.put("/project")
def replace_projet(locataire: LocataireDep, corps: Corps) -> JSONResponse:
    """The whole object is replaced: what the body leaves out is lost."""
    ident, document = projet_recu(corps, locataire.comportement)
    if ident is None:
        raise Probleme(HTTPStatus.BAD_REQUEST, "Invalid id", message="error.idnull")
    projet = locataire.depot.replace_projet(ident, document)
    if projet is None:
        raise _inconnu()
    return JSONResponse(projet_json(projet, locataire.comportement))


@routeur.get("/timeSlotManagement/allUsers")
def list_creneaux(
    locataire: LocataireDep,
    page: PageDep,
    startDate: str,  # noqa: N803 - the names in their URL
    endDate: str,  # noqa: N803
) -> JSONResponse:
    debut, fin = instant(lit_instant("startDate", startDate)), instant(lit_instant("endDate", endDate))
    c = locataire.comportement
    limite, decalage = page.fenetre(c, paginee=c.pages_creneaux)
    lignes = locataire.depot.list_creneaux(debut, fin, limite=limite, decalage=decalage)
    entetes = _entetes(locataire.depot.count_creneaux(debut, fin)) if c.pages_creneaux and c.total else None
    creneaux = [
        creneau_json(ligne, avec_code=c.code_projet_dans_creneau, en_plus=c.champs_creneaux) for ligne in lignes
    ]
    return JSONResponse(_emballe(creneaux, c.enveloppe_creneaux), headers=entetes)


@routeur.get("/quote")
@routeur.get("/quotes")
@routeur.get("/quote/{suite:path}")
def read_devis() -> HTMLResponse:
    """The single-page application answers in the place of the API, as seen in use."""
    return HTMLResponse(PAGE_HTML)


def _emballe(elements: list[dict[str, Any]], enveloppe: Enveloppe) -> object:
    return elements if enveloppe == "liste" else {enveloppe: elements}


def _inconnu() -> Probleme:
    return Probleme(HTTPStatus.NOT_FOUND, "404 NOT_FOUND")


def _entetes(total: int) -> dict[str, str]:
    return {"X-Total-Count": str(total)}
