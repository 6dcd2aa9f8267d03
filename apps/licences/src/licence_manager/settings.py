"""Every setting of the Licence Manager, from environment variables or from a `.env` file; `.env.example` lists them.

A wrong or missing one is named with `ConfigurationInvalide`, in French, without its value.
"""

import base64
import difflib
import ipaddress
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, SettingsConfigDict

from licence_manager.errors import ConfigurationInvalide
from sages_commun.postgres_embarque import dossier_par_defaut

PREFIXE = "LICENCE_MANAGER_"
OCTETS_SECRET = 32
_NOM = re.compile(r"[A-Za-z0-9._-]+|\[?[0-9A-Fa-f:.]+\]?", re.ASCII)


class Reglages(BaseSettings):
    """All of it."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIXE, env_file_encoding="utf-8-sig", extra="ignore", frozen=True, env_ignore_empty=True
    )

    base: SecretStr | None = None
    """`postgresql://…` of the database (a server of yours, or Supabase); None: an embedded one, for a trial."""
    base_certificat: Path | None = None
    """The authority that signed the database server's certificate; None: those the system trusts."""
    base_connexions: Annotated[int, Field(ge=4, le=200)] = 10
    """Connections that this process may hold open."""
    donnees: Path = dossier_par_defaut("licence-manager")
    """Where the embedded database and, for a trial, the secret live."""
    secret: SecretStr | None = None
    """32 bytes in base64, from which every secret at rest is derived. Needed as soon as `base` is given."""
    hote: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8100
    hotes: str = ""
    """Names under which this server is called, separated by commas, beside the loopback ones and `hote`."""
    mandataires: str = ""
    """Addresses of the reverse proxies whose `X-Forwarded-For` is believed, separated by commas."""
    debit_adresse: Annotated[int, Field(ge=1)] = 120
    """Validations per minute and per address."""
    debit_cle: Annotated[int, Field(ge=1)] = 60
    """Validations per minute and per licence key."""
    bail_rafraichir_heures: Annotated[int, Field(ge=1, le=24 * 30)] = 24
    bail_jours: Annotated[int, Field(ge=1, le=90)] = 7
    supabase: bool = False
    """Whether connectors may ask the SQL function `validate_licence` directly (docs/licences.md)."""
    rappels: SecretStr | None = None
    """Apprise addresses that get the reminders, separated by blanks; `{email}` becomes the client's."""
    jeton_metriques: SecretStr | None = None
    """What `/metrics` asks for (`Authorization: Bearer …`); None: it answers this machine only, and only where nothing
    says that it is called from elsewhere (`web.sante`)."""

    @property
    def noms_admis(self) -> frozenset[str]:
        """What a `Host` header may say, beside the loopback names."""
        donnes = {self.hote, *self.hotes.split(",")}
        noms = {nom.strip() for nom in donnes} - {"", "0.0.0.0", "::"}  # noqa: S104 - the names that name nobody
        return frozenset(f"[{nom}]" if ":" in nom and not nom.startswith("[") else nom for nom in noms)

    @field_validator("hotes")
    @classmethod
    def _noms_seuls(cls, valeur: str) -> str:
        for nom in filter(None, (morceau.strip() for morceau in valeur.split(","))):
            if not _NOM.fullmatch(nom):
                raise ValueError("attendu : des noms seuls, sans « https:// » ni port, séparés par des virgules")
        return valeur

    @field_validator("mandataires")
    @classmethod
    def _adresses_seules(cls, valeur: str) -> str:
        for morceau in filter(None, (morceau.strip() for morceau in valeur.split(","))):
            try:
                reseau = ipaddress.ip_network(morceau, strict=False)
            except ValueError:
                reseau = None
            if reseau is None or reseau.prefixlen == 0:  # believed from everybody, it would be written by anybody
                raise ValueError("attendu : les adresses des mandataires, ou leurs réseaux, séparés par des virgules")
        return valeur

    @field_validator("secret")
    @classmethod
    def _secret_entier(cls, valeur: SecretStr | None) -> SecretStr | None:
        if valeur is not None:
            octets_du_secret(valeur)
        return valeur


