"""The settings as a person reads and changes them: a name, what it means, and the kind of field it takes."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from connecteur.settings import ReglagesDossier
from connecteur.web.reglages_textes import (
    AIDES,
    COMME_LES_AUTRES,
    GROUPE_TECHNIQUE,
    GROUPES,
    NOM_POLITIQUE,
    NOMS,
    POLITIQUES,
    TECHNIQUES,
    VALEURS,
    VIDES,
)
from connecteur.web.services import Reglage
from sages_commun.web.format import lit_jour, majuscule, nombre

_HEURE = re.compile(r"(\d{1,2}) ?[:hH] ?(\d{2})?", re.ASCII)
Nature = Literal["choix", "oui-non", "entier", "nombre", "date", "heure", "texte", "liste", "champs"]
CHAMPS = "heures.en_plus"
"""The one setting that is a list of records."""


@dataclass(frozen=True, slots=True)
class Saisie:
    """How a setting is typed. `facultatif`: it may be left empty."""

    nature: Nature
    facultatif: bool
    options: tuple[tuple[str, str], ...] = ()
    minimum: object = None
    maximum: object = None


@dataclass(frozen=True, slots=True)
class VueReglage:
    """One setting, as shown."""

    reglage: Reglage
    nom: str
    aide: str
    saisie: Saisie
    valeur: str
    """As typed."""
    affiche: str
    fichier: str

    @property
    def court(self) -> str:
        """Its name among the policies of one field each."""
        return majuscule(self.nom.removeprefix(NOM_POLITIQUE))


@dataclass(frozen=True, slots=True)
class Groupe:
    """Settings that belong together."""

    nom: str
    texte: str
    reglages: tuple[VueReglage, ...]
    politiques: tuple[VueReglage, ...] = ()
    """The same choice for one field each: folded, with a line that says which differ."""
    technique: bool = False
    """Whether only who installs has to do with them."""

    @property
    def exceptions(self) -> tuple[VueReglage, ...]:
        """The fields that do not follow the general rule."""
        return tuple(vue for vue in self.politiques if vue.reglage.valeur)


def groupes(reglages: Sequence[Reglage]) -> list[Groupe]:
    """The settings by subject, in the order a person looks for them."""
    techniques = [reglage for reglage in reglages if reglage.cle.startswith(TECHNIQUES)]
    restent = [reglage for reglage in reglages if reglage not in techniques]
    trouves = []
    for nom, texte, prefixes in GROUPES:
        siens = [reglage for reglage in restent if reglage.cle.startswith(prefixes)]
        restent = [reglage for reglage in restent if reglage not in siens]
        if siens:
            vues = [vue_reglage(reglage) for reglage in siens]
            parts = [vue for vue in vues if vue.reglage.cle.startswith(POLITIQUES)]
            trouves.append(Groupe(nom, texte, tuple(vue for vue in vues if vue not in parts), tuple(parts)))
    if restent:
        trouves.append(Groupe("Autres réglages", "", tuple(vue_reglage(reglage) for reglage in restent)))
    trouves.append(Groupe(*GROUPE_TECHNIQUE, tuple(vue_reglage(reglage) for reglage in techniques), technique=True))
    return trouves


def vue_reglage(reglage: Reglage) -> VueReglage:
    """Lay one out."""
    saisie = saisie_de(reglage.cle)
    return VueReglage(
        reglage,
        NOMS.get(reglage.cle, reglage.cle),
        AIDES.get(reglage.cle, ""),
        saisie,
        _saisi(reglage.valeur, saisie.nature),
        affiche(reglage.cle, reglage.valeur),
        affiche(reglage.cle, reglage.fichier),
    )


def affiche(cle: str, valeur: object) -> str:
    """A value, as a person reads it."""
    match valeur:
        case None | "":
            texte = VIDES.get(cle) or (COMME_LES_AUTRES if cle.startswith(POLITIQUES) else "aucun")
        case bool():
            texte = "oui" if valeur else "non"
        case int() | float():
            texte = nombre(valeur)
        case list():
            texte = ", ".join(affiche(cle, element) for element in valeur) or "aucun"
        case dict() if cle == CHAMPS:
            texte = f"{valeur['champ']} dans {valeur['rubrique']}"
        case str() if saisie_de(cle).nature == "date":
            texte = f"{date.fromisoformat(valeur):%d/%m/%Y}"
        case str() if saisie_de(cle).nature == "heure":
            texte = valeur[:5]
        case _:
            texte = VALEURS.get(str(valeur), str(valeur))
    return texte


def lit_saisie(cle: str, texte: str) -> object:
    """What was typed, as the JSON value it means; the settings themselves check it."""
    saisie = saisie_de(cle)
    texte = texte.strip()
    if not texte and saisie.facultatif:
        return None
    match saisie.nature:
        case "oui-non":
            return {"oui": True, "non": False}.get(texte, texte)
        case "entier" | "nombre":
            return texte.replace(",", ".").replace("\N{NO-BREAK SPACE}", "").replace("\N{NARROW NO-BREAK SPACE}", "")
        case "date" | "heure":
            return _lit_jour(texte) if saisie.nature == "date" else _lit_heure(texte)
        case "liste" | "champs":
            return [partie.strip() for partie in texte.split(",") if partie.strip()]
        case _:
            return texte


def _lit_jour(texte: str) -> str:
    jour = lit_jour(texte)
    return texte if jour is None else jour.isoformat()


def _lit_heure(texte: str) -> str:
    """« 8h » and « 8:30 » are hours too."""
    trouve = _HEURE.fullmatch(texte)
    return texte if trouve is None else f"{int(trouve[1]):02}:{trouve[2] or '00'}"


def saisie_de(cle: str) -> Saisie:
    """How this setting is typed: read from the model that checks it."""
    champ = _champ(cle)
    if champ is None:
        return Saisie("texte", facultatif=False)
    genre, facultatif = _genre(champ.annotation)
    bornes = dict(_bornes(champ.metadata))
    return Saisie(_nature(genre), facultatif, _options(genre), bornes.get("minimum"), bornes.get("maximum"))


def _saisi(valeur: object, nature: Nature = "texte") -> str:
    match valeur:
        case None:
            return ""
        case str() if nature == "heure":
            return valeur[:5]
        case str() if nature == "date":
            return f"{date.fromisoformat(valeur):%d/%m/%Y}"
        case bool():
            return "oui" if valeur else "non"
        case list():
            return ", ".join(_saisi(element) for element in valeur)
        case _:
            return str(valeur)


def _champ(cle: str) -> FieldInfo | None:
    modele: Any = ReglagesDossier
    champ: FieldInfo | None = None
    for partie in cle.split("."):
        if not (isinstance(modele, type) and issubclass(modele, BaseModel)):
            return None
        champ = modele.model_fields.get(partie)
        if champ is None:
            return None
        modele, _ = _genre(champ.annotation)
    return champ


def _genre(annotation: Any) -> tuple[Any, bool]:
    """The type without `Annotated` and `None`, and whether `None` was allowed."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in {Union, UnionType}:
        genres = [genre for genre in get_args(annotation) if genre is not type(None)]
        return _genre(genres[0])[0], len(genres) < len(get_args(annotation))
    return annotation, False


