"""Rejets: list, one, send again, ignore."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import JsonValue

from connecteur.domain.rejet import EtatRejet, MotifRejet, ObjetRejet, RejetSuivi
from connecteur.web.api.modeles import SANS_NUL, Motivation, NumeroPage, Page, ParPage
from connecteur.web.dependances import Auteur, DossierDep
from sages_commun.web.jetons import JetonEntete
from sages_commun.web.modeles import Demande, Modele

Qui = Annotated[str, Depends(Auteur("API"))]

routes = APIRouter(tags=["rejets"])

Ident = Annotated[int, Path(ge=1, le=2**53)]


class RejetLu(Modele):
    """One record that could not be delivered, with its story."""

    id: int
    objet: ObjetRejet
    cle: str
    motif: MotifRejet
    phrase: str
    remede: str
    libelle: str
    detail: str
    contenu: dict[str, JsonValue]
    etat: EtatRejet
    jour: date | None
    tentatives: int
    premier_le: datetime
    dernier_le: datetime
    premier_run: str
    dernier_run: str
    resolu_le: datetime | None
    ignore_le: datetime | None
    ignore_par: str | None
    ignore_raison: str | None
    renvoye_le: datetime | None
    renvoye_par: str | None
    reouvertures: int


class DemandeIgnorer(Demande):
    """Why it need not be delivered."""

    raison: Motivation


def rejet_lu(suivi: RejetSuivi) -> dict[str, object]:
    """The fields of a `RejetLu`."""
    rejet = suivi.rejet
    propres = ("objet", "cle", "motif", "phrase", "remede", "libelle", "detail")
    du_suivi = {nom: getattr(suivi, nom) for nom in RejetLu.model_fields if nom not in {*propres, "contenu"}}
    return du_suivi | {nom: getattr(rejet, nom) for nom in propres} | {"contenu": dict(rejet.contenu)}


@routes.get("/rejets", response_model=Page[RejetLu])
def list_rejets(
    dossier: DossierDep,
    *,
    etat: EtatRejet = EtatRejet.OUVERT,
    motif: MotifRejet | None = None,
    objet: ObjetRejet | None = None,
    recherche: Annotated[str | None, Query(max_length=100, pattern=SANS_NUL)] = None,
    page: NumeroPage = 1,
    par_page: ParPage = 50,
) -> object:
    """Those in this state, most recent first; `recherche` looks in the label, the key and the detail."""
    lus = dossier.rejets.list_rejets(
        etat=etat, motif=motif, objet=objet, recherche=recherche, page=page, par_page=par_page
    )
    elements = [rejet_lu(suivi) for suivi in lus.elements]
    return {"elements": elements, "page": page, "par_page": par_page, "total": lus.total}


@routes.get("/rejets/{ident}", response_model=RejetLu)
def lit_rejet(ident: Ident, dossier: DossierDep) -> object:
    """One."""
    return rejet_lu(dossier.rejets.lit_rejet(ident))


@routes.post("/rejets/{ident}/renvoyer", response_model=RejetLu, dependencies=[JetonEntete])
def renvoie_rejet(ident: Ident, dossier: DossierDep, qui: Qui) -> object:
    """Have the next run look at the record again."""
    return rejet_lu(dossier.rejets.renvoie_rejet(ident, qui))


@routes.post("/rejets/{ident}/ignorer", response_model=RejetLu, dependencies=[JetonEntete])
def ignore_rejet(ident: Ident, demande: DemandeIgnorer, dossier: DossierDep, qui: Qui) -> object:
    """It need not be delivered; it comes back when the record changes."""
    return rejet_lu(dossier.rejets.ignore_rejet(ident, qui, demande.raison))
