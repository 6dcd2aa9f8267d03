"""A body is bounded and read whole before anything looks at it."""

from starlette.datastructures import Headers
from starlette.types import Message, Receive


async def lit_corps(entetes: Headers, receive: Receive, limite: int) -> bytes | None:
    """The whole body; None as soon as it is, or says it will be, too long. What remains of it is not read."""
    annonce = entetes.get("content-length", "")
    if annonce.isdecimal() and int(annonce[:20]) > limite:
        return None
    morceaux: list[bytes] = []
    total = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":  # the client has gone
            return b""
        morceau = message.get("body", b"")
        total += len(morceau)
        if total > limite:
            return None
        morceaux.append(morceau)
        if not message.get("more_body", False):
            return b"".join(morceaux)


def rejoue(corps: bytes, receive: Receive) -> Receive:
    """What an application receives: this body, then whatever comes after it."""
    donne = False

    async def suite() -> Message:
        nonlocal donne
        if donne:
            return await receive()
        donne = True
        return {"type": "http.request", "body": corps, "more_body": False}

    return suite
