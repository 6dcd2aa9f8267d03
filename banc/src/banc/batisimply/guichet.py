"""Who may come in: clients, people, and the tokens they are given for a while, with Keycloak's checks."""

import secrets
import time
from http import HTTPStatus

import jwt

from banc.batisimply.compte import Compte
from banc.batisimply.problemes import Probleme

ALGORITHME = "HS256"
PORTEES = frozenset({"openid", "profile", "email", "offline_access"})


class RefusSso(Exception):
    """A refusal in OAuth's form."""

    def __init__(self, statut: HTTPStatus, erreur: str, description: str) -> None:
        super().__init__(erreur)
        self.statut = statut
        self.erreur = erreur
        self.description = description


class Guichet:
    """Gives and checks tokens. The signing key dies with the process: after a restart everybody signs in again."""

    def __init__(self, compte: Compte, duree_s: int, realm: str = "jhipster") -> None:
        self.compte = compte
        self.realm = realm
        self.duree_s = duree_s
        self._cle = secrets.token_bytes(32)

    def revoque(self) -> None:
        """Make every token given so far worthless."""
        self._cle = secrets.token_bytes(32)

    def delivre(self, champs: dict[str, str], basic: tuple[str, str] | None) -> dict[str, object]:
        """The answer to a token request. Raises `RefusSso`."""
        grant = champs.get("grant_type")
        if not grant:
            raise RefusSso(HTTPStatus.BAD_REQUEST, "invalid_request", "Missing form parameter: grant_type")
        self._verifie_client(*(basic or (champs.get("client_id", ""), champs.get("client_secret", ""))))
        if grant not in {"password", "client_credentials"}:
            raise RefusSso(HTTPStatus.BAD_REQUEST, "unsupported_grant_type", "Unsupported grant_type")
        portees = set(champs.get("scope", "").split())
        # Keycloak would go without; BatiSimply's accounts are only known to be used with it.
        if not portees <= PORTEES or (grant == "password" and "openid" not in portees):
            raise RefusSso(HTTPStatus.BAD_REQUEST, "invalid_scope", f"Invalid scopes: {champs.get('scope', '')}")
        sujet = self.compte.client_id
        if grant == "password":
            sujet = self._verifie_personne(champs)
        expire = int(time.time()) + self.duree_s
        jeton = jwt.encode({"sub": sujet, "exp": expire, "jti": secrets.token_hex(8)}, self._cle, algorithm=ALGORITHME)
        return {
            "access_token": jeton,
            "expires_in": self.duree_s,
            "refresh_expires_in": 0,
            "token_type": "Bearer",
            "not-before-policy": 0,
            "scope": " ".join(sorted(portees | {"profile", "email"})),
        }

    def verifie(self, autorisation: str | None) -> None:
        """Raise a 401 `Probleme` unless this `Authorization` header carries a token of ours that is still good."""
        genre, _, jeton = (autorisation or "").partition(" ")
        try:
            if genre.lower() == "bearer":
                jwt.decode(jeton, self._cle, algorithms=[ALGORITHME], options={"require": ["exp", "sub"]})
                return
        except jwt.InvalidTokenError:
            pass
        raise Probleme(HTTPStatus.UNAUTHORIZED, "Full authentication is required to access this resource")

    def _verifie_client(self, client_id: str, client_secret: str) -> None:
        description = "Invalid client or Invalid client credentials"
        if not self.compte.connait_client(client_id):
            raise RefusSso(HTTPStatus.UNAUTHORIZED, "invalid_client", description)
        if not self.compte.accepte_secret(client_secret):
            raise RefusSso(HTTPStatus.UNAUTHORIZED, "unauthorized_client", description)

    def _verifie_personne(self, champs: dict[str, str]) -> str:
        if not champs.get("username"):
            raise RefusSso(HTTPStatus.UNAUTHORIZED, "invalid_request", "Missing parameter: username")
        if not self.compte.accepte_personne(champs["username"], champs.get("password", "")):
            raise RefusSso(HTTPStatus.UNAUTHORIZED, "invalid_grant", "Invalid user credentials")
        return self.compte.utilisateur
