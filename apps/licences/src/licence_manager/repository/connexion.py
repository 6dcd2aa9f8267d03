"""The way to the database: its address checked, its certificate verified, its errors said in French."""

import ipaddress
import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import certifi
import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, exc, make_url

from licence_manager.errors import BaseIndisponible, ConfigurationInvalide

DELAI_CONNEXION_S = 10
ATTENTE_POOL_S = 10
SILENCE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 15_000}
"""A network that swallows everything is noticed in seconds, not after a quarter of an hour of the system's retries."""
RECYCLAGE_S = 300
"""A connection older than this is opened again: poolers and firewalls forget idle ones."""
VARIABLE = "LICENCE_MANAGER_BASE"
AUTORITES = (
    "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)  # fmt: skip
"""Where Debian, Red Hat, SUSE, and Alpine or macOS keep them."""


def verifie_adresse(texte: str, certificat: Path | None = None) -> tuple[URL, dict[str, Any]]:
    """The address for SQLAlchemy and what to connect with. Raises `ConfigurationInvalide`, never repeating it.

    Elsewhere than on this machine the server proves who it is (`sslmode=verify-full`): a weaker mode is refused.
    """
    try:
        url = make_url(texte)
    except (exc.ArgumentError, ValueError):
        raise _refus("n’est pas une adresse de base de données") from None  # the original would repeat pieces of it
    if url.get_backend_name() not in {"postgresql", "postgres"}:
        raise _refus("n’est pas une adresse PostgreSQL (« postgresql://… »)")
    requete = {nom: valeur for nom, valeur in url.query.items() if nom not in {"pgbouncer", "supa"}}
    options: dict[str, Any] = {"prepare_threshold": None, "connect_timeout": DELAI_CONNEXION_S} | SILENCE
    if not _est_locale(url):
        if str(requete.get("sslmode", "verify-full")) != "verify-full":
            raise _refus("affaiblit TLS : hors de cette machine, seul « sslmode=verify-full » est admis")
        options["sslmode"] = "verify-full"
        options["sslrootcert"] = str(certificat) if certificat else requete.get("sslrootcert", _autorites())
    elif certificat:
        options |= {"sslmode": "verify-full", "sslrootcert": str(certificat)}
    if certificat and not certificat.is_file():
        raise ConfigurationInvalide(
            f"Le certificat « {certificat} » est introuvable.", remede=f"Corrigez {VARIABLE}_CERTIFICAT."
        )
    return url.set(drivername="postgresql+psycopg", query=requete), options


def ouvre_moteur(url: URL, options: dict[str, Any], connexions: int, *, rapide: bool = False) -> Engine:
    """A pool of connections, each asked whether it is still there before it is used.

    `rapide` leaves that out, and the transactions too: for single reads, where every round trip counts.
    """
    return create_engine(
        url,
        connect_args=options,
        pool_size=connexions,
        max_overflow=0,
        pool_timeout=ATTENTE_POOL_S,
        pool_recycle=RECYCLAGE_S,
        pool_pre_ping=not rapide,
        pool_reset_on_return=None if rapide else "rollback",
        isolation_level="AUTOCOMMIT" if rapide else None,
        use_native_hstore=False,
        hide_parameters=True,  # an unforeseen error is written down, names and addresses must not be
    )


@contextmanager
def transaction(moteur: Engine) -> Iterator[Connection]:
    """One transaction, committed at the end. Raises `BaseIndisponible` when the database does not answer."""
    with en_francais(), moteur.begin() as connexion:
        yield connexion


@contextmanager
def en_francais() -> Iterator[None]:
    """Map what the driver says when nobody answers; what is our own mistake goes through as it is."""
    try:
        yield
    except (exc.OperationalError, exc.InterfaceError, exc.TimeoutError, psycopg.OperationalError) as e:
        raise BaseIndisponible(
            "La base des licences ne répond pas.",
            remede="Vérifiez que le serveur PostgreSQL fonctionne et que l’adresse et le mot de passe sont les bons.",
            detail=str(getattr(e, "orig", None) or e),
        ) from e
    except exc.InternalError as e:
        if not isinstance(e.orig, psycopg.errors.ReadOnlySqlTransaction):
            raise
        raise BaseIndisponible(
            "La base des licences n’accepte plus d’écritures.",
            remede="Elle est en lecture seule : son disque est plein, ou elle est en cours de bascule.",
            detail=str(e.orig),
        ) from e


def _est_locale(url: URL) -> bool:
    """Whether it is this machine: loopback or a socket of the file system."""
    if "service" in url.query or "PGSERVICE" in os.environ:
        return False  # a file of libpq's says where
    # What the address leaves out, libpq takes from its own variables.
    noms = [*str(url.host or "").split(","), *_textes(url.query.get("host"))]
    adresses = _textes(url.query.get("hostaddr", os.environ.get("PGHOSTADDR")))
    hotes = [*(noms if any(noms) else _textes(os.environ.get("PGHOST"))), *adresses]
    return all(_est_boucle(hote) for hote in hotes if hote)


def _autorites() -> str:
    """The authorities that this system trusts, else Mozilla's: the driver brings an OpenSSL that knows of none."""
    du_systeme = ssl.get_default_verify_paths().cafile
    return next((lieu for lieu in (du_systeme, *AUTORITES) if lieu and Path(lieu).is_file()), certifi.where())


def _textes(valeur: str | tuple[str, ...] | None) -> list[str]:
    morceaux = [valeur] if isinstance(valeur, str) else list(valeur or ())
    return [hote for morceau in morceaux for hote in morceau.split(",")]


def _est_boucle(hote: str) -> bool:
    if hote == "localhost" or hote.startswith("/"):
        return True
    try:
        return ipaddress.ip_address(hote).is_loopback
    except ValueError:
        return False


def _refus(raison: str) -> ConfigurationInvalide:
    return ConfigurationInvalide(
        f"« {VARIABLE} » {raison}.",
        remede="Supabase donne l’adresse à recopier : Project settings, Database, Connection string.",
    )
