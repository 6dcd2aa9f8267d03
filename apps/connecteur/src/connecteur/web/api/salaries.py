"""Salariés: who is linked to whom, suggestions, associate, dissociate."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from connecteur.domain.correspondance import EtatCorrespondance
from connecteur.domain.run import Flux
from connecteur.sync.salaries import list_codebs_a_ecrire, suggere, vue_salaries
from connecteur.web.api.modeles import SANS_NUL, Fait, Texte
from connecteur.web.dependances import Auteur, DossierDep
from connecteur.web.licence import exige_licence
from sages_commun.web.jetons import JetonEntete
from sages_commun.web.modeles import Demande, Modele

Qui = Annotated[str, Depends(Auteur("API"))]

routes = APIRouter(tags=["salaries"])

Utilisateur = Annotated[str, Path(min_length=1, max_length=64, pattern=SANS_NUL, description="UUID de BatiSimply.")]


class SalarieLu(Modele):
    """An employee of Batigest."""

    code: str
    nom: str
    prenom: str
    utilisateur: str | None


class UtilisateurLu(Modele):
    """A user of BatiSimply, as the slots tell of him or her."""

    id: str
    nom: str
    creneaux: int
    dernier: datetime
    en_attente: int
    heures_en_attente: float


class CorrespondanceLue(Modele):
    """A mapping made by hand."""

    utilisateur: str
    code_salarie: str
    par: str
    le: datetime
    partage_par: str | None
    etat: EtatCorrespondance


class UtilisateurRelie(Modele):
    """A user with the salarié he or she is: none, one, or several when Batigest is ambiguous."""

    utilisateur: UtilisateurLu
    salaries: list[SalarieLu]
    correspondance: CorrespondanceLue | None
    source: str
    a_regarder: bool


class SalariesLus(Modele):
    """Everyone."""

    utilisateurs: list[UtilisateurRelie]
    sans_utilisateur: list[SalarieLu]


class SuggestionLue(Modele):
    """A salarié who may be this user; `ressemblance` is out of 100."""

    utilisateur: UtilisateurLu
    salarie: SalarieLu
    ressemblance: int


class DemandeAssociation(Demande):
    """The salarié; `partage` says that he or she may have several users."""

    code: Texte
    partage: bool = False


@routes.get("/salaries", response_model=SalariesLus)
def list_salaries(dossier: DossierDep) -> object:
    """Users with their salarié (those who wait for a person first), and salariés without a user."""
    return vue_salaries(dossier.salaries)


@routes.get("/salaries/suggestions", response_model=list[SuggestionLue])
def list_suggestions(
    dossier: DossierDep,
    utilisateur: Annotated[str | None, Query(max_length=64, pattern=SANS_NUL)] = None,
) -> object:
    """By name, best first, for one user or for each who has no salarié. Nothing is associated by itself."""
    return suggere(dossier.salaries, utilisateur.lower() if utilisateur else None)


@routes.put("/salaries/correspondances/{utilisateur}", response_model=CorrespondanceLue, dependencies=[JetonEntete])
def associe_salarie(utilisateur: Utilisateur, demande: DemandeAssociation, dossier: DossierDep, qui: Qui) -> object:
    """Map this user to a salarié by hand."""
    return dossier.salaries.associe_salarie(utilisateur, demande.code, qui, partage=demande.partage)


@routes.delete("/salaries/correspondances/{utilisateur}", response_model=Fait, dependencies=[JetonEntete])
def dissocie_salarie(utilisateur: Utilisateur, dossier: DossierDep, qui: Qui) -> object:
    """Undo it."""
    dossier.salaries.dissocie_salarie(utilisateur, qui)
    return {"message": "Dissocié."}


class CodebsLus(Modele):
    """Those whose identifier may be written into Batigest: mapped by hand, alone, their cell empty."""

    permis: bool
    """The setting `ecrire_codebs`."""
    propositions: list[UtilisateurRelie]


class CodebsEcrit(Modele):
    """`ecrit` is false when the identifier was there already."""

    code: str
    ecrit: bool


@routes.get("/salaries/codebs", response_model=CodebsLus)
def list_codebs(dossier: DossierDep) -> object:
    """What could be written back into Batigest. Nothing is written by itself."""
    return {"permis": dossier.codebs.ecriture_permise(), "propositions": list_codebs_a_ecrire(dossier.salaries)}


@routes.put("/salaries/codebs/{code}", response_model=CodebsEcrit, dependencies=[JetonEntete])
def ecrit_codebs(
    code: Annotated[str, Path(min_length=1, max_length=60, pattern=SANS_NUL)], dossier: DossierDep, qui: Qui
) -> object:
    """Fill the empty cell of this salarié with the identifier of the user mapped by hand.

    403 when the licence does not allow the hours to be synchronised.
    """
    exige_licence(dossier, Flux.HEURES)
    return {"code": code, "ecrit": dossier.codebs.ecris_codebs(code, qui)}
