"""Projects: their JSON <-> the fields we compare.

Two spellings were seen (`projectName`/`name`, `startEstimated`/`startDate`…). Of an object, the spelling it uses is
read and written; both at once, the first that says something. A new project takes the spelling of those there,
else the long one.

What is not ours is never touched. The position on the map (`geoPoint`) stays even when the street or the town changes,
unless the caller knows that it is the one it gave: a person may have put it there by hand.
"""

import copy
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from connecteur.batisimply.schemas import IDENT, texte, texte_heures, texte_instant, texte_jour
from connecteur.domain.chantier import Champs, Position
from connecteur.domain.fusion import Projet
from connecteur.domain.lien import Cloture, Drapeaux
from connecteur.errors import ReponseIllisible
from connecteur.settings import ReglagesCreation

Objet = dict[str, Any]
ORTHOGRAPHES: dict[str, tuple[str, ...]] = {
    "code": ("projectCode",),
    "nom": ("projectName", "name"),
    "client": ("customerName",),
    "debut": ("startEstimated", "startDate"),
    "fin": ("endEstimated", "endDate"),
    "heures_vendues": ("hoursSold",),
    "commentaire": ("comment",),
}
"""Our field > its names in a project, the one for a first project in front."""
ADRESSE: dict[str, str] = {"rue": "street", "code_postal": "postalCode", "ville": "city"}
"""Our field > its name in `address`."""
DRAPEAUX: dict[Cloture, str] = {Cloture.TERMINE: "isFinished", Cloture.ARCHIVE: "isArchived"}
LECTEURS = {"debut": texte_jour, "fin": texte_jour, "heures_vendues": texte_heures}
Orthographe = Mapping[str, str]
"""Our field > the name this tenant's projects use."""


def lit_projet(element: object) -> Projet:
    """A project from its JSON. Raises `ReponseIllisible` when it has no usable id.

    An odd value in one field is kept as text: it shows as a difference on that project, and the others go on.
    Without an id there is no project to speak of, and leaving it out could hide the very one a chantier is
    linked to: it would be created twice. So the whole list is refused.
    """
    objet, ident = _identifie(element)
    champs: Champs = {
        champ: LECTEURS.get(champ, texte)(objet.get(nom_du_champ(objet, champ))) for champ in ORTHOGRAPHES
    }
    adresse = objet.get("address")
    champs |= {champ: texte(adresse.get(nom)) if isinstance(adresse, dict) else None for champ, nom in ADRESSE.items()}
    return Projet(
        id=ident,
        champs=champs,
        brut=objet,
        archive=objet.get("isArchived") is True,
        termine=objet.get("isFinished") is True,
        modifie_le=texte_instant(objet.get("lastModifiedDate")),
        position=_position(adresse),
    )


def lit_code(element: object) -> tuple[int, str]:
    """The id and the code of a project ("" when it has none), as `lit_projet` tells them, and nothing else of it."""
    objet, ident = _identifie(element)
    return ident, texte(objet.get(nom_du_champ(objet, "code"))) or ""


def _identifie(element: object) -> tuple[Objet, int]:
    if not isinstance(element, dict):
        raise _illisible(element, "ce n’est pas un objet")
    try:
        return element, IDENT.validate_python(element.get("id"))
    except ValidationError:
        raise _illisible(element, "son identifiant (id) n’est pas un entier") from None


def _position(adresse: object) -> Position | None:
    """The place on the map; None when there is none, or none that can be read."""
    point = adresse.get("geoPoint") if isinstance(adresse, dict) else None
    if not isinstance(point, dict):
        return None
    longitude, latitude = point.get("xLon"), point.get("yLat")
    if not (isinstance(longitude, float | int) and isinstance(latitude, float | int)):
        return None
    return Position(longitude, latitude)


