"""Who a request comes from."""

from collections.abc import Callable
from typing import cast

from fastapi import Request

from sages_commun.acces import Acces, Client, Identite
from sages_commun.acces.web.cookies import Cookies

SCHEMA = "bearer "
MACHINE_MAX = 200


class Portier:
    """Knows people by the session in their cookie, programs by the token in their `Authorization` header."""

    def __init__(self, acces: Callable[[], Acces], cookies: Cookies) -> None:
        """`acces` is asked at each request: an application is made before what it serves is open."""
        self._acces = acces
        self.cookies = cookies

    @property
    def acces(self) -> Acces:
        """The accounts."""
        return self._acces()

    def client(self, request: Request) -> Client:
        """Where the request comes from."""
        adresse = request.client.host if request.client else ""
        machine = request.headers.get("user-agent", "")[:MACHINE_MAX]
        return Client(adresse, machine, self.cookies.appareil(request))

    def identite(self, request: Request) -> Identite | None:
        """Who asks; None when nobody is known. Looked up once for each request.

        A token that is refused is not made good by a cookie: whoever shows a token is that token.
        """
        if not hasattr(request.state, "identite"):
            request.state.identite = self._cherche(request)
        return cast("Identite | None", request.state.identite)

    def tient_encore(self, request: Request) -> bool:
        """Whether who asked would still be let in: for an answer that lasts."""
        if porte_un_jeton(request):
            return self._du_jeton(request) is not None
        return self.acces.connexion.tient_encore(self.cookies.session(request))

    def _cherche(self, request: Request) -> Identite | None:
        client = self.client(request)
        if not porte_un_jeton(request):
            return self.acces.connexion.identite(self.cookies.session(request), client)
        identite = self._du_jeton(request)
        if identite is None:
            self.acces.jetons.note_refus(client)
        return identite

    def _du_jeton(self, request: Request) -> Identite | None:
        secret = request.headers["authorization"][len(SCHEMA) :].strip()
        return self.acces.jetons.identite(secret, self.client(request))


def porte_un_jeton(request: Request) -> bool:
    """Whether the request shows an API token, good or not."""
    return request.headers.get("authorization", "").lower().startswith(SCHEMA)


def identite_connue(request: Request) -> Identite | None:
    """Who asks, if a dependency has looked it up; for what is on every page, which must not ask the database."""
    return getattr(request.state, "identite", None)