def octets_du_secret(secret: SecretStr) -> bytes:
    """The 32 bytes of the secret. Raises `ValueError` with a French sentence that does not repeat it."""
    try:
        octets = base64.b64decode(secret.get_secret_value(), validate=True)
    except ValueError:
        octets = b""
    if len(octets) != OCTETS_SECRET:
        raise ValueError(
            "attendu : 32 octets tirés au hasard, en base64 ; « openssl rand -base64 32 » en donne de convenables"
        )
    return octets


def charge(fichier: Path | None = Path(".env")) -> Reglages:
    """Read the settings; variables win over the file. Raises `ConfigurationInvalide` naming every one at fault."""
    _refuse_inconnues(fichier)
    try:
        reglages = Reglages(_env_file=fichier)
    except ValidationError as exc:
        raise ConfigurationInvalide(
            "La configuration est incomplète ou erronée : " + " ; ".join(_phrases(exc)) + ".",
            remede="Corrigez ces variables ; « .env.example » les décrit toutes.",
        ) from None  # the original would print the values, secrets included
    if reglages.base is not None and reglages.secret is None:
        raise ConfigurationInvalide(
            f"La configuration est incomplète ou erronée : « {PREFIXE}SECRET » manque.",
            remede="Avec votre propre base, donnez un secret (« openssl rand -base64 32 ») et gardez-en une copie.",
        )
    if reglages.bail_rafraichir_heures > reglages.bail_jours * 24:
        raise ConfigurationInvalide(
            f"La configuration est incomplète ou erronée : « {PREFIXE}BAIL_RAFRAICHIR_HEURES » dépasse "
            f"« {PREFIXE}BAIL_JOURS ».",
            remede="Un bail se rafraîchit avant de prendre fin.",
        )
    return reglages


def _refuse_inconnues(fichier: Path | None) -> None:
    """Raise `ConfigurationInvalide` for a variable of ours that does not exist: its value would count for nothing."""
    noms = {nom.upper() for nom in (*os.environ, *_lit_fichier(fichier))}
    connus = [PREFIXE + nom.upper() for nom in Reglages.model_fields]
    inconnus = sorted(nom for nom in noms if nom.startswith(PREFIXE) and nom not in connus)
    if inconnus:
        proches = {nom: difflib.get_close_matches(nom, connus, 1) for nom in inconnus}
        raise ConfigurationInvalide(
            "La configuration est incomplète ou erronée : "
            + " ; ".join(
                f"« {nom} » n’existe pas" + "".join(f" (« {proche} » ?)" for proche in proches[nom]) for nom in inconnus
            )
            + ".",
            remede="Corrigez ces noms ; « .env.example » les liste tous.",
        )


def _lit_fichier(fichier: Path | None) -> Mapping[str, str | None]:
    """What the file holds. Raises `ConfigurationInvalide` when it cannot be read."""
    try:
        return DotEnvSettingsSource(Reglages, env_file=fichier).env_vars
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigurationInvalide(
            f"Le fichier « {fichier} » ne se lit pas.",
            remede="Donnez-le au compte qui lance ce programme (« chmod 600 »), en texte UTF-8.",
            detail=type(exc).__name__,
        ) from None  # the original would show its bytes


def _phrases(exc: ValidationError) -> list[str]:
    """One short French sentence per variable at fault, without its value."""
    phrases = []
    for erreur in exc.errors(include_input=False, include_url=False):
        nom = PREFIXE + "_".join(str(partie) for partie in erreur["loc"]).upper()
        contexte = erreur.get("ctx", {})
        match erreur["type"]:
            case "value_error":
                phrases.append(f"« {nom} » est refusé ({contexte['error']})")
            case "int_parsing":
                phrases.append(f"« {nom} » est refusé (un nombre entier est attendu)")
            case "greater_than_equal":
                phrases.append(f"« {nom} » est refusé (au moins {contexte['ge']})")
            case "less_than_equal":
                phrases.append(f"« {nom} » est refusé (au plus {contexte['le']})")
            case "bool_parsing":
                phrases.append(f"« {nom} » est refusé (« true » ou « false »)")
            case _:
                phrases.append(f"« {nom} » est refusé ({erreur['msg']})")
    return phrases
