"""`GET /licenses`: search, filter, sort, page; the search itself is posted, for it may be a key."""

import re
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from licence_manager.domain.licence import Etat
from licence_manager.domain.recherche import LONGUEUR_TEXTE, Critere, Filtre, Tri
from licence_manager.errors import LicenceIntrouvable
from licence_manager.web.dependances import CritereDep, MaisonDep, RenduDep, TexteCurseur, lit_curseur
from licence_manager.web.vues.graphiques import nom_du_mois
from licence_manager.web.vues.licence import vue_licence
from sages_commun.licence.cle import CleMalFormee, lit_cle
from sages_commun.web.jetons import JetonVerifie
from sages_commun.web.rendu import lien

routes = APIRouter()

COMPTE_MAX = 10_000
"""Beyond, « more than » is enough."""
FILTRES: tuple[tuple[Filtre, str], ...] = (
    (Filtre.TOUTES, "Toutes"),
    (Filtre.ACTIVES, "Actives"),
    (Filtre.EXPIRENT_BIENTOT, "Expirent sous 30 jours"),
    (Filtre.EXPIREES, "Expirées"),
    (Filtre.INACTIVES, "Inactives"),
    (Filtre.ARCHIVEES, "Archivées"),
)
A_VOIR: dict[Filtre, str] = {
    Filtre.REFUSEES: "Refusées depuis sept jours",
    Filtre.PRES_LIMITE: "Près de leur limite",
    Filtre.SILENCIEUSES: "Sans nouvelles",
}
TRIS: tuple[tuple[Tri, str], ...] = (
    (Tri.RECENTES, "Les plus récentes"),
    (Tri.ECHEANCE, "Échéance la plus proche"),
    (Tri.ENTREPRISE, "Entreprise"),
)
_FORME_DE_CLE = re.compile(r"\s*\w{4}([-–—\s]?\w{4}){3}\s*")


@routes.get("/licenses")
def lit_licences(
    request: Request,
    maison: MaisonDep,
    rendu: RenduDep,
    critere: CritereDep,
    *,
    apres: TexteCurseur = "",
    avant: TexteCurseur = "",
) -> Response:
    """A page of the list."""
    if (numero := numero_de(maison, critere.texte)) is not None:
        return RedirectResponse(f"/licenses/details/{numero}", 303)
    gerees = maison.licences
    page = gerees.list_licences(critere, lit_curseur(avant or apres), recule=bool(avant))
    cles = gerees.show_cles([licence.id for licence in page.lignes])
    maintenant = maison.contexte.maintenant()
    etats = gerees.count_etats()
    parametres = parametres_de(critere)
    a_voir, affinee = A_VOIR.get(critere.filtre, ""), bool(critere.texte or critere.mois)
    valeurs = {
        "critere": critere,
        "parametres": parametres,
        "page": page,
        "vues": [vue_licence(une, gerees.etat_de(une), maintenant, cles) for une in page.lignes],
        "total": _total(maison, critere, etats, page.retour is None and page.suite is None, len(page.lignes)),
        "compte_max": COMPTE_MAX,
        "onglets": [(filtre, nom, _compte(filtre, etats)) for filtre, nom in FILTRES],
        "a_voir": a_voir,
        "mois": nom_du_mois(critere.mois) if critere.mois else "",
        "tris": [(tri.value, nom) for tri, nom in TRIS],
        "affinee": affinee,
        "adresse_effacee": lien("/licenses", {"filtre": "" if a_voir else parametres["filtre"]})
        if a_voir or affinee
        else "",
    }
    return rendu.page(request, "licences.html", valeurs)


@routes.post("/licenses/recherche", dependencies=[JetonVerifie])
def cherche_licences(
    request: Request,
    maison: MaisonDep,
    rendu: RenduDep,
    *,
    texte: Annotated[str, Form(max_length=LONGUEUR_TEXTE, pattern=r"^[^\x00]*$")] = "",
    filtre: Annotated[Filtre, Form()] = Filtre.TOUTES,
    tri: Annotated[Tri, Form()] = Tri.RECENTES,
    mois: Annotated[str, Form(pattern=r"^(\d{4}-(0[1-9]|1[0-2]))?$")] = "",
) -> Response:
    """A key leads to its licence, words to the list: no key ever stands in an address."""
    if (numero := numero_de(maison, texte)) is not None:
        return rendu.suite(request, f"/licenses/details/{numero}", "", {"numero": numero})
    if (numero := maison.licences.find_proche(texte)) is not None:
        message = "La clé cherchée a une faute de frappe : voici la seule licence qui en ait une si proche."
        return rendu.suite(request, f"/licenses/details/{numero}", message, {"numero": numero}, mauvaise=True)
    if _est_une_cle(texte):
        message = "Aucune licence n’a cette clé : vérifiez qu’elle est recopiée sans faute."
        return rendu.suite(request, "/licenses", message, {"numero": None}, mauvaise=True)
    adresse = lien("/licenses", parametres_de(Critere(filtre, texte.strip(), tri, mois)))
    return rendu.suite(request, adresse, "", {})


def parametres_de(critere: Critere) -> dict[str, str]:
    """What an address of the list carries; what is not said otherwise is left out."""
    return {
        "filtre": "" if critere.filtre is Filtre.TOUTES else critere.filtre.value,
        "texte": critere.texte,
        "tri": "" if critere.tri is Tri.RECENTES else critere.tri.value,
        "mois": critere.mois,
    }


def numero_de(maison: MaisonDep, texte: str) -> int | None:
    """The licence of this key, when it is a whole one."""
    try:
        return maison.licences.find_licence(lit_cle(texte)).licence.id
    except (CleMalFormee, LicenceIntrouvable):
        return None


def _est_une_cle(texte: str) -> bool:
    """Whether it is, or looks like, a whole key: one with a typing error is nearly one."""
    try:
        lit_cle(texte)
    except CleMalFormee:
        return _FORME_DE_CLE.fullmatch(texte) is not None and any(c.isdigit() for c in texte)
    return True


def _total(maison: MaisonDep, critere: Critere, etats: dict[Etat, int], entiere: bool, lignes: int) -> int:  # noqa: FBT001
    """How many the list holds, counted the quickest way."""
    if entiere:
        return lignes
    if not critere.texte and not critere.mois and (compte := _compte(critere.filtre, etats)) is not None:
        return compte
    return maison.licences.count_licences(critere, COMPTE_MAX)


def _compte(filtre: Filtre, etats: dict[Etat, int]) -> int | None:
    """What the states already say of it."""
    en_vigueur = etats[Etat.ACTIVE] + etats[Etat.EXPIRE_BIENTOT]
    return {
        Filtre.TOUTES: sum(etats.values()) - etats[Etat.ARCHIVEE],
        Filtre.ACTIVES: en_vigueur,
        Filtre.EXPIRENT_BIENTOT: etats[Etat.EXPIRE_BIENTOT],
        Filtre.EXPIREES: etats[Etat.EXPIREE],
        Filtre.INACTIVES: etats[Etat.INACTIVE],
        Filtre.ARCHIVEES: etats[Etat.ARCHIVEE],
    }.get(filtre)
