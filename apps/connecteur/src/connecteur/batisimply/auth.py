"""The token: asked for once, shared by all threads, renewed before it is over."""

import threading
import time
from dataclasses import dataclass, field
from http import HTTPStatus

from pydantic import ValidationError

from connecteur.batisimply.debit import Debit, lit_attente, sature
from connecteur.batisimply.echange import Echange, Reponse, adresse
from connecteur.batisimply.refus import REDIRECTION, SERVEUR, masque, passagere, resume
from connecteur.batisimply.schemas import JetonRecu, RefusConnexion
from connecteur.errors import AccesRefuse, ConfigurationInvalide, ErreurConnecteur, ReponseIllisible
from connecteur.settings import ReglagesBatisimply

MARGE_MAX_S = 30.0
MARGE_RELATIVE = 0.2
"""A token is renewed when less than this part of its life is left (and never later than `MARGE_MAX_S` before)."""
MEMOIRE_REFUS_S = 60.0
"""A refused password is not tried again for so long: eight threads insisting would lock the account."""

PHRASES: dict[str, tuple[str, str]] = {
    "invalid_grant": (
        "BatiSimply refuse l’utilisateur ou son mot de passe.",
        "Vérifiez utilisateur et mot_de_passe dans les réglages ; essayez ce compte dans un navigateur.",
    ),
    "invalid_client": (
        "BatiSimply ne reconnaît pas l’identifiant client ou son secret.",
        "Vérifiez client_id et client_secret dans les réglages.",
    ),
    "unauthorized_client": (
        "BatiSimply n’accepte pas cet identifiant client, son secret ou ce mode de connexion.",
        "Vérifiez client_id, client_secret et mode dans les réglages.",
    ),
    "invalid_scope": (
        "BatiSimply n’accorde pas à ce client l’étendue « openid ».",
        "Faites-la autoriser pour ce client par BatiSimply.",
    ),
    "unsupported_grant_type": (
        "BatiSimply n’accepte pas ce mode de connexion.",
        "Changez mode (password ou client_credentials) dans les réglages.",
    ),
}
"""Keycloak's error > (what happened, what to do)."""
AUTRE = ("BatiSimply refuse la connexion.", "Vérifiez les identifiants de BatiSimply dans les réglages.")


@dataclass(frozen=True, slots=True)
class Jeton:
    """An access token and the (monotonic) instant from which it is not used any more."""

    valeur: str = field(repr=False)
    fin: float


class Jetons:
    """Gives a valid token. Any thread may call; one of them signs in, the others wait for it."""

    def __init__(self, reglages: ReglagesBatisimply, echange: Echange) -> None:
        self._reglages = reglages
        self._echange = echange
        self._debit = Debit()
        self._verrou = threading.Lock()
        self._jeton: Jeton | None = None
        self._refus: tuple[float, ErreurConnecteur] | None = None

    def jeton(self) -> Jeton:
        """The current token, or a new one. Raises `AccesRefuse` and the transient errors."""
        jeton = self._jeton
        if jeton is not None and time.monotonic() < jeton.fin:
            return jeton
        with self._verrou:
            jeton = self._jeton
            if jeton is not None and time.monotonic() < jeton.fin:
                return jeton
            return self._connecte()

    def renouvelle(self, refuse: Jeton) -> Jeton:
        """A token other than this one, which the server has just refused."""
        with self._verrou:
            if self._jeton is not None and self._jeton is not refuse:
                return self._jeton  # another thread got there first
            return self._connecte()

    def masque(self, texte: str) -> str:
        """The text without any of our secrets, should the server repeat them."""
        secrets = [self._reglages.client_secret.get_secret_value(), self._reglages.mot_de_passe.get_secret_value()]
        return masque(texte, [*secrets, self._jeton.valeur if self._jeton else ""])

    def _connecte(self) -> Jeton:
        if self._refus is not None and time.monotonic() < self._refus[0]:
            exc = self._refus[1]
            raise AccesRefuse(exc.message, remede=exc.remede, detail=exc.detail)
        self._jeton = None
        url = adresse(
            self._reglages.url_sso, f"/auth/realms/{self._reglages.realm}/protocol/openid-connect/token", "url_sso"
        )
        formulaire = self._formulaire()
        depart = self._debit.passe()
        debut = time.monotonic()
        reponse = self._echange.envoie("POST", url, formulaire=formulaire, rejouable=True)
        if reponse.statut == HTTPStatus.TOO_MANY_REQUESTS:
            self._debit.refus(depart, lit_attente(reponse))
            raise sature(lit_attente(reponse))
        try:
            recu = self._lit(reponse)
        except AccesRefuse as exc:
            self._refus = (time.monotonic() + MEMOIRE_REFUS_S, exc)
            raise
        # Counted from before the call: never longer than the server says.
        self._jeton = Jeton(recu.access_token, debut + recu.expires_in - self._marge(recu.expires_in))
        return self._jeton

    @staticmethod
    def _marge(duree_s: float) -> float:
        return min(MARGE_MAX_S, max(0.0, duree_s) * MARGE_RELATIVE)

    def _formulaire(self) -> dict[str, str]:
        r = self._reglages
        formulaire = {"grant_type": r.mode, "client_id": r.client_id, "scope": "openid"}
        if r.client_secret.get_secret_value():
            formulaire["client_secret"] = r.client_secret.get_secret_value()
        if r.mode == "password":
            if not r.utilisateur or not r.mot_de_passe.get_secret_value():
                raise ConfigurationInvalide(
                    "L’utilisateur ou le mot de passe de BatiSimply manque.",
                    remede="Renseignez utilisateur et mot_de_passe, ou choisissez le mode client_credentials.",
                )
            formulaire |= {"username": r.utilisateur, "password": r.mot_de_passe.get_secret_value()}
        return formulaire

    def _lit(self, reponse: Reponse) -> JetonRecu:
        if reponse.statut == HTTPStatus.OK:
            if not reponse.est_json:
                raise passagere(reponse, "un jeton de connexion")
            try:
                return JetonRecu.model_validate_json(reponse.corps)
            except ValidationError as exc:
                raise ReponseIllisible(
                    "La connexion à BatiSimply a répondu autre chose qu’un jeton.",
                    remede="Vérifiez url_sso et realm dans les réglages ; si tout est juste, appelez le support.",
                    detail="; ".join(
                        f"{'.'.join(map(str, e['loc']))}: {e['type']}"
                        for e in exc.errors(include_input=False, include_context=False, include_url=False)
                    ),
                ) from None
        raise self._refuse(reponse)

    def _refuse(self, reponse: Reponse) -> ErreurConnecteur:
        try:
            refus = RefusConnexion.model_validate_json(reponse.corps)
        except ValidationError:
            refus = RefusConnexion()
        detail = self.masque(f"HTTP {reponse.statut} {refus.error} {refus.error_description}".strip())
        if reponse.statut in SERVEUR or reponse.statut == HTTPStatus.REQUEST_TIMEOUT:
            return resume(reponse, "La connexion à BatiSimply")
        if reponse.statut == HTTPStatus.NOT_FOUND or reponse.statut in REDIRECTION:
            return ConfigurationInvalide(
                "Le service de connexion de BatiSimply n’est pas à cette adresse.",
                remede="Vérifiez url_sso et realm dans les réglages.",
                detail=detail,
            )
        message, remede = PHRASES.get(refus.error, AUTRE)
        if refus.error == "invalid_grant" and self._reglages.mode == "client_credentials":
            message, remede = PHRASES["unauthorized_client"]
        return AccesRefuse(message, remede=remede, detail=detail)
