"""The sentence shown once, on the page that follows a form: « Rejet ignoré. »

It travels in a signed cookie, so that nothing is kept here and nobody else can put words in our pages.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass

from fastapi import Request
from starlette.responses import Response

DUREE_S = 60
TAILLE_MAX = 700
"""Characters: a browser drops a cookie of more than 4 KiB."""
_SEPARATEUR = "\n"


@dataclass(frozen=True, slots=True)
class Message:
    """What was done; `geste` names what one would do next, in the program's own terms: its page shows a button."""

    texte: str = ""
    geste: str = ""
    mauvaise: bool = False
    """Whether it is bad news: it must not look like success."""

    def __bool__(self) -> bool:
        return bool(self.texte)


RIEN = Message()


class Messages:
    """Signs and reads the sentences of one program; its processes share `cle` when there are several."""

    def __init__(self, cookie: str, cle: bytes | None = None) -> None:
        self._cookie = cookie
        self._cle = cle or secrets.token_bytes(32)

    def pose(self, request: Request, reponse: Response, message: Message) -> None:
        """Have the next page show this."""
        texte = _SEPARATEUR.join(("!" if message.mauvaise else "", message.geste, message.texte[:TAILLE_MAX]))
        contenu = base64.urlsafe_b64encode(texte.encode()).decode()
        reponse.set_cookie(
            self._cookie,
            f"{contenu}.{self._signature(contenu)}",
            max_age=DUREE_S,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
            path="/",
        )

    def lit(self, request: Request) -> Message:
        """What this page must show; `RIEN` when there is nothing, or when it is not ours."""
        contenu, _, signature = request.cookies.get(self._cookie, "").rpartition(".")
        if not hmac.compare_digest(self._signature(contenu), signature.encode("ascii", "replace").decode()):
            return RIEN
        try:
            mauvaise, geste, texte = base64.urlsafe_b64decode(contenu).decode().split(_SEPARATEUR, 2)
        except ValueError:
            return RIEN
        return Message(texte, geste, bool(mauvaise))

    def efface(self, reponse: Response) -> None:
        """It was shown."""
        reponse.delete_cookie(self._cookie, path="/", httponly=True, samesite="strict")

    def _signature(self, contenu: str) -> str:
        return hmac.new(self._cle, b"message\0" + contenu.encode(), hashlib.sha256).hexdigest()
