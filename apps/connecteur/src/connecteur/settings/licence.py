"""Where the licence is asked about, and by whose signature its answers are known."""

import base64
import ipaddress
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from connecteur.settings.section import Positif, Section

GRACE_MAX_JOURS = 14
OCTETS_CLE = 32


def _lisible(cle: str) -> str:
    try:
        octets = base64.b64decode(cle.strip() + "=" * (-len(cle.strip()) % 4), altchars=b"-_", validate=True)
    except ValueError:
        octets = b""
    if len(octets) != OCTETS_CLE:
        raise ValueError("ce n’est pas une clé publique de licence ; « licence-manager public-keys » les donne")
    return cle


def _adresse(texte: str) -> str:
    """Without its last slash. The key of the licence travels there: in clear only within this machine."""
    texte = texte.strip().rstrip("/")
    if not texte:
        return texte
    try:
        parties = urlsplit(texte if texte.isprintable() and " " not in texte else "")
        parties.port  # noqa: B018 -- raises when it is none
    except ValueError:
        parties = urlsplit("")
    if (
        parties.scheme not in {"http", "https"}
        or not parties.hostname
        or "@" in parties.netloc
        or parties.query
        or parties.fragment
    ):
        raise ValueError("ce n’est pas une adresse comme https://licences.exemple.fr, sans compte ni mot de passe")
    if parties.scheme == "http" and not _cette_machine(parties.hostname):
        raise ValueError("la clé de licence voyagerait en clair : donnez une adresse en https://")
    return texte


def _cette_machine(hote: str) -> bool:
    try:
        return ipaddress.ip_address(hote).is_loopback
    except ValueError:
        return hote == "localhost"


ClePublique = Annotated[str, AfterValidator(_lisible)]


class ReglagesLicence(Section):
    """The licence server."""

    fournisseur: Literal["licence-manager", "supabase"] = "licence-manager"
    """`licence-manager`: signed leases. `supabase`: the SQL function `validate_licence`, which signs nothing."""
    serveur: Annotated[str, AfterValidator(_adresse)] = ""
    """The address of the Licence Manager, or of the Supabase project; empty: no licence can be checked."""
    cles_publiques: Annotated[tuple[ClePublique, ...], Field(max_length=4)] = ()
    """The keys that may have signed a lease: the one in use and the next one (`licence-manager public-keys`)."""
    cle_supabase: SecretStr = SecretStr("")
    """The public key (`anon`) of the Supabase project."""
    grace_jours: Annotated[int, Field(ge=0, le=GRACE_MAX_JOURS)] = GRACE_MAX_JOURS
    """How long runs go on after the end of the lease while the server cannot be reached."""
    delai_s: Positif = 10
    """How long an answer is waited for, from the first byte to the last."""

    @model_validator(mode="after")
    def _entier(self) -> Self:
        if self.serveur and self.fournisseur == "licence-manager" and not self.cles_publiques:
            raise ValueError("« cles_publiques » manque : aucune réponse du serveur de licences ne serait crue")
        if self.serveur and self.fournisseur == "supabase" and not self.cle_supabase.get_secret_value():
            raise ValueError("« cle_supabase » manque : Supabase ne répond à personne sans elle")
        return self