def _nature(genre: Any) -> Nature:
    if get_origin(genre) is Literal or (isinstance(genre, type) and issubclass(genre, StrEnum)):
        return "choix"
    if get_origin(genre) in {tuple, list, frozenset, set}:
        (element, *_) = get_args(genre)
        return "champs" if isinstance(element, type) and issubclass(element, BaseModel) else "liste"
    natures: Mapping[Any, Nature] = {bool: "oui-non", int: "entier", float: "nombre", date: "date", time: "heure"}
    return natures.get(genre, "texte")


def _options(genre: Any) -> tuple[tuple[str, str], ...]:
    if get_origin(genre) is Literal:
        valeurs = [str(valeur) for valeur in get_args(genre)]
    elif isinstance(genre, type) and issubclass(genre, StrEnum):
        valeurs = [valeur.value for valeur in genre]
    else:
        return ()
    return tuple((valeur, VALEURS.get(valeur, valeur)) for valeur in valeurs)


def _bornes(metadonnees: Sequence[Any]) -> Iterator[tuple[str, object]]:
    for contrainte in metadonnees:
        if (minimum := getattr(contrainte, "ge", None)) is not None:
            yield "minimum", minimum
        if (maximum := getattr(contrainte, "le", None)) is not None:
            yield "maximum", maximum
