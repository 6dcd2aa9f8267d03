"""Who is there, and what they may do: said here, once, for the pages and for the API.

Whoever may look sees everything but keys in clear; only an administrator changes something or sees a key.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from sages_commun.web.erreurs import ErreurPage


@dataclass(frozen=True, slots=True)
class Personne:
    """Somebody who is signed in."""

    nom: str
    """How the history names them."""
    administre: bool


Qui = Callable[[Request], Personne]
"""Who asks; raises what sends away whoever is not known."""


def lecteur(request: Request) -> Personne:
    personne = cast("Qui", request.app.state.qui)(request)
    request.state.personne = personne
    return personne


LecteurDep = Annotated[Personne, Depends(lecteur)]
"""Anybody who is signed in."""


def administrateur(personne: LecteurDep) -> Personne:
    if not personne.administre:
        raise ErreurPage(
            403,
            "Votre compte est en lecture seule : il ne change rien.",
            "Demandez à un administrateur de le faire, ou de changer votre rôle.",
        )
    return personne


AdministrateurDep = Annotated[Personne, Depends(administrateur)]
"""Whoever may change something, and see keys."""
