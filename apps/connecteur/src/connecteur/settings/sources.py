"""The file and the environment variables, laid together and checked table by table."""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from connecteur.errors import ConfigurationInvalide
from connecteur.settings.phrases import phrases

PREFIXE = "CONNECTEUR_"
PROPRES = ("batigest", "batisimply", "dossier")
"""The tables that each dossier has of its own."""
VARIABLE_D_UN_DOSSIER = re.compile(rf"^{PREFIXE}DOSSIERS__(.+?)__(?:{'|'.join(PROPRES)}|alertes)__", re.IGNORECASE)
VARIABLE_DU_PREMIER = re.compile(rf"^{PREFIXE}(?:{'|'.join(PROPRES)})__", re.IGNORECASE)


class Source(BaseSettings):
    """A part of the settings: environment variables over the values of the file."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIXE,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    @classmethod
    def settings_customise_sources(  # its names are pydantic's: it calls with keywords
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The variables, then the file."""
        return env_settings, init_settings


Partie = TypeVar("Partie", bound=Source)


def lit(fichier: Path | None) -> dict[str, Any]:
    """What the file holds, unchecked; nothing without a file. Raises `ConfigurationInvalide`."""
    if fichier is None:
        return {}
    if not fichier.is_file():
        raise ConfigurationInvalide(
            f"Le fichier de configuration « {fichier} » est introuvable.",
            remede="Vérifiez le chemin donné à --config.",
        )
    try:
        return tomllib.loads(fichier.read_text(encoding="utf-8-sig"))  # Windows' editors write a mark first
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise ConfigurationInvalide(
            f"Le fichier de configuration « {fichier} » n’est pas du TOML valide.",
            remede="Corrigez la ligne indiquée.",
            detail=str(exc),
        ) from exc


def essaie(partie: type[Partie], valeurs: Mapping[str, Any], *, code: str = "", fautes: list[str]) -> Partie | None:
    """This part of the settings; None with a sentence in `fautes` for each setting at fault, never its value.

    `code` names the dossier whose own tables these are.
    """
    prefixe = f"{PREFIXE}DOSSIERS__{code.upper()}__" if code else PREFIXE
    try:
        return partie(_env_prefix=prefixe, **valeurs)
    except ValidationError as exc:
        fautes += phrases(exc, f"dossiers.{code}." if code else "")
        return None
    except SettingsError as exc:
        # Its cause quotes the value; its own text only names the table.
        table = re.search(r'field "(\w+)"', str(exc))
        fautes.append(f"une variable {prefixe}{table[1].upper() if table else ''}… n’est pas du JSON")
        return None


def premier_dossier(brut: Mapping[str, Any]) -> bool:
    """Whether the first dossier, whose tables stand at the top, was meant."""
    return any(table in brut for table in PROPRES) or any(map(VARIABLE_DU_PREMIER.match, os.environ))


def autres_dossiers(brut: Mapping[str, Any]) -> dict[str, Any]:
    """Code > what the file holds of each other dossier; those that only stand in variables come last."""
    tables = brut.get("dossiers", {})
    if not isinstance(tables, dict):
        raise ConfigurationInvalide(
            "« dossiers » doit être une table.", remede="Écrivez « [dossiers.<code>.batigest] », une table par système."
        )
    connus = {code.casefold() for code in tables}
    trouves = (VARIABLE_D_UN_DOSSIER.match(nom) for nom in sorted(os.environ))
    en_variables: dict[str, Any] = {
        trouve[1].lower(): {} for trouve in trouves if trouve and trouve[1].casefold() not in connus
    }
    return {**tables, **en_variables}
