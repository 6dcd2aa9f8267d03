"""What the office changes without touching a file: values laid over the `[dossier]` table of the settings.

A setting is named as in the file, without `dossier.`: « fenetre_jours », « rubriques.heures ». Values are JSON
values, checked by the very model that checks the file. What is laid over wins.
"""

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from connecteur.errors import ConfigurationInvalide
from connecteur.settings.dossier import ReglagesDossier
from connecteur.settings.phrases import phrases

FIXES = frozenset({"code", "fuseau"})
"""What the records of the tampon were made with: changing it means another dossier, or a restart."""

MOTS: dict[str, object] = {"oui": True, "non": False, "aucun": None, "aucune": None}
"""How a person writes what JSON has its own words for."""


@dataclass(frozen=True, slots=True)
class ReglageEffectif:
    """One setting as it stands for the next run. Values are JSON values."""

    cle: str
    valeur: object
    fichier: object
    """Its value without what was laid over."""
    surcharge: bool


def effectifs(fichier: ReglagesDossier, surcharges: Mapping[str, object]) -> ReglagesDossier:
    """The settings of the next run. Raises `ConfigurationInvalide` naming every setting at fault."""
    valeurs = fichier.model_dump(mode="json")
    for cle, valeur in surcharges.items():
        _pose(valeurs, cle, valeur)
    try:
        return ReglagesDossier.model_validate(valeurs)
    except ValidationError as exc:
        raise ConfigurationInvalide(
            "Un réglage changé à l’écran ou en ligne de commande ne convient pas : "
            + " ; ".join(phrases(exc, "dossier."))
            + ".",
            remede="Corrigez-le ou retirez-le : « connecteur reglages change » ou « connecteur reglages retire ».",
        ) from None


def list_effectifs(fichier: ReglagesDossier, surcharges: Mapping[str, object]) -> list[ReglageEffectif]:
    """Every setting that can be changed at run time, in the order of the file, as it stands."""
    valeurs = effectifs(fichier, surcharges).model_dump(mode="json")
    du_fichier = fichier.model_dump(mode="json")
    return [
        ReglageEffectif(cle, _lit(valeurs, cle), _lit(du_fichier, cle), surcharge=cle in surcharges)
        for cle in cles(ReglagesDossier)
    ]


def valide(fichier: ReglagesDossier, surcharges: Mapping[str, object], cle: str, valeur: object) -> object:
    """The JSON value to keep for this setting. Raises `ConfigurationInvalide` when it may not have this value.

    A text is read as a person types it: « 90 », « oui », « 2026-01-31 », or JSON.
    """
    if cle in FIXES:
        raise ConfigurationInvalide(
            f"Le réglage « {cle} » ne se change pas pendant la marche.",
            remede=f"Changez « dossier.{cle} » dans le fichier de configuration, connecteur arrêté.",
        )
    if cle not in set(cles(ReglagesDossier)):
        raise ConfigurationInvalide(
            f"Le réglage « {cle} » n’existe pas.",
            remede="« connecteur reglages montre » donne la liste des réglages.",
        )
    premier: ConfigurationInvalide | None = None
    for lecture in _lectures(valeur):
        try:
            essai = effectifs(fichier, {**surcharges, cle: lecture})
        except ConfigurationInvalide as exc:
            premier = premier or exc
        else:
            return _lit(essai.model_dump(mode="json"), cle)
    raise premier or ConfigurationInvalide(f"Le réglage « {cle} » ne convient pas.")


def cles(modele: type[BaseModel], prefixe: str = "") -> Iterator[str]:
    """The name of every setting that can be changed at run time."""
    for nom, champ in modele.model_fields.items():
        if isinstance(champ.annotation, type) and issubclass(champ.annotation, BaseModel):
            yield from cles(champ.annotation, f"{prefixe}{nom}.")
        elif prefixe + nom not in FIXES:
            yield prefixe + nom


def _lectures(valeur: object) -> Iterator[object]:
    """What a person may have meant."""
    yield valeur
    if not isinstance(valeur, str):
        return
    mot = valeur.strip().casefold()
    if mot in MOTS:
        yield MOTS[mot]
    try:
        lu: object = json.loads(valeur)
    except ValueError:
        return
    yield lu


def _pose(valeurs: dict[str, Any], cle: str, valeur: object) -> None:
    *tables, feuille = cle.split(".")
    for table in tables:
        suivante = valeurs.setdefault(table, {})
        if not isinstance(suivante, dict):
            raise ConfigurationInvalide(f"Le réglage « {cle} » n’existe pas.")
        valeurs = suivante
    valeurs[feuille] = copy.deepcopy(valeur)


def _lit(valeurs: Mapping[str, Any], cle: str) -> object:
    lu: Any = valeurs
    for partie in cle.split("."):
        lu = lu[partie]
    return lu
