"""What could not be delivered."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from connecteur.domain.rejet import MotifRejet, Rejet
from connecteur.web.accueil import groupe_rejets
from connecteur.web.dependances import DossierDep, RenduDep

EXEMPLES_PAR_MOTIF = 10
REJETS_PAR_PAGE = 100

routes = APIRouter()


@routes.get("/rejets")
def lit_rejets(
    request: Request, dossier: DossierDep, rendu: RenduDep, motif: MotifRejet | None = None, page: int = 1
) -> Response:
    """What could not be delivered, by reason; one reason at a time when there are many."""
    rejets = dossier.rejets.list_rejets_ouverts()
    groupes = groupe_rejets(rejets)
    choisis = [groupe for groupe in groupes if motif is None or groupe.motif is motif]
    return rendu.page(
        request,
        "rejets.html",
        {
            "groupes": groupes,
            "choisis": choisis,
            "motif": motif,
            "pages": _pages(choisis[0].rejets if motif and choisis else (), page),
            "limite": EXEMPLES_PAR_MOTIF,
        },
    )


def _pages(rejets: tuple[Rejet, ...], page: int) -> dict[str, object]:
    """The slice of a long list that one page shows."""
    nombre = max(1, -(-len(rejets) // REJETS_PAR_PAGE))
    courante = min(max(page, 1), nombre)
    debut = (courante - 1) * REJETS_PAR_PAGE
    return {"courante": courante, "nombre": nombre, "rejets": rejets[debut : debut + REJETS_PAR_PAGE]}
