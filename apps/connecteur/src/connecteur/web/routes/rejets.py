"""What could not be delivered: by reason, searched, sent again, ignored with a reason."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from starlette.responses import Response

from connecteur.domain.rejet import EtatRejet, MotifRejet, ObjetRejet, RejetSuivi
from connecteur.domain.run import Flux
from connecteur.web.dependances import Auteur, DossierDep, RenduDep, VideEstRien
from connecteur.web.rejets import ETATS, adresse_liste, groupe_suivis, titre_motif
from connecteur.web.rendu import Rendu
from sages_commun.web.jetons import JetonVerifie

EXEMPLES_PAR_MOTIF = 5
REJETS_PAR_PAGE = 50
Qui = Annotated[str, Depends(Auteur("page Rejets"))]

routes = APIRouter()

Ident = Annotated[int, Path(ge=1, le=2**53)]
Retour = Annotated[str, Form(max_length=300, pattern=r"^[^\x00]*$")]


@routes.get("/rejets")
def lit_rejets(
    request: Request,
    dossier: DossierDep,
    rendu: RenduDep,
    *,
    motif: Annotated[MotifRejet | None, VideEstRien] = None,
    etat: EtatRejet = EtatRejet.OUVERT,
    recherche: Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$")] = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """By reason when nothing is asked for, else the list of what was asked for."""
    comptes = dossier.rejets.count_rejets(etat)
    filtre = bool(motif or recherche.strip() or etat is not EtatRejet.OUVERT)
    valeurs: dict[str, object] = {
        "comptes": sorted(comptes.items(), key=lambda compte: (-compte[1], compte[0])),
        "total": sum(comptes.values()),
        "filtre": filtre,
        "groupes": [] if filtre else groupe_suivis(dossier.rejets, comptes, EXEMPLES_PAR_MOTIF),
        "liste": None,
        "motif": motif,
        "etat": etat,
        "recherche": recherche,
        "choix_motif": [("", "Toutes"), *((un.value, titre_motif(un)) for un in MotifRejet)],
        "choix_etat": [(un.value, ETATS[un]) for un in EtatRejet],
        "retour": adresse_liste(motif, etat, recherche),
    }
    if filtre:
        liste = dossier.rejets.list_rejets(
            motif=motif, etat=etat, recherche=recherche or None, page=page, par_page=REJETS_PAR_PAGE
        )
        if page > liste.pages:
            liste = dossier.rejets.list_rejets(
                motif=motif, etat=etat, recherche=recherche or None, page=liste.pages, par_page=REJETS_PAR_PAGE
            )
        valeurs["liste"] = liste
    return rendu.page(request, "rejets.html", valeurs)


@routes.get("/rejets/{ident}")
def lit_rejet(request: Request, ident: Ident, dossier: DossierDep, rendu: RenduDep) -> Response:
    """One rejet with its story."""
    return rendu.page(request, "rejet.html", {"suivi": dossier.rejets.lit_rejet(ident)})


@routes.post("/rejets/{ident}/renvoyer", dependencies=[JetonVerifie])
def renvoie_rejet(
    request: Request, ident: Ident, dossier: DossierDep, qui: Qui, rendu: RenduDep, *, retour: Retour = ""
) -> Response:
    """Have the next run look at the record again, whatever it knows of its days."""
    suivi = dossier.rejets.renvoie_rejet(ident, qui)
    message = f"{suivi.rejet.libelle} : sera retenté à la prochaine synchronisation."
    geste = Flux.CHANTIERS if suivi.rejet.objet is ObjetRejet.CHANTIER else Flux.HEURES
    return _suite(request, rendu, suivi, retour, message, geste=geste)


@routes.post("/rejets/{ident}/ignorer", dependencies=[JetonVerifie])
def ignore_rejet(
    request: Request,
    ident: Ident,
    dossier: DossierDep,
    qui: Qui,
    rendu: RenduDep,
    *,
    raison: Annotated[str, Form(max_length=500, pattern=r"^[^\x00]*$")] = "",
    retour: Retour = "",
) -> Response:
    """It need not be delivered, and a person says why."""
    suivi = dossier.rejets.ignore_rejet(ident, qui, raison)
    message = f"{suivi.rejet.libelle} : ignoré. Il reviendra si l’enregistrement change."
    return _suite(request, rendu, suivi, retour, message)


def _suite(
    request: Request, rendu: Rendu, suivi: RejetSuivi, retour: str, message: str, *, geste: str = ""
) -> Response:
    # Only back to a list of ours: never where a form says.
    adresse = retour if retour == "/rejets" or retour.startswith("/rejets?") else f"/rejets/{suivi.id}"
    return rendu.suite(request, adresse, message, {"id": suivi.id, "etat": suivi.etat.value}, geste=geste)
