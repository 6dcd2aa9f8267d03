"""Take the secrets out of a TOML file that a person wrote, and leave it as they wrote it, comments included."""

import tomllib
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from connecteur.errors import ConfigurationInvalide
from connecteur.settings.chargement import NOMENCLATURE
from connecteur.settings.secrets import feuilles

GARDES = ("donnees",)
"""What the file keeps whatever is taken out: the vault is found by it."""


def sans_secrets(texte: str, *, tout: bool = False) -> str:
    """This file without its secrets, or with nothing but `donnees`.

    Raises `ConfigurationInvalide` when it is written in a way that cannot be changed with certainty.
    """
    avant = tomllib.loads(texte)
    if tout:
        voulu = {nom: valeur for nom, valeur in avant.items() if nom in GARDES}
        a_retirer = [nom for nom in avant if nom not in GARDES]
    else:
        voulu = NOMENCLATURE.sans_secrets(avant)
        a_retirer = [nom for nom, _ in feuilles(avant) if NOMENCLATURE.est_secret(nom)]
    try:
        document = tomlkit.parse(texte)
        for nom in a_retirer:
            *tables, feuille = nom.split(".")
            table: Any = document
            for partie in tables:
                table = table[partie]
            table.pop(feuille)
        apres = tomlkit.dumps(document)
        fait = _sans_vides(tomllib.loads(apres)) == _sans_vides(voulu)
    except (TOMLKitError, tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError):
        fait = False
    if not fait:
        raise ConfigurationInvalide(
            "Ce fichier est écrit d’une façon que le connecteur ne sait pas changer sans risque : rien n’a été fait.",
            remede="Posez chaque secret par « connecteur coffre pose NOM », puis retirez sa ligne du fichier.",
        )
    return apres


def _sans_vides(tables: Mapping[str, Any]) -> dict[str, Any]:
    """A table written as `table.setting = …` goes with its last setting."""
    pleines = {nom: _sans_vides(valeur) if isinstance(valeur, dict) else valeur for nom, valeur in tables.items()}
    return {nom: valeur for nom, valeur in pleines.items() if valeur != {}}


def pour_le_coffre(tables: Mapping[str, Any]) -> dict[str, Any]:
    """These tables as JSON values: dates and hours as texts, which the settings read as well."""
    return {nom: _en_json(valeur) for nom, valeur in tables.items() if nom not in GARDES}


def _en_json(valeur: object) -> object:
    match valeur:
        case dict():
            return {nom: _en_json(contenu) for nom, contenu in valeur.items()}
        case list():
            return [_en_json(contenu) for contenu in valeur]
        case datetime() | date() | time():
            return valeur.isoformat()
        case _:
            return valeur
