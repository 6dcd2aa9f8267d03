"""What the routes are given."""

import threading
from collections.abc import Iterator
from typing import Annotated, cast

from fastapi import Depends, Query, Request
from pydantic import BeforeValidator

from connecteur.web.apercus import Apercus
from connecteur.web.rendu import Rendu
from connecteur.web.services import Dossier, Run, Services
from sages_commun.acces.web.portier import identite_connue
from sages_commun.web.erreurs import ErreurPage
from sages_commun.web.garde import SITES_ADMIS


def _services(request: Request) -> Services:
    return cast("Services", request.app.state.services)


def _rendu(request: Request) -> Rendu:
    return cast("Rendu", request.app.state.rendu)


def _apercus(request: Request) -> Apercus:
    return cast("Apercus", request.app.state.apercus)


ApercusDep = Annotated[Apercus, Depends(_apercus)]
VideEstRien = BeforeValidator(lambda valeur: valeur or None)
"""A form sends its empty fields: they mean that nothing was chosen."""
ServicesDep = Annotated[Services, Depends(_services)]
RenduDep = Annotated[Rendu, Depends(_rendu)]


def _dossier(
    services: ServicesDep,
    dossier: Annotated[
        str, Query(max_length=40, description="Code du dossier ; le premier quand il n’est pas nommé.")
    ] = "",
) -> Dossier:
    connu = services.dossier(dossier)
    if connu is None:
        raise ErreurPage(404, "Aucun dossier ne porte ce code.", "Revenez à l’accueil et choisissez-en un.")
    return connu


DossierDep = Annotated[Dossier, Depends(_dossier)]
"""The dossier named by `?dossier=`, the first one when none is; 404 when there is none of that name."""


def _run(run_id: str, dossier: DossierDep) -> Run:
    # PostgreSQL refuses a text that holds NUL: no run is named so.
    run = dossier.runs.lit(run_id) if "\0" not in run_id else None
    if run is None:
        raise ErreurPage(404, "Aucune synchronisation ne porte ce numéro.", "Revenez à l’accueil et choisissez-en une.")
    return run


RunDep = Annotated[Run, Depends(_run)]
"""The run named in the address; 404 when there is none."""


class Auteur:
    """Who the histories name: the person or the token behind the request, and the page; the page alone on a machine
    whose interface has no accounts."""

    def __init__(self, page: str) -> None:
        self._page = page

    def __call__(self, request: Request) -> str:
        """As it is written."""
        return signe(request, self._page)


def signe(request: Request, page: str) -> str:
    """See `Auteur`, for a page that the request names."""
    identite = identite_connue(request)
    return page if identite is None else f"{identite.nom}, {page}"


class Seul:
    """One at a time per dossier of what takes long: a second one is told to wait, no thread is held for it."""

    def __init__(self, quoi: str) -> None:
        self._quoi = quoi
        self._verrou = threading.Lock()
        self._en_cours: set[str] = set()

    def __call__(self, request: Request, dossier: DossierDep) -> Iterator[None]:
        """Hold it while the answer is made. Raises `ErreurPage` 409; 403 when another site asks, even to look."""
        if request.headers.get("sec-fetch-site", "none") not in SITES_ADMIS:
            raise ErreurPage(
                403, "Cette demande vient d’un autre site : elle est refusée.", "Ouvrez la page du connecteur."
            )
        with self._verrou:
            if dossier.code in self._en_cours:
                raise ErreurPage(409, f"{self._quoi} est déjà en cours pour ce dossier.", "Attendez sa fin.")
            self._en_cours.add(dossier.code)
        try:
            yield
        finally:
            with self._verrou:
                self._en_cours.discard(dossier.code)


VerificationDep = Annotated[None, Depends(Seul("Une vérification"), scope="function")]
EssaiDep = Annotated[None, Depends(Seul("Un envoi d’essai"), scope="function")]
ResolutionDep = Annotated[None, Depends(Seul("Une mise à jour des codes"), scope="function")]
