"""Tokens that prove a form came from one of our own pages (see `garde.py` for the whole picture)."""

import hashlib
import hmac
import re
import secrets
from typing import Annotated

from fastapi import Depends, Form, Header, Request
from starlette.responses import Response

from sages_commun.web.erreurs import ErreurPage

_SESSION = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


class Jetons:
    """The CSRF tokens: an HMAC of a cookie that says nothing of who is there.

    Without a key of its own the program draws one, which lives as long as it does: several processes that serve one
    address must be given the same.
    """

    def __init__(self, cookie: str, cle: bytes | None = None) -> None:
        self._cookie = cookie
        self._cle = cle or secrets.token_bytes(32)

    def session(self, request: Request) -> str:
        """The session of this browser, or a new one."""
        connue = request.cookies.get(self._cookie, "")
        return connue if _SESSION.fullmatch(connue) else secrets.token_urlsafe(32)

    def presentee(self, request: Request) -> str:
        """The session that this browser came with; perhaps none."""
        return request.cookies.get(self._cookie, "")

    def jeton(self, session: str) -> str:
        """The token that the forms of this session carry."""
        return hmac.new(self._cle, b"jeton\0" + session.encode(), hashlib.sha256).hexdigest()

    def pose(self, request: Request, reponse: Response, session: str) -> None:
        """Give the session to the browser, when it does not have it yet."""
        if request.cookies.get(self._cookie) != session:
            securise = request.url.scheme == "https"
            reponse.set_cookie(self._cookie, session, httponly=True, samesite="strict", secure=securise, path="/")

    def dispense(self, request: Request) -> bool:
        """Whether no token is asked for: a script says nothing of where it comes from."""
        return not any(nom in request.headers for nom in ("origin", "referer", "sec-fetch-site"))

    def verifie(self, request: Request, recu: str) -> None:
        """Raises `ErreurPage` 403 unless the request carries the token of its session, or comes from a script."""
        if self.dispense(request):
            return
        session = self.presentee(request)
        if not session or not hmac.compare_digest(self.jeton(session), recu.encode("ascii", "replace").decode()):
            raise ErreurPage(
                403,
                "Cette page a expiré : la demande n’a pas été prise en compte.",
                "Rechargez la page et recommencez.",
            )


def _verifie_jeton(
    request: Request, jeton: Annotated[str, Form()] = "", x_jeton: Annotated[str, Header()] = ""
) -> None:
    jetons: Jetons = request.app.state.jetons
    jetons.verifie(request, x_jeton or jeton)


def _verifie_entete(request: Request, x_jeton: Annotated[str, Header(max_length=64)] = "") -> None:
    jetons: Jetons = request.app.state.jetons
    jetons.verifie(request, x_jeton)


JetonVerifie = Depends(_verifie_jeton)
"""For every page's route that changes something."""
JetonEntete = Depends(_verifie_entete)
"""The same for the API: its bodies are JSON, a page of ours sends the token in `X-Jeton`."""
