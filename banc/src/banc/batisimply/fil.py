"""The bare connection under a call: what is needed to cut it in ways that no web framework offers."""

import asyncio
import socket
import struct
from collections.abc import MutableMapping
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

Scope = MutableMapping[str, Any]
FERMETURE_BRUTALE = struct.pack("ii", 1, 0)
"""SO_LINGER on, zero seconds: closing sends RST in the place of FIN."""


class ProtocoleAvecFil(H11Protocol):
    """uvicorn's HTTP/1.1, with the connection handed to the application in the state of each call."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A caller came."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "fil": transport}


def coupe(scope: Scope, octets: bytes) -> None:
    """Send these bytes as they are, then close."""
    fil: asyncio.Transport = scope["state"]["fil"]
    fil.write(octets)
    fil.close()


def reset(scope: Scope) -> None:
    """Reset the connection."""
    fil: asyncio.Transport = scope["state"]["fil"]
    prise = fil.get_extra_info("socket")
    prise.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, FERMETURE_BRUTALE)
    fil.abort()
