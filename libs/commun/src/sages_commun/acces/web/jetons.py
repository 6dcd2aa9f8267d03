"""The tokens of forms, tied to the session of who is signed in."""

from fastapi import Request
from starlette.responses import Response

from sages_commun.acces.web.cookies import Cookies
from sages_commun.acces.web.portier import porte_un_jeton
from sages_commun.web.jetons import Jetons


class JetonsDeSession(Jetons):
    """As the kit's for who is not signed in. A session has its own token, which ends with it, and is asked for
    whatever the headers say: a proxy that takes `Origin` away must not make a script of a browser.

    Who shows an API token needs none: no browser adds that header by itself.
    """

    def __init__(self, cookies: Cookies, cookie: str, cle: bytes | None = None) -> None:
        super().__init__(cookie, cle)
        self._cookies = cookies

    def session(self, request: Request) -> str:
        """The session of who is signed in, else that of this browser."""
        return self._cookies.session(request) or super().session(request)

    def pose(self, request: Request, reponse: Response, session: str) -> None:
        """Give the browser a session when it has none."""
        if not self._cookies.session(request):
            super().pose(request, reponse, session)

    def presentee(self, request: Request) -> str:
        """That of who is signed in, else that of this browser."""
        return self._cookies.session(request) or super().presentee(request)

    def dispense(self, request: Request) -> bool:
        """Programs: those with an API token, those that have nothing."""
        return porte_un_jeton(request) or (not self._cookies.session(request) and super().dispense(request))
