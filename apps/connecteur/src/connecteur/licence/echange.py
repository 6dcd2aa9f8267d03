"""One question to a licence server, one answer: bounded in time and in size, told in the connector's words.

httpx2's exceptions hold the request, hence the licence key: none of them is chained to ours.
"""

import contextlib
import json
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import httpx2

from connecteur.errors import (
    AccesRefuse,
    ConfigurationInvalide,
    ErreurConnecteur,
    ReponseIllisible,
    ServiceInjoignable,
    ServiceSature,
)
from connecteur.licence.etats import ATTENTE_MAX
from connecteur.reseau import Transport, echeance, mandataire

TAILLE_MAX = 32 * 1024
"""Bytes of an answer: four times the longest lease."""
CONNEXION_MAX_S = 5.0
AGENT = "connecteur-sages"
ATTENTE_MAX_S = ATTENTE_MAX.total_seconds()
REMEDE_RESEAU = "Vérifiez la connexion Internet de cette machine et « licence.serveur » dans les réglages."
REMEDE_MILIEU = (
    "Quelque chose répond à la place du serveur de licences : un portail d’accès à Internet, un serveur mandataire, ou "
    "une mauvaise adresse dans « licence.serveur »."
)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a provider."""

    cle: str = field(repr=False)
    machine: str
    version: str
    utilisation: str | None = None
    """Count one use, under this name: asked for again, it is the same one."""


class Echange:
    """The connection to one server, opened at the first question. Any thread may ask."""

    def __init__(self, adresse: str, *, delai_s: float, entetes: Mapping[str, str] | None = None) -> None:
        self._url = url = httpx2.URL(adresse)
        self._delai_s = delai_s
        self._client = httpx2.Client(
            transport=Transport(mandataire(url)),
            # A redirect would carry the key to an address nobody chose.
            follow_redirects=False,
            # An answer that is not packed is no longer than it says.
            headers={
                "Accept": "application/json",
                "Accept-Encoding": "identity",
                "User-Agent": AGENT,
                **(entetes or {}),
            },
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def demande(self, corps: Mapping[str, object]) -> Mapping[str, Any]:
        """The JSON object that is answered. Raises `ErreurTransitoire` or `ErreurPermanente`."""
        silence = httpx2.Timeout(self._delai_s, connect=min(CONNEXION_MAX_S, self._delai_s))
        requete = self._client.build_request("POST", self._url, json=corps, timeout=silence)
        panne: httpx2.HTTPError
        try:
            with echeance(self._delai_s), contextlib.closing(self._client.send(requete, stream=True)) as brute:
                return self._lit(brute)
        except httpx2.HTTPError as exc:
            panne = exc
        raise _traduit(panne, self._url.host)

    def _lit(self, brute: httpx2.Response) -> Mapping[str, Any]:
        self._regarde_statut(brute)
        type_contenu = brute.headers.get("content-type", "").partition(";")[0].strip().lower()
        if type_contenu != "application/json":
            raise ReponseIllisible(
                f"{self._url.host} a répondu autre chose qu’un verdict de licence.",
                remede=REMEDE_MILIEU,
                detail=f"HTTP {brute.status_code}, {type_contenu[:60] or 'sans type de contenu'}",
            )
        try:
            objet = json.loads(self._corps(brute))
        except (ValueError, RecursionError) as exc:
            raise _illisible(self._url.host, type(exc).__name__) from None
        if not isinstance(objet, dict):
            raise _illisible(self._url.host, type(objet).__name__)
        return objet

    def _corps(self, brute: httpx2.Response) -> bytes:
        if brute.headers.get("content-encoding", "identity").lower() != "identity":
            raise _illisible(self._url.host, "content-encoding")
        morceaux, taille = [], 0
        for morceau in brute.iter_raw():
            taille += len(morceau)
            if taille > TAILLE_MAX:
                raise ReponseIllisible(
                    "La réponse du serveur de licences est anormalement longue : elle n’a pas été lue.",
                    remede=REMEDE_MILIEU,
                )
            morceaux.append(morceau)
        return b"".join(morceaux)

    def _regarde_statut(self, brute: httpx2.Response) -> None:
        statut, hote = brute.status_code, self._url.host
        detail = f"HTTP {statut}"
        if statut == HTTPStatus.OK:
            return
        if brute.is_redirect or HTTPStatus.MULTIPLE_CHOICES <= statut < HTTPStatus.BAD_REQUEST:
            raise ReponseIllisible(
                f"{hote} renvoie vers une autre adresse : la clé de licence n’y a pas été envoyée.",
                remede=REMEDE_MILIEU,
                detail=detail,
            )
        if statut == HTTPStatus.TOO_MANY_REQUESTS:
            raise ServiceSature(
                "Le serveur de licences demande d’attendre : il a reçu trop de demandes.",
                remede="Rien à faire : il est interrogé de nouveau un peu plus tard.",
                detail=detail,
                attendre_s=_attendre(brute.headers.get("retry-after")),
            )
        if statut == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
            raise AccesRefuse(
                "Le serveur mandataire (proxy) de l’entreprise demande un mot de passe.",
                remede="Faites autoriser cet ordinateur, ou renseignez HTTPS_PROXY avec un compte.",
                detail=detail,
            )
        if statut in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise AccesRefuse(
                f"{hote} refuse l’accès du connecteur.",
                remede="Vérifiez « licence.cle_supabase », ou ce qui filtre l’accès à Internet sur cette machine.",
                detail=detail,
            )
        if statut >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise ServiceInjoignable(
                "Le serveur de licences ne peut pas répondre en ce moment.",
                remede="Rien à faire : il est interrogé de nouveau un peu plus tard.",
                detail=detail,
            )
        raise ReponseIllisible(
            f"{hote} n’accepte pas la demande : ce n’est pas le serveur de licences, ou pas cette version.",
            remede=REMEDE_MILIEU,
            detail=detail,
        )


def _attendre(texte: str | None) -> float | None:
    """Seconds asked for by `Retry-After`, bounded; None when it says nothing that can be read."""
    if not texte:
        return None
    if texte.strip().isdecimal() and len(texte) < 10:  # noqa: PLR2004 -- a number of seconds
        return min(float(texte), ATTENTE_MAX_S)
    try:
        instant = parsedate_to_datetime(texte)
        instant = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
        return min(max(0.0, (instant - datetime.now(UTC)).total_seconds()), ATTENTE_MAX_S)
    except (ValueError, OverflowError):
        return None


def _illisible(hote: str, detail: str) -> ReponseIllisible:
    return ReponseIllisible(f"La réponse de {hote} n’est pas lisible.", remede=REMEDE_MILIEU, detail=detail)


def _traduit(panne: httpx2.HTTPError, hote: str) -> ErreurConnecteur:
    cause: BaseException = panne
    while (dessous := cause.__cause__ or cause.__context__) is not None:
        cause = dessous
    detail = f"{type(panne).__name__}: {type(cause).__name__}"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return ConfigurationInvalide(
            f"Le certificat de {hote} n’est pas reconnu par cet ordinateur : rien ne lui a été envoyé.",
            remede="Vérifiez la date de l’ordinateur et l’adresse ; si un antivirus ou un pare-feu filtre les "
            "connexions, faites ajouter son certificat au magasin du système.",
            detail=f"{detail} {cause.verify_message}",
        )
    if isinstance(panne, httpx2.ProxyError):
        return ServiceInjoignable(
            "Le serveur mandataire (proxy) de l’entreprise ne mène pas au serveur de licences.",
            remede="Vérifiez les réglages du proxy de cet ordinateur.",
            detail=detail,
        )
    raisons: list[tuple[type[BaseException], str]] = [
        (socket.gaierror, "son nom est introuvable"),
        (ConnectionRefusedError, "la connexion est refusée"),
        (ssl.SSLError, "la liaison sécurisée (TLS) ne s’établit pas"),
    ]
    raison = next((phrase for genre, phrase in raisons if isinstance(cause, genre)), None)
    if raison is None:
        coupee = not isinstance(panne, httpx2.TimeoutException)
        raison = "la liaison a été coupée" if coupee else "pas de réponse complète dans le délai"
    return ServiceInjoignable(
        f"Le serveur de licences ({hote}) est injoignable : {raison}.", remede=REMEDE_RESEAU, detail=detail
    )
