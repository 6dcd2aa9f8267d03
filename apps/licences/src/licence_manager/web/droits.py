"""Who is there, and what they may do: said here, once, for the pages and for the API.

Whoever may look sees everything but keys in clear; only an administrator changes something or sees a key.
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from sages_commun.acces.web.dependances import Administrateur, Connecte


@dataclass(frozen=True, slots=True)
class Personne:
    """Somebody who is signed in, or a program with a token."""

    nom: str
    """How the history names them."""
    administre: bool


def lecteur(request: Request, identite: Connecte) -> Personne:
    personne = Personne(identite.nom, administre=identite.est_administrateur)
    request.state.personne = personne
    return personne


LecteurDep = Annotated[Personne, Depends(lecteur)]
"""Anybody who is signed in."""


def administrateur(personne: LecteurDep, _: Administrateur) -> Personne:
    return personne


AdministrateurDep = Annotated[Personne, Depends(administrateur)]
"""Whoever may change something, and see keys."""
