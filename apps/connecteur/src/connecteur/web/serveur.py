"""Serve the pages until told to stop."""

import errno
import socket
import sys
from collections.abc import Callable, Sequence

import uvicorn
from fastapi import FastAPI

from connecteur.errors import ConfigurationInvalide

DELAI_ARRET_S = 5


class Serveur(uvicorn.Server):
    """One HTTP server, bound at once; `sert()` serves until Ctrl-C, SIGTERM or `should_exit`.

    Port 0 takes any free one; `adresse` is the real one. `pret` is called once pages are answered.
    `mandataires` are the proxies whose `X-Forwarded-…` is believed. Raises `ConfigurationInvalide` when the address
    cannot be had.
    """

    def __init__(
        self,
        app: FastAPI,
        hote: str,
        port: int,
        pret: Callable[[], None] | None = None,
        mandataires: Sequence[str] = (),
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                server_header=False,
                proxy_headers=bool(mandataires),
                forwarded_allow_ips=list(mandataires) or None,
                timeout_graceful_shutdown=DELAI_ARRET_S,
                log_config=None,
                access_log=False,
            )
        )
        self.app = app
        self._pret = pret
        self._prise = _ecoute(hote, port)
        port_reel = self._prise.getsockname()[1]
        self.adresse = f"http://[{hote}]:{port_reel}" if ":" in hote else f"http://{hote}:{port_reel}"

    def sert(self) -> None:
        """Serve until told to stop."""
        self.run(sockets=[self._prise])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, then say so."""
        await super().startup(sockets)
        if self.started and self._pret is not None:
            self._pret()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let go of the pages that follow a run, else they would hold the server until its deadline."""
        self.app.state.arret.set()
        await super().shutdown(sockets)


def _ecoute(hote: str, port: int) -> socket.socket:
    try:
        famille, _, _, _, adresse = socket.getaddrinfo(hote, port, type=socket.SOCK_STREAM)[0]
        # The protocol is said in full: asyncio sends small answers at once (TCP_NODELAY) only when it is.
        prise = socket.socket(famille, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    except OSError as exc:
        raise _refus(hote, port, exc) from exc
    try:
        if sys.platform == "win32":
            # There, SO_REUSEADDR would let two programs share the port.
            prise.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            prise.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        prise.bind(adresse)
    except OSError as exc:
        prise.close()
        raise _refus(hote, port, exc) from exc
    return prise


def _refus(hote: str, port: int, exc: OSError) -> ConfigurationInvalide:
    if exc.errno == errno.EADDRINUSE:
        return ConfigurationInvalide(
            f"Le port {port} est déjà utilisé sur « {hote} ».",
            remede="Arrêtez l’autre programme (peut-être un connecteur déjà lancé), ou changez « web.port ».",
            detail=str(exc),
        )
    return ConfigurationInvalide(
        f"Impossible d’écouter sur « {hote} », port {port}.",
        remede="Vérifiez « web.hote » et « web.port ».",
        detail=str(exc),
    )
