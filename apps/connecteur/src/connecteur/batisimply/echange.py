"""One request, one answer: bounded in time and size, its failures told in the connector's words.

httpx2's exceptions hold the request, hence the password or the token: none of them is chained to ours.
"""

import contextlib
import socket
import ssl
import threading
import time
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
    ReponseIncertaine,
    ServiceInjoignable,
)
from connecteur.reseau import Transport, echeance, mandataire

TAILLE_MAX = 64 * 1024 * 1024
"""Bytes of an answer, once unpacked: ten times the largest slice ever expected."""
CONNEXION_MAX_S = 10.0
AGENT = "connecteur-sages"


@dataclass(frozen=True, slots=True)
class Demande:
    """One call of the API."""

    methode: str
    chemin: str
    quoi: str
    """What is asked for, for a person: « le projet n° 12 »."""
    params: Mapping[str, str] | None = None
    objet: object = field(default=None, repr=False)
    rejouable: bool = True
    """Whether doing it twice is doing it once."""
    un_seul: bool = False
    """Whether one existing record is meant: a 404 then is about it, not about the address."""


@dataclass(frozen=True, slots=True)
class Reponse:
    """A whole answer. Its body is kept out of the repr: it may be a token."""

    statut: int
    entetes: httpx2.Headers = field(repr=False)
    corps: bytes = field(repr=False)

    @property
    def type_contenu(self) -> str:
        """The media type, lower case, without its parameters."""
        return self.entetes.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def est_json(self) -> bool:
        """Whether it claims to be JSON (problem+json included)."""
        return self.type_contenu == "application/json" or self.type_contenu.endswith("+json")


def adresse(base: str, chemin: str, reglage: str) -> httpx2.URL:
    """The full address. Raises `ConfigurationInvalide` naming the setting when `base` cannot be one."""
    try:
        url = httpx2.URL(base.strip().rstrip("/") + chemin)
    except httpx2.InvalidURL:
        url = None
    if url is None or url.scheme not in {"http", "https"} or not url.host or url.userinfo:
        raise ConfigurationInvalide(
            f"L’adresse de BatiSimply donnée par « {reglage} » n’est pas valable.",
            remede="Donnez une adresse de la forme https://api.exemple.batisimply.fr, sans mot de passe.",
        )
    return url


class Echange:
    """The connections to BatiSimply, opened at the first request. Any thread may call."""

    def __init__(self, *, delai_s: float, transport: httpx2.BaseTransport | None = None) -> None:
        self._delai_s = delai_s
        self._transport = transport
        self._clients: dict[str, httpx2.Client] = {}
        self._verrou = threading.Lock()
        self.ecart_horloge_s: float | None = None
        """Seconds this machine's clock is ahead of the server's, from the last answer that told its date."""

    def close(self) -> None:
        """Close the connections; the next request opens new ones."""
        with self._verrou:
            clients, self._clients = self._clients, {}
        for client in clients.values():
            client.close()

    def envoie(
        self,
        methode: str,
        url: httpx2.URL,
        *,
        entetes: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        formulaire: Mapping[str, str] | None = None,
        objet: object = None,
        rejouable: bool,
    ) -> Reponse:
        """Send, and return the whole answer whatever its status.

        Raises `ServiceInjoignable` when nobody answered, or `ReponseIncertaine` in its place when the request had
        left and is not `rejouable`; `ConfigurationInvalide` when no attempt can succeed.
        """
        client = self._client(url)
        requete = client.build_request(
            methode, url, headers=entetes, params=params, data=formulaire, json=objet, timeout=self._delais()
        )
        panne: httpx2.HTTPError
        try:
            with echeance(self._delai_s), contextlib.closing(client.send(requete, stream=True)) as brute:
                if brute.status_code == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
                    raise _mot_de_passe_mandataire()
                self._mesure_horloge(brute.headers.get("date"))
                return Reponse(brute.status_code, brute.headers, _corps(brute, url))
        except httpx2.HTTPError as exc:
            panne = exc
        raise _traduit(panne, url, rejouable=rejouable)

    def _client(self, url: httpx2.URL) -> httpx2.Client:
        with self._verrou:
            client = self._clients.get(url.host)
            if client is None:
                transport = self._transport or Transport(mandataire(url))
                client = httpx2.Client(
                    transport=transport,
                    # A redirect would carry the token or the password to an address nobody chose.
                    follow_redirects=False,
                    headers={"Accept": "application/json", "User-Agent": AGENT},
                )
                self._clients[url.host] = client
            return client

    def _delais(self) -> httpx2.Timeout:
        # Silence is bounded to half of the whole, so that a busy server has time to answer and a dead one is noticed.
        silence = self._delai_s / 2
        return httpx2.Timeout(connect=min(CONNEXION_MAX_S, silence), read=silence, write=silence, pool=silence)

    def _mesure_horloge(self, date: str | None) -> None:
        instant = lit_date_http(date)
        if instant is not None:
            # The header is cut to the second: on average it is half a second old.
            self.ecart_horloge_s = time.time() - instant.timestamp() - 0.5


