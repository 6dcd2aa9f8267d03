"""Every setting of the connector, from one TOML file, from environment variables, or both.

Environment variables win over the file: `CONNECTEUR_BATIGEST__SERVEUR=…` is `serveur` of `[batigest]`.
A wrong or missing one is named at start with `ConfigurationInvalide`, in French.
"""

from pathlib import Path
from tomllib import TOMLDecodeError
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from connecteur.errors import ConfigurationInvalide

Positif = Annotated[int, Field(gt=0)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ReglagesBatigest(_Section):
    """The SQL Server of the firm and its dossier."""

    serveur: str
    """Host name or address, with the instance if it has one: `localhost\\SAGEBAT`."""
    port: int | None = None
    """Explicit port; None: 1433, or SQL Browser for a named instance."""
    base: str
    """The dossier's database, e.g. `BTG_DOS_DEMO`."""
    utilisateur: str
    mot_de_passe: SecretStr
    chiffrement: bool = True
    certificat_de_confiance: bool = False
    """Accept the server's certificate without checking it: needed with the self-signed one SQL Server makes."""
    delai_connexion_s: Positif = 15
    delai_requete_s: Positif = 120
    attente_verrou_ms: Positif = 5000
    """How long a statement waits for a lock before it gives way to Batigest."""


class ReglagesBatisimply(_Section):
    """The two addresses of BatiSimply and the account of the firm."""

    url_api: str
    url_sso: str
    realm: str = "jhipster"
    mode: Literal["password", "client_credentials"] = "password"
    client_id: str
    client_secret: SecretStr = SecretStr("")
    utilisateur: str = ""
    mot_de_passe: SecretStr = SecretStr("")
    delai_s: Positif = 60
    taille_page: Positif = 500
    envois_paralleles: Annotated[int, Field(ge=1, le=16)] = 8
    essais: Annotated[int, Field(ge=1, le=10)] = 5
    """Attempts per request before a transient error is given up."""


class ReglagesTampon(_Section):
    """The PostgreSQL between both sides."""

    url: SecretStr | None = None
    """`postgresql://…` of the firm's server; None: the embedded one, in the data folder."""


class ReglagesRubriques(_Section):
    """Which labour heading of SuiviMO holds what; it depends on the dossier."""

    heures: str = "NbH0"
    trajet: str = "NbH3"
    panier: str = "NbH4"


class ReglagesDossier(_Section):
    """How this dossier is synchronised."""

    code: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")] = "principal"
    """The connector's own name for the dossier; it must never change."""
    mode: Literal["chantier"] = "chantier"
    fuseau: str = "Europe/Paris"
    fenetre_jours: Annotated[int, Field(ge=1, le=800)] = 180
    tranche_jours: Annotated[int, Field(ge=1, le=31)] = 7
    chevauchement_heures: Annotated[int, Field(ge=0, le=48)] = 6
    """Each slice is asked for with so many hours more at its end, because BatiSimply does not document whether a slot
    that ends after the bound is in its answer; what does not start in the slice is then left out."""
    rubriques: ReglagesRubriques = ReglagesRubriques()
    siege_id: int | None = None
    """`headQuarter` given to the projects that the connector creates."""


class ReglagesWeb(_Section):
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
            "La configuration est incomplète ou erronée : " + " ; ".join(_phrases(exc)) + ".",
            remede="Corrigez ces réglages dans le fichier ou dans les variables CONNECTEUR_…",
        ) from None  # the original would print the values, secrets included


def _phrases(exc: ValidationError) -> list[str]:
    """One short French sentence per setting at fault, without its value."""
    phrases = []
    for erreur in exc.errors(include_input=False, include_context=False, include_url=False):
        nom = ".".join(str(partie) for partie in erreur["loc"])
        match erreur["type"]:
            case "missing":
                phrases.append(f"« {nom} » manque")
            case "extra_forbidden":
                phrases.append(f"« {nom} » n’existe pas")
            case _:
                phrases.append(f"« {nom} » est refusé ({erreur['msg']})")
    return phrases
