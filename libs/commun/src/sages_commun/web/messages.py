"""The sentence shown once, on the page that follows a form: « Rejet ignoré. »

It travels in a signed cookie, so that nothing is kept here and nobody else can put words in our pages.
"""

import base64
import binascii
import hashlib
import hmac
import secrets

from fastapi import Request
from starlette.responses import Response

DUREE_S = 60
TAILLE_MAX = 700
"""Characters: a browser drops a cookie of more than 4 KiB."""


class Messages:
    """Signs and reads the sentences of one program; its processes share `cle` when there are several."""

    def __init__(self, cookie: str, cle: bytes | None = None) -> None:
        self._cookie = cookie
        self._cle = cle or secrets.token_bytes(32)

    def pose(self, request: Request, reponse: Response, texte: str) -> None:
        """Have the next page show this sentence."""
        contenu = base64.urlsafe_b64encode(texte[:TAILLE_MAX].encode()).decode()
        reponse.set_cookie(
            self._cookie,
            f"{contenu}.{self._signature(contenu)}",
            max_age=DUREE_S,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
            path="/",
        )

    def lit(self, request: Request) -> str:
        """The sentence that this page must show; empty when there is none, or when it is not ours."""
        contenu, _, signature = request.cookies.get(self._cookie, "").rpartition(".")
        if not hmac.compare_digest(self._signature(contenu), signature.encode("ascii", "replace").decode()):
            return ""
        try:
            return base64.urlsafe_b64decode(contenu).decode()
        except (binascii.Error, UnicodeDecodeError):
            return ""

    def efface(self, reponse: Response) -> None:
        """It was shown."""
        reponse.delete_cookie(self._cookie, path="/", httponly=True, samesite="strict")

    def _signature(self, contenu: str) -> str:
        return hmac.new(self._cle, b"message\0" + contenu.encode(), hashlib.sha256).hexdigest()
