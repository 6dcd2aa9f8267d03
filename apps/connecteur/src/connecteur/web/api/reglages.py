"""Settings: what is in force, changed and put back at run time."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import Field, JsonValue

from connecteur.errors import ConfigurationInvalide
from connecteur.web.api.modeles import SANS_NUL, Texte
from connecteur.web.dependances import Auteur, DossierDep
from connecteur.web.services import Reglage
from sages_commun.web.erreurs import ErreurPage
from sages_commun.web.jetons import JetonEntete
from sages_commun.web.modeles import Demande, Modele

Qui = Annotated[str, Depends(Auteur("API"))]

routes = APIRouter(tags=["settings"])

Cle = Annotated[str, Path(max_length=100, pattern=SANS_NUL, description="Comme dans le fichier, sans « dossier. ».")]


class ReglageLu(Modele):
    """One setting as it stands for the next run."""

    cle: str
    valeur: JsonValue
    fichier: JsonValue
    """Its value without what was changed at run time."""
    change: bool
    modifie_le: datetime | None
    modifie_par: str


class ReglagesLus(Modele):
    """All of them. `systemes` is what only the file says; secrets are masked."""

    reglages: list[ReglageLu]
    systemes: dict[str, dict[str, JsonValue]]


Entier = Annotated[int, Field(ge=-(2**31), le=2**31)]
Nombre = Annotated[float, Field(ge=-1e9, le=1e9, allow_inf_nan=False)]
Valeur = bool | Entier | Nombre | Texte | None


class DemandeReglage(Demande):
    """The new value, as in JSON or as a person types it."""

    valeur: Valeur | Annotated[list[Valeur], Field(max_length=50)]


@routes.get("/settings", response_model=ReglagesLus)
def list_reglages(dossier: DossierDep) -> object:
    """Every setting of the dossier, and where its systems are."""
    systemes = {
        section: {
            nom: valeur if isinstance(valeur, bool | int | float | None) else str(valeur) for nom, valeur in s.items()
        }
        for section, s in dossier.reglages.read_systemes().items()
    }
    return {"reglages": dossier.reglages.list_reglages(), "systemes": systemes}


@routes.put("/settings/{cle}", response_model=ReglageLu, dependencies=[JetonEntete])
def change_reglage(cle: Cle, demande: DemandeReglage, dossier: DossierDep, qui: Qui) -> object:
    """Change one; the next run follows it."""
    _connu(dossier, cle)
    try:
        dossier.reglages.change_reglage(cle, demande.valeur, qui)
    except ConfigurationInvalide as exc:
        raise ErreurPage(422, exc.message, exc.remede, champs=[{"champ": "valeur", "faute": exc.message}]) from exc
    return _connu(dossier, cle)


@routes.delete("/settings/{cle}", response_model=ReglageLu, dependencies=[JetonEntete])
def retire_reglage(cle: Cle, dossier: DossierDep, qui: Qui) -> object:
    """Go back to the file's value; harmless when it had not been changed."""
    _connu(dossier, cle)
    dossier.reglages.retire_reglage(cle, qui)
    return _connu(dossier, cle)


def _connu(dossier: DossierDep, cle: str) -> Reglage:
    reglage = next((un for un in dossier.reglages.list_reglages() if un.cle == cle), None)
    if reglage is None:
        raise ErreurPage(404, "Aucun réglage de ce nom ne se change pendant la marche.", "Lisez la liste des réglages.")
    return reglage
