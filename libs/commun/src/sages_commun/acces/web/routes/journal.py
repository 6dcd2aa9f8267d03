"""The audit trail, for administrators."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from sages_commun.acces.web.dependances import AdministrateurEnPersonne, PortierDep
from sages_commun.acces.web.rendu import rendu_de

routes = APIRouter()
PAR_PAGE = 50


@routes.get("/journal")
def lit_journal(
    request: Request, portier: PortierDep, _: AdministrateurEnPersonne,
    avant: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
) -> Response:  # fmt: skip
    """The last lines, or those before this one."""
    entrees = portier.acces.list_journal(PAR_PAGE + 1, avant)
    valeurs = {
        "entrees": entrees[:PAR_PAGE],
        "suivante": entrees[PAR_PAGE - 1].id if len(entrees) > PAR_PAGE else None,
        "debut": avant is None,
    }
    return rendu_de(request).page(request, "acces/journal.html", valeurs)
