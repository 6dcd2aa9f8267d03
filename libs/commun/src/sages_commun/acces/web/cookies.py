"""The two cookies: the session, and the secret by which a browser that was signed in before is known.

Over HTTPS they are named `__Host-…`: then a browser takes them from this very host only, and never over HTTP. `Lax`
and not `Strict`: with that, a link in an e-mail would always lead to the door. Changes are protected by more than that
(the origin, the token of the form).
"""

from datetime import timedelta

from fastapi import Request
from starlette.responses import Response


class Cookies:
    """Those of one program; `prefixe` tells them from those of another one on the same machine."""

    def __init__(self, prefixe: str, appareil: timedelta) -> None:
        self._session = f"{prefixe}_compte"
        self._appareil = f"{prefixe}_appareil"
        self._duree_appareil = int(appareil.total_seconds())

    def session(self, request: Request) -> str:
        """The secret of the session that this browser says it has; perhaps none, perhaps an old one."""
        return request.cookies.get(_nom(request, self._session), "")

    def appareil(self, request: Request) -> str:
        """The secret of this browser."""
        return request.cookies.get(_nom(request, self._appareil), "")

    def pose(self, request: Request, reponse: Response, session: str, appareil: str = "") -> None:
        """Give the session; it ends with the browser, or when the database says so."""
        _pose(request, reponse, _nom(request, self._session), session, None)
        if appareil:
            _pose(request, reponse, _nom(request, self._appareil), appareil, self._duree_appareil)

    def retire(self, request: Request, reponse: Response) -> None:
        """Take the session back; the browser stays known."""
        nom = _nom(request, self._session)
        reponse.delete_cookie(nom, path="/", secure=_est_https(request), httponly=True, samesite="lax")


def _pose(request: Request, reponse: Response, nom: str, valeur: str, duree_s: int | None) -> None:
    reponse.set_cookie(
        nom, valeur, max_age=duree_s, path="/", secure=_est_https(request), httponly=True, samesite="lax"
    )


def _nom(request: Request, nom: str) -> str:
    return f"__Host-{nom}" if _est_https(request) else nom


def _est_https(request: Request) -> bool:
    return request.url.scheme == "https"
