"""Who is who: users of BatiSimply and employees of Batigest, associated by hand where Batigest does not say."""

from collections import defaultdict
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import Response

from connecteur.domain.heure import normalise_code
from connecteur.domain.run import Flux
from connecteur.errors import ConfirmationNecessaire
from connecteur.sync.salaries import Suggestion, list_codebs_a_ecrire, suggere, vue_salaries
from connecteur.web.dependances import Auteur, DossierDep, RenduDep, ServicesDep
from connecteur.web.licence import exige_licence
from sages_commun.acces.web.dependances import exige_administrateur
from sages_commun.web.erreurs import ErreurPage
from sages_commun.web.jetons import JetonVerifie
from sages_commun.web.rendu import veut_du_json

Qui = Annotated[str, Depends(Auteur("page Salariés"))]
A_REGARDER_MAX = 50
"""How many of those who wait are shown: a fresh site may have hundreds."""

routes = APIRouter()

Utilisateur = Annotated[str, Form(min_length=1, max_length=64, pattern=r"^[^\x00]*$")]
Code = Annotated[str, Form(min_length=1, max_length=60, pattern=r"^[^\x00]*$")]


@routes.get("/salaries")
def lit_salaries(request: Request, dossier: DossierDep, rendu: RenduDep) -> Response:
    """Those who wait for a person first, with suggestions by name."""
    vue = vue_salaries(dossier.salaries)
    suggestions: defaultdict[str, list[Suggestion]] = defaultdict(list)
    for suggestion in suggere(dossier.salaries):
        suggestions[suggestion.utilisateur.id].append(suggestion)
    valeurs = {
        "a_regarder": [relie for relie in vue.utilisateurs if relie.a_regarder],
        "relies": [relie for relie in vue.utilisateurs if not relie.a_regarder],
        "sans_utilisateur": vue.sans_utilisateur,
        "tous": dossier.salaries.list_salaries(),
        "suggestions": suggestions,
        "a_ecrire": {relie.utilisateur.id for relie in list_codebs_a_ecrire(dossier.salaries)},
        "permis": dossier.codebs.ecriture_permise(),
        "limite": A_REGARDER_MAX,
    }
    return rendu.page(request, "salaries.html", valeurs)


@routes.post("/salaries/associer", dependencies=[JetonVerifie])
def associe_salarie(
    request: Request,
    dossier: DossierDep,
    auteur: Qui,
    rendu: RenduDep,
    *,
    utilisateur: Utilisateur,
    code: Code,
    partage: Annotated[bool, Form()] = False,
) -> Response:
    """Map a user to a salarié; what may be a mistake is asked again, in so many words."""
    try:
        lien = dossier.salaries.associe_salarie(utilisateur, code, auteur, partage=partage)
    except ConfirmationNecessaire as exc:
        if veut_du_json(request):
            raise
        qui = next((un for un in dossier.salaries.list_utilisateurs() if un.id == utilisateur.lower()), None)
        lui = next((un for un in dossier.salaries.list_salaries() if un.code == code), None)
        valeurs = {"erreur": exc, "qui": qui, "lui": lui, "utilisateur": utilisateur, "code": code}
        return rendu.page(request, "salaries_confirme.html", valeurs, statut=409)
    message = f"Associé au salarié {lien.code_salarie} : ses heures suivront à la prochaine synchronisation."
    corps = {"utilisateur": lien.utilisateur, "code": lien.code_salarie}
    return rendu.suite(request, "/salaries", message, corps, geste=Flux.HEURES)


@routes.post("/salaries/dissocier", dependencies=[JetonVerifie])
def dissocie_salarie(
    request: Request, dossier: DossierDep, qui: Qui, rendu: RenduDep, *, utilisateur: Utilisateur
) -> Response:
    """Undo a mapping made by hand."""
    dossier.salaries.dissocie_salarie(utilisateur, qui)
    message = "Dissocié : ses prochaines heures seront rejetées tant qu’il n’a pas de salarié."
    return rendu.suite(request, "/salaries", message, {"utilisateur": utilisateur})


@routes.get("/salaries/codebs")
def montre_codebs(
    request: Request,
    services: ServicesDep,
    dossier: DossierDep,
    rendu: RenduDep,
    *,
    code: Annotated[str, Query(min_length=1, max_length=60, pattern=r"^[^\x00]*$")],
) -> Response:
    """What would be written into Batigest for this salarié, before it is: a question, for who may say yes."""
    if services.acces is not None:
        exige_administrateur(request)
    exige_licence(dossier, Flux.HEURES)
    relie = next(
        (
            un
            for un in list_codebs_a_ecrire(dossier.salaries)
            if normalise_code(un.salaries[0].code) == normalise_code(code)
        ),
        None,
    )
    if relie is None:
        raise ErreurPage(
            404,
            f"Il n’y a rien à écrire dans Batigest pour le salarié « {code} ».",
            "Il faut un seul utilisateur associé à la main, et une case « codebs » vide.",
        )
    salarie, utilisateur = relie.salaries[0], relie.utilisateur
    valeurs = {
        "titre": "Écrire cet identifiant dans Batigest ?",
        "texte": "Batigest dira ensuite lui-même qui est ce salarié : l’association faite ici ne servira plus.",
        "points": [
            f"Salarié : {salarie.nom_complet} ({salarie.code})",
            f"Utilisateur : {utilisateur.nom or 'sans nom'}",
            f"Case « codebs » : vide, deviendra {utilisateur.id}",
            "Rien d’autre n’est changé dans sa fiche ; une case déjà remplie n’est jamais remplacée.",
        ],
        "adresse": "/salaries/codebs",
        "champs": {"code": salarie.code},
        "envoie": "Écrire dans Batigest",
        "retour": "/salaries",
    }
    return rendu.page(request, "confirmation.html", valeurs)


@routes.post("/salaries/codebs", dependencies=[JetonVerifie])
def ecrit_codebs(request: Request, dossier: DossierDep, qui: Qui, rendu: RenduDep, *, code: Code) -> Response:
    """Write it: with a licence for the hours, which go to the salarié that it names."""
    exige_licence(dossier, Flux.HEURES)
    ecrit = dossier.codebs.ecris_codebs(code, qui)
    message = (
        f"L’identifiant du salarié {code} est écrit dans Batigest."
        if ecrit
        else f"L’identifiant du salarié {code} était déjà dans Batigest."
    )
    return rendu.suite(request, "/salaries", message, {"code": code, "ecrit": ecrit})
