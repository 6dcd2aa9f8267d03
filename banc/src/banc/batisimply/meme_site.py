"""The routes without a token serve the person at this machine: no other web site may use them through a browser."""

import ipaddress
from http import HTTPStatus
from urllib.parse import urlsplit

from fastapi import Request

from banc.batisimply.locataire import LocataireDep
from banc.batisimply.problemes import Probleme

METHODES_SANS_EFFET = frozenset({"GET", "HEAD"})


def refuse_autre_site(request: Request, locataire: LocataireDep) -> None:
    """Raise a 403 `Probleme` on a foreign host name (DNS rebinding) and on a write that another site asked for."""
    hote = request.url.hostname or ""
    if _boucle_locale(locataire.hote) and not _boucle_locale(hote):
        raise Probleme(HTTPStatus.FORBIDDEN, "Ce nom de machine n’est pas servi ici")
    if request.method in METHODES_SANS_EFFET:
        return
    origine = request.headers.get("origin")
    if origine is not None and urlsplit(origine).netloc != request.headers.get("host"):
        raise Probleme(HTTPStatus.FORBIDDEN, "Cette demande vient d’un autre site")


def _boucle_locale(hote: str) -> bool:
    try:
        return ipaddress.ip_address(hote).is_loopback
    except ValueError:
        return hote == "localhost"