def lit_date_http(texte: str | None) -> datetime | None:
    """The instant of a `Date` or `Retry-After` header; None when it is not one."""
    try:
        instant = parsedate_to_datetime(texte) if texte else None
        return instant and (instant if instant.tzinfo else instant.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None


def _corps(brute: httpx2.Response, url: httpx2.URL) -> bytes:
    morceaux: list[bytes] = []
    taille = 0
    for morceau in brute.iter_bytes():
        taille += len(morceau)
        if taille > TAILLE_MAX:
            raise ReponseIllisible(
                f"La réponse de BatiSimply ({url.host}) dépasse {TAILLE_MAX // 2**20} Mo : elle n’a pas été lue.",
                remede="Réduisez le nombre de jours par tranche (tranche_jours) ; sinon appelez le support.",
            )
        morceaux.append(morceau)
    return b"".join(morceaux)


def _traduit(panne: httpx2.HTTPError, url: httpx2.URL, *, rejouable: bool) -> ErreurConnecteur:
    """Our error for theirs. Nothing of theirs is kept but its kind and its text."""
    detail = f"{type(panne).__name__}: {panne} ({url.scheme}://{url.host}{url.path})"
    cause = _cause(panne)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return ConfigurationInvalide(
            f"Le certificat de {url.host} n’est pas reconnu par cet ordinateur : rien ne lui a été envoyé.",
            remede="Vérifiez la date de l’ordinateur et l’adresse ; si un antivirus ou un pare-feu filtre les "
            "connexions, faites ajouter son certificat au magasin du système.",
            detail=f"{detail} {cause.verify_message}",
        )
    if isinstance(panne, httpx2.UnsupportedProtocol | httpx2.LocalProtocolError):
        return ConfigurationInvalide(
            f"La demande à {url.host} ne peut pas être envoyée telle quelle.",
            remede="Vérifiez l’adresse et les identifiants de BatiSimply dans les réglages.",
            detail=detail,
        )
    if isinstance(panne, httpx2.ProxyError):
        return _mandataire_refuse(panne, detail)
    if isinstance(panne, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout):
        return ServiceInjoignable(
            f"BatiSimply ({url.host}) est injoignable : {_raison(panne, cause)}.",
            remede="Vérifiez la connexion Internet et l’adresse de BatiSimply dans les réglages.",
            detail=detail,
        )
    if rejouable:
        return ServiceInjoignable(
            f"BatiSimply ({url.host}) n’a pas répondu jusqu’au bout : {_raison(panne, cause)}.",
            remede="Attendez quelques minutes ; si cela dure, vérifiez la connexion Internet.",
            detail=detail,
        )
    return ReponseIncertaine(
        "BatiSimply a reçu la demande mais sa réponse n’est pas revenue : elle a pu être exécutée.",
        remede="La prochaine synchronisation regardera ce qui a été fait avant de recommencer.",
        detail=detail,
    )


def _mandataire_refuse(panne: httpx2.ProxyError, detail: str) -> ErreurConnecteur:
    if str(panne).startswith(str(HTTPStatus.PROXY_AUTHENTICATION_REQUIRED.value)):
        return _mot_de_passe_mandataire()
    return ServiceInjoignable(
        "Le serveur mandataire (proxy) de l’entreprise ne mène pas à BatiSimply.",
        remede="Vérifiez les réglages du proxy de cet ordinateur.",
        detail=detail,
    )


def _mot_de_passe_mandataire() -> AccesRefuse:
    return AccesRefuse(
        "Le serveur mandataire (proxy) de l’entreprise demande un mot de passe.",
        remede="Faites autoriser cet ordinateur, ou renseignez HTTPS_PROXY avec un compte.",
        detail="HTTP 407",
    )


def _cause(panne: BaseException) -> BaseException:
    """The exception at the bottom."""
    cause: BaseException = panne
    while (dessous := cause.__cause__ or cause.__context__) is not None:
        cause = dessous
    return cause


def _raison(panne: httpx2.HTTPError, cause: BaseException) -> str:
    raisons: list[tuple[type[BaseException] | tuple[Any, ...], str]] = [
        (socket.gaierror, "son nom est introuvable"),
        (ConnectionRefusedError, "la connexion est refusée"),
        (ssl.SSLError, "la liaison sécurisée (TLS) ne s’établit pas"),
    ]
    for genre, raison in raisons:
        if isinstance(cause, genre):
            return raison
    if isinstance(panne, httpx2.TimeoutException):
        return "pas de réponse dans le délai"
    return "la liaison a été coupée"
