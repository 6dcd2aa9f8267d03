"""All the settings, read from one TOML file, from environment variables, or both."""

from pathlib import Path
from tomllib import TOMLDecodeError
from typing import Annotated

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from connecteur.errors import ConfigurationInvalide
from connecteur.settings.dossier import ReglagesDossier
from connecteur.settings.phrases import phrases
from connecteur.settings.section import Section
from connecteur.settings.systemes import ReglagesBatigest, ReglagesBatisimply, ReglagesTampon


class ReglagesWeb(Section):
    """The web interface: loopback only by default."""

    hote: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000


class Reglages(BaseSettings):
    """All of it."""

    model_config = SettingsConfigDict(
        env_prefix="CONNECTEUR_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    donnees: Path
    """The data folder: embedded PostgreSQL, journal."""
    batigest: ReglagesBatigest
    batisimply: ReglagesBatisimply
    tampon: ReglagesTampon = ReglagesTampon()
    dossier: ReglagesDossier = ReglagesDossier()
    web: ReglagesWeb = ReglagesWeb()


def charge(fichier: Path | None = None) -> Reglages:
    """Read the settings. Raises `ConfigurationInvalide` naming every setting at fault."""
    if fichier is not None and not fichier.is_file():
        raise ConfigurationInvalide(
            f"Le fichier de configuration « {fichier} » est introuvable.",
            remede="Vérifiez le chemin donné à --config.",
        )

    class AvecFichier(Reglages):
        @classmethod
        def settings_customise_sources(  # its names are pydantic's: it calls with keywords
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,  # noqa: ARG003
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
            file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            toml = TomlConfigSettingsSource(settings_cls, fichier) if fichier else None
            return (env_settings, toml) if toml else (env_settings,)

    try:
        return AvecFichier()
    except TOMLDecodeError as exc:
        raise ConfigurationInvalide(
            f"Le fichier de configuration « {fichier} » n’est pas du TOML valide.",
            remede="Corrigez la ligne indiquée.",
            detail=str(exc),
        ) from exc
    except ValidationError as exc:
        raise ConfigurationInvalide(
            "La configuration est incomplète ou erronée : " + " ; ".join(phrases(exc)) + ".",
            remede="Corrigez ces réglages dans le fichier ou dans les variables CONNECTEUR_…",
        ) from None  # the original would print the values, secrets included
