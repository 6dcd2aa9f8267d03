"""A service that answers as the French Base Adresse Nationale does.

`GET {url}/search/?q=…&postcode=…&limit=1` answers a GeoJSON FeatureCollection: `features[0].geometry.coordinates` is
[longitude, latitude], `features[0].properties.score` says from 0 to 1 how sure it is.
"""

import re
import time
from http import HTTPStatus
from typing import Annotated

import httpx2
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from connecteur.domain.chantier import Adresse, Position
from connecteur.errors import ConfigurationInvalide, ErreurConnecteur, ReponseIllisible, ServiceInjoignable
from connecteur.settings import ReglagesAdresses

CHEMIN = "/search/"
QUESTION_MAX = 200
"""Characters of a question; the national service refuses longer ones."""
QUESTION_MIN = 3
TAILLE_MAX = 64 * 1024
"""Bytes of an answer of one feature, with room to spare."""
AGENT = "connecteur-sages"
REMEDE = "Rien à faire : les chantiers sont envoyés sans leur position."


class _Recu(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class _Geometrie(_Recu):
    coordinates: tuple[
        Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)],
        Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)],
    ]


class _Proprietes(_Recu):
    score: Annotated[float, Field(allow_inf_nan=False)]


class _Trouvaille(_Recu):
    geometry: _Geometrie
    properties: _Proprietes


class _Reponse(_Recu):
    features: list[_Trouvaille]


class ServiceAdresses:
    """One address service. Any thread may ask; nothing is opened before the first question."""

    def __init__(self, reglages: ReglagesAdresses, *, transport: httpx2.BaseTransport | None = None) -> None:
        if reglages.url is None:
            raise ValueError("no address service is set: none may be called")
        self._url = reglages.url.strip().rstrip("/") + CHEMIN
        self._delai_s = reglages.delai_s
        self._score_minimal = reglages.score_minimal
        self._client = httpx2.Client(
            transport=transport,
            timeout=reglages.delai_s,
            follow_redirects=False,  # it would carry addresses of customers to a place nobody chose
            headers={"Accept": "application/json", "User-Agent": AGENT},
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def situe(self, adresse: Adresse) -> Position | None:
        """Where this address is; None when the service is not sure of it.

        Raises `ServiceInjoignable`, `ReponseIllisible` or `ConfigurationInvalide`, within the time it is given.
        """
        params = question(adresse)
        if params is None:
            return None
        statut, corps = self._demande(params)
        if statut == HTTPStatus.BAD_REQUEST:  # it does not understand this address: neither will it next time
            return None
        if statut != HTTPStatus.OK:
            raise _refus(statut)
        try:
            trouvailles = _Reponse.model_validate_json(corps).features
        except ValidationError as exc:
            raise ReponseIllisible(
                "Le service d’adresses a répondu quelque chose d’illisible.",
                remede="Vérifiez l’adresse du service dans les réglages.",
                detail=f"{exc.error_count()} fautes, {len(corps)} octets",
            ) from None
        if not trouvailles or trouvailles[0].properties.score < self._score_minimal:
            return None
        longitude, latitude = trouvailles[0].geometry.coordinates
        return Position(longitude, latitude)

    def _demande(self, params: dict[str, str]) -> tuple[int, bytes]:
        """Status and whole body. A server that drips is given up like one that is silent."""
        fin = time.monotonic() + self._delai_s
        corps = b""
        try:
            with self._client.stream("GET", self._url, params=params) as reponse:
                for morceau in reponse.iter_bytes():
                    corps += morceau
                    if time.monotonic() > fin:
                        raise _muet("réponse trop lente")
                    if len(corps) > TAILLE_MAX:
                        raise ReponseIllisible("Le service d’adresses a répondu beaucoup trop long.", remede=REMEDE)
                return reponse.status_code, corps
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as exc:
            raise ConfigurationInvalide(
                "L’adresse du service d’adresses n’est pas valable.",
                remede="Corrigez « chantiers.adresses.url » : une adresse en https://.",
                detail=type(exc).__name__,
            ) from None
        except httpx2.HTTPError as exc:
            raise _muet(type(exc).__name__) from None


def question(adresse: Adresse) -> dict[str, str] | None:
    """How an address is asked for; None when there is not enough of it."""
    texte = " ".join(f"{adresse.rue} {adresse.ville}".split())[:QUESTION_MAX]
    code_postal = adresse.code_postal.strip()
    connu = re.fullmatch(r"\d{5}", code_postal) is not None
    if len(texte) < QUESTION_MIN or not (adresse.ville.strip() or connu):
        return None
    return {"q": texte, "limit": "1"} | ({"postcode": code_postal} if connu else {})


def _refus(statut: int) -> ErreurConnecteur:
    if statut == HTTPStatus.TOO_MANY_REQUESTS or statut >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return ServiceInjoignable("Le service d’adresses est indisponible.", remede=REMEDE, detail=f"HTTP {statut}")
    return ConfigurationInvalide(
        "Le service d’adresses refuse la demande.",
        remede="Vérifiez « chantiers.adresses.url » dans les réglages.",
        detail=f"HTTP {statut}",
    )


def _muet(detail: str) -> ServiceInjoignable:
    return ServiceInjoignable("Le service d’adresses ne répond pas.", remede=REMEDE, detail=detail)
