"""What stands before the application: the count of calls, the rate granted, the faults, the size of bodies."""

import asyncio
import time
from collections import deque
from email.utils import formatdate
from http import HTTPStatus

from fastapi.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from banc.batisimply import fil
from banc.batisimply.appels import Appel
from banc.batisimply.locataire import Locataire
from banc.batisimply.pannes import Genre, Panne
from banc.batisimply.problemes import Probleme, reponse_probleme

CORPS_MAX = 2 * 1024 * 1024
MORCEAUX = 20
PAGE_ERREUR = "<!doctype html>\n<html><head><title>BatiSimply</title></head><body><h1>{titre}</h1></body></html>\n"


class Garde:
    """The outermost layer. Faults, counts and limits concern /api and /auth only, never the page or the bench's own."""

    def __init__(self, app: ASGIApp, locataire: Locataire) -> None:
        self._app = app
        self._locataire = locataire
        self._recents: deque[float] = deque()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call."""
        receive, send = _borne(receive), self._date(send)
        if scope["type"] != "http" or not scope["path"].startswith(("/api/", "/auth/")):
            await self._app(scope, receive, send)
            return
        methode, chemin = scope["method"], scope["path"]
        with self._locataire.appels.suit(methode, chemin) as appel:
            refus = self._trop() if chemin.startswith("/api/") else None
            if refus is not None:
                await _repond(refus, appel, scope, receive, send)
                return
            attente, panne = self._locataire.pannes.frappe(methode, chemin)
            if attente:
                await asyncio.sleep(attente)
            if panne is None:
                await self._app(scope, receive, _note(appel, send))
            else:
                await self._subit(panne, appel, scope, receive, send)

    def _date(self, send: Send) -> Send:
        """Tell the time by this system's clock, to the second, as every HTTP server does."""

        async def envoie(message: Message) -> None:
            if message["type"] == "http.response.start":
                quand = formatdate(time.time() + self._locataire.comportement.avance_horloge_s, usegmt=True)
                message["headers"] = [*message.get("headers", ()), (b"date", quand.encode())]
            await send(message)

        return envoie

    def _trop(self) -> Response | None:
        """The refusal of a call beyond what is granted."""
        c = self._locataire.comportement
        trop = c.appels_simultanes is not None and self._locataire.appels.en_cours > c.appels_simultanes
        if c.appels_par_seconde is not None:
            maintenant = asyncio.get_running_loop().time()
            while self._recents and self._recents[0] <= maintenant - 1:
                self._recents.popleft()
            trop = trop or len(self._recents) >= c.appels_par_seconde
            if not trop:
                self._recents.append(maintenant)
        return _erreur("/api", HTTPStatus.TOO_MANY_REQUESTS, "1") if trop else None

    async def _subit(self, panne: Panne, appel: Appel, scope: Scope, receive: Receive, send: Send) -> None:
        capture = _Capture()
        if panne.executee or panne.genre in {Genre.COUPE, Genre.GOUTTE}:
            await self._app(scope, receive, capture)
        else:
            await _lit_corps(receive)  # a caller still sending would see its own write fail instead of the fault
        match panne.genre:
            case Genre.RESET:
                appel.finit("reset")
                fil.reset(scope)
                await _attend_fin(receive)
            case Genre.COUPE:
                appel.finit("coupe")
                fil.coupe(scope, capture.moitie())
                await _attend_fin(receive)
            case Genre.GOUTTE:
                await capture.goutte(panne.duree_ms / 1000, _note(appel, send))
            case Genre.HTML:
                statut = HTTPStatus(panne.statut or HTTPStatus.OK)
                page = HTMLResponse(PAGE_ERREUR.format(titre=statut.phrase), statut, _retry_after(panne.retry_after))
                await _repond(page, appel, scope, receive, send)
            case _:
                statut = HTTPStatus(panne.statut or HTTPStatus.INTERNAL_SERVER_ERROR)
                await _repond(_erreur(scope["path"], statut, panne.retry_after), appel, scope, receive, send)


def _erreur(chemin: str, statut: HTTPStatus, retry_after: str | None) -> Response:
    reponse = reponse_probleme(chemin, Probleme(statut, statut.description or statut.phrase))
    reponse.headers.update(_retry_after(retry_after))
    return reponse


def _retry_after(valeur: str | None) -> dict[str, str]:
    return {} if valeur is None else {"Retry-After": valeur}


async def _repond(reponse: Response, appel: Appel, scope: Scope, receive: Receive, send: Send) -> None:
    await reponse(scope, receive, _note(appel, send))


def _note(appel: Appel, send: Send) -> Send:
    async def envoie(message: Message) -> None:
        if message["type"] == "http.response.start":
            appel.finit(str(message["status"]))
        await send(message)

    return envoie


def _borne(receive: Receive) -> Receive:
    """Refuse (413) to read a body beyond `CORPS_MAX`."""
    recus = 0

    async def recoit() -> Message:
        nonlocal recus
        message = await receive()
        recus += len(message.get("body", b""))
        if recus > CORPS_MAX:
            raise Probleme(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Request body is too large")
        return message

    return recoit


async def _lit_corps(receive: Receive) -> None:
    while (await receive()).get("more_body"):
        pass


async def _attend_fin(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class _Capture:
    """Takes the application's answer in the place of the caller."""

    def __init__(self) -> None:
        self._debut: Message = {"type": "http.response.start", "status": 500, "headers": []}
        self._corps = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._debut = message
        else:
            self._corps += message.get("body", b"")

    def moitie(self) -> bytes:
        """The head, which promises the whole body, and half of the body."""
        statut = HTTPStatus(self._debut["status"])
        entetes = [(nom, valeur) for nom, valeur in self._debut["headers"] if nom.lower() != b"content-length"]
        entetes.append((b"content-length", str(max(2, len(self._corps))).encode()))
        tete = f"HTTP/1.1 {statut.value} {statut.phrase}\r\n".encode()
        tete += b"".join(nom + b": " + valeur + b"\r\n" for nom, valeur in entetes)
        return tete + b"\r\n" + bytes(self._corps[: len(self._corps) // 2])

    async def goutte(self, duree_s: float, send: Send) -> None:
        """Send it all, a piece at a time, over `duree_s`."""
        await send(self._debut)
        pas = max(1, -(-len(self._corps) // MORCEAUX))
        for depart in range(0, len(self._corps), pas):
            await send(
                {"type": "http.response.body", "body": bytes(self._corps[depart : depart + pas]), "more_body": True}
            )
            await asyncio.sleep(duree_s / MORCEAUX)
        await send({"type": "http.response.body", "body": b""})
