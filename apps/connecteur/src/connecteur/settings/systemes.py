"""Where the three systems are, and the accounts to reach them."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from connecteur.settings.section import Positif, Section


class ReglagesBatigest(Section):
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


class ReglagesBatisimply(Section):
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


class ReglagesTampon(Section):
    """The PostgreSQL between both sides."""

    url: SecretStr | None = None
    """`postgresql://…` of the firm's server; None: the embedded one, in the data folder."""
