"""A body is waited for, but not for ever."""

import asyncio

import pytest
from fastapi import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Message, Receive, Scope, Send

from sages_commun.web.erreurs import ErreurPage
from sages_commun.web.garde import Garde


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    corps = await receive()
    await PlainTextResponse(corps["body"])(scope, receive, send)


def repond(_requete: Request, exc: Exception) -> Response:
    assert isinstance(exc, ErreurPage)
    return PlainTextResponse(exc.message, exc.statut, exc.entetes)


@pytest.mark.parametrize(("arrive", "statut"), [(True, 200), (False, 408)])
def test_a_body_that_never_ends_is_given_up(arrive: bool, statut: int) -> None:
    envois: list[Message] = []
    morceaux: list[Message] = [{"type": "http.request", "body": b"x", "more_body": True}]
    if arrive:
        morceaux.append({"type": "http.request", "body": b"y", "more_body": False})

    async def receive() -> Message:
        if not morceaux:
            await asyncio.Event().wait()
        return morceaux.pop(0)

    async def send(message: Message) -> None:
        envois.append(message)

    garde = Garde(application, hotes=frozenset, repond=repond, corps_delai_s=0.05)
    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"host", b"localhost")], "query_string": b""}
    asyncio.run(asyncio.wait_for(garde(scope, receive, send), 20))
    assert envois[0]["status"] == statut