def _illisible(element: object, raison: str) -> ReponseIllisible:
    qui = ""
    if isinstance(element, dict):
        indices = [texte(element.get(cle)) for cle in ("id", "projectCode", "projectName", "name")]
        qui = " ".join(f"« {indice[:60]} »" for indice in indices if indice)
    return ReponseIllisible(
        f"Un projet de BatiSimply {qui} est illisible : {raison}.".replace("  ", " "),
        remede="Ouvrez et enregistrez ce projet dans BatiSimply ; si cela dure, appelez le support.",
    )


def nom_du_champ(brut: Objet, champ: str, orthographe: Orthographe | None = None) -> str:
    """The name this object uses for our field: that of a value, else of an empty place, else the tenant's."""
    noms = ORTHOGRAPHES[champ]
    return next(
        (nom for nom in noms if brut.get(nom) is not None),
        next((nom for nom in noms if nom in brut), (orthographe or {}).get(champ, noms[0])),
    )


def apprend_orthographe(projets: Iterable[Projet]) -> dict[str, str]:
    """The names the projects of a tenant use, most of them."""
    comptes: dict[str, dict[str, int]] = {champ: dict.fromkeys(noms, 0) for champ, noms in ORTHOGRAPHES.items()}
    for projet in projets:
        for noms in comptes.values():
            for nom in noms:
                noms[nom] += nom in projet.brut
    return {champ: max(noms, key=noms.__getitem__) for champ, noms in comptes.items()}


def nouveau_projet(
    champs: Champs,
    orthographe: Orthographe,
    *,
    creation: ReglagesCreation,
    siege_id: int | None = None,
    position: Position | None = None,
) -> Objet:
    """The object to create: what we know and what the settings give, nothing empty."""
    connus: Champs = {champ: valeur for champ, valeur in champs.items() if valeur}
    objet = pose({}, connus, orthographe)
    if position is not None:
        pose_position(objet, position)
    # Without a country their map looks for the street in the whole world. Five digits: France, as all of our firms.
    francais = re.fullmatch(r"\d{5}", connus.get("code_postal") or "")
    pays = creation.pays or ("FR" if francais else None)
    if "address" in objet and pays:
        objet["address"]["countryCode"] = pays
    if siege_id is not None:
        objet["headQuarter"] = {"id": siege_id}
    if creation.responsable_id is not None:
        objet["projectManager"] = {"id": creation.responsable_id}
    if creation.couleur is not None:
        objet["projectColor"] = creation.couleur
    if creation.budget_montant is not None:
        objet["budget"] = {"amount": creation.budget_montant, "currency": creation.budget_devise}
    return objet


def pose_drapeaux(objet: Objet, drapeaux: Drapeaux) -> None:
    """Mark the project finished or archived, or no longer."""
    for cloture, valeur in drapeaux.items():
        objet[DRAPEAUX[cloture]] = valeur


def pose_position(objet: Objet, position: Position) -> None:
    """Put the project on the map."""
    adresse = objet.get("address")
    if not isinstance(adresse, dict):
        adresse = objet["address"] = {}
    adresse["geoPoint"] = {"xLon": position.longitude, "yLat": position.latitude}


def pose(brut: Objet, champs: Champs, orthographe: Orthographe) -> Objet:
    """A copy of the object with these fields laid over it, and nothing else changed."""
    objet = copy.deepcopy(brut)
    for champ, valeur in champs.items():
        if champ in ADRESSE:
            _pose_adresse(objet, ADRESSE[champ], valeur)
        else:
            nom = nom_du_champ(objet, champ, orthographe)
            objet[nom] = _nombre(valeur) if champ == "heures_vendues" else valeur
    return objet


def _pose_adresse(objet: Objet, nom: str, valeur: str | None) -> None:
    adresse = objet.get("address")
    if not isinstance(adresse, dict):
        if not valeur:
            return
        adresse = objet["address"] = {}
    adresse[nom] = valeur


def _nombre(valeur: str | None) -> int | float | None:
    """The number as JSON writes it: 12, 7.5."""
    if not valeur:
        return None
    nombre = Decimal(valeur)
    return int(nombre) if nombre == nombre.to_integral_value() else float(nombre)
