"""What the routes of the pages and of the API are given."""

from typing import Annotated, cast

from fastapi import Depends, Path, Query, Request
from pydantic import BeforeValidator
from starlette.convertors import Convertor, register_url_convertor

from licence_manager.bootstrap import Maison
from licence_manager.domain.recherche import LONGUEUR_TEXTE, Critere, Curseur, Filtre, Tri
from licence_manager.errors import DemandeInvalide
from licence_manager.web.rendu import RenduLicences


class _Numero(Convertor[int]):
    """The number of a licence in an address: shorter than a key, which may be all figures."""

    regex = "[0-9]{1,15}"

    def convert(self, value: str) -> int:
        """From an address."""
        return int(value)

    def to_string(self, value: int) -> str:
        """To an address."""
        return str(value)


register_url_convertor("numero", _Numero())


def _maison(request: Request) -> Maison:
    return cast("Maison", request.app.state.maison)


def _rendu(request: Request) -> RenduLicences:
    return cast("RenduLicences", request.app.state.rendu)


MaisonDep = Annotated[Maison, Depends(_maison)]
RenduDep = Annotated[RenduLicences, Depends(_rendu)]
Numero = Annotated[int, Path(ge=1, le=2**53, description="Numéro de la licence.")]
# Forms send their empty fields: they mean that nothing was chosen.
SANS_NUL = r"^[^\x00]*$"


def _critere(
    filtre: Annotated[Filtre, BeforeValidator(lambda valeur: valeur or Filtre.TOUTES), Query()] = Filtre.TOUTES,
    texte: Annotated[
        str,
        Query(
            max_length=LONGUEUR_TEXTE,
            pattern=SANS_NUL,
            description="Mots du client, de l’entreprise, de l’e-mail ou des notes.",
        ),
    ] = "",
    tri: Annotated[Tri, BeforeValidator(lambda valeur: valeur or Tri.RECENTES), Query()] = Tri.RECENTES,
    mois: Annotated[
        str, Query(pattern=r"^(\d{4}-(0[1-9]|1[0-2]))?$", description="Mois de l’échéance, « 2026-12 ».")
    ] = "",
) -> Critere:
    try:
        return Critere(filtre, texte, tri, mois)
    except ValueError as exc:
        raise DemandeInvalide(str(exc)) from exc


CritereDep = Annotated[Critere, Depends(_critere)]


def lit_curseur(texte: str) -> Curseur | None:
    """The cursor of an address. Raises `DemandeInvalide` when it is not one of ours."""
    if not texte:
        return None
    try:
        return Curseur.lit(texte)
    except ValueError as exc:
        raise DemandeInvalide(str(exc), remede="Revenez au début de la liste.") from exc


TexteCurseur = Annotated[str, Query(max_length=1000, description="Ce que la page précédente a donné.")]
