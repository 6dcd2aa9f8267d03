"""Serve the application until told to stop."""

import socket
import sys
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from licence_manager.errors import ConfigurationInvalide

DELAI_ARRET_S = 5


class Serveur(uvicorn.Server):
    """One HTTP server, bound at once; `sert()` serves until Ctrl-C, SIGTERM or `should_exit`.

    Port 0 takes any free one; `adresse` is the real one. `pret` is called once requests are answered. Raises
    `ConfigurationInvalide`.
    """

    def __init__(self, app: FastAPI, hote: str, port: int, *, pret: Callable[[], None] | None = None) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                server_header=False,
                proxy_headers=False,  # the application knows whom to believe
                timeout_graceful_shutdown=DELAI_ARRET_S,
                log_config=None,
                access_log=False,  # addresses of requests may hold a licence key
            )
        )
        self._pret = pret
        self.ecoute = _ecoute(hote, port)
        reel = self.ecoute.getsockname()[1]
        self.adresse = f"http://[{hote}]:{reel}" if ":" in hote else f"http://{hote}:{reel}"

    def sert(self) -> None:
        """Serve until told to stop."""
        self.run(sockets=[self.ecoute])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, then say so."""
        await super().startup(sockets)
        if self.started and self._pret is not None:
            self._pret()


def _ecoute(hote: str, port: int) -> socket.socket:
    try:
        famille, genre, protocole, _, adresse = socket.getaddrinfo(
            hote, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
        )[0]
        # The protocol is said in full: asyncio sends small answers at once (TCP_NODELAY) only when it is.
        prise = socket.socket(famille, genre, protocole)
        if sys.platform != "win32":
            prise.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        prise.bind(adresse)
    except OSError as exc:
        raise ConfigurationInvalide(
            f"Impossible d’écouter sur « {hote} », port {port}.",
            remede="Arrêtez l’autre programme qui s’en sert, ou changez LICENCE_MANAGER_HOTE et LICENCE_MANAGER_PORT.",
            detail=str(exc),
        ) from exc
    return prise
