"""What happened: the runs, and the audit trail of what people and runs decided."""

from operator import itemgetter
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from connecteur.domain.run import Flux, Verdict
from connecteur.web.audit import OBJETS, vue_evenement
from connecteur.web.dependances import DossierDep, RenduDep
from connecteur.web.presentation import VERDICTS, vue_run
from sages_commun.web.pages import decoupe

RUNS_MAX = 1_000
PAR_PAGE = 30
EVENEMENTS = 50

SUJETS = [("", "Tous"), *sorted(((nom, texte.capitalize()) for nom, texte in OBJETS.items()), key=itemgetter(1))]

routes = APIRouter()


@routes.get("/historique")
def lit_historique(
    request: Request,
    dossier: DossierDep,
    rendu: RenduDep,
    *,
    flux: Annotated[str, Query(max_length=20)] = "",
    verdict: Annotated[str, Query(max_length=20)] = "",
    page: Annotated[int, Query(ge=1, le=1_000)] = 1,
) -> Response:
    """The runs, most recent first."""
    runs = [
        run
        for run in dossier.runs.liste(RUNS_MAX)
        if (not flux or run.flux == flux) and (not verdict or run.verdict == verdict)
    ]
    valeurs = {
        "pages": decoupe([vue_run(run) for run in runs], page, PAR_PAGE),
        "choix_flux": [("", "Tous"), *((un.value, un.value.capitalize()) for un in Flux)],
        "choix_verdict": [("", "Tous"), *((un.value, VERDICTS[un][0]) for un in Verdict)],
        "flux": flux,
        "verdict": verdict,
    }
    return rendu.page(request, "historique.html", valeurs)


@routes.get("/historique/decisions")
def lit_decisions(
    request: Request,
    dossier: DossierDep,
    rendu: RenduDep,
    *,
    objet: Annotated[str, Query(max_length=40, pattern=r"^[^\x00]*$")] = "",
    cle: Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")] = "",
    avant: Annotated[int | None, Query(ge=1, le=2**62)] = None,
) -> Response:
    """Who decided what, most recent first. The trail is only ever added to."""
    notes = dossier.audit.list_evenements(objet or None, cle or None, EVENEMENTS + 1, avant)
    valeurs = {
        "evenements": [vue_evenement(note) for note in notes[:EVENEMENTS]],
        "suite": notes[EVENEMENTS - 1].id if len(notes) > EVENEMENTS else None,
        "objet": objet,
        "objets": [
            ("", "Tous"),
            *sorted(((nom, texte.capitalize()) for nom, texte in OBJETS.items()), key=itemgetter(1)),
        ],
        "cle": cle,
        "avant": avant,
    }
    return rendu.page(request, "decisions.html", valeurs)
