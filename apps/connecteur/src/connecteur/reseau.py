"""Sockets under one deadline per request.

The time-outs of an HTTP client bound each wait for bytes, so a server that drips one byte at a time holds the
caller for ever. Here every wait is cut to what is left of the request's own time, headers included.
"""

import math
import ssl
import time
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpcore2
import httpx2

_ECHEANCE: ContextVar[float] = ContextVar("echeance", default=math.inf)
"""Monotonic instant at which the request under way in this thread is given up."""

LIAISONS_MAX = 20
"""More than the largest number of parallel pushes, so that nobody waits for a connection."""


@contextmanager
def echeance(duree_s: float) -> Iterator[None]:
    """Everything this thread does on the network inside must be over in `duree_s`."""
    jeton = _ECHEANCE.set(time.monotonic() + duree_s)
    try:
        yield
    finally:
        _ECHEANCE.reset(jeton)


def _reste(delai: float | None, depasse: type[httpcore2.TimeoutException]) -> float | None:
    """What is left to wait, at most `delai`. Raises `depasse` when nothing is."""
    reste = _ECHEANCE.get() - time.monotonic()
    if reste <= 0:
        raise depasse("total time of the request is over")
    if math.isinf(reste):
        return delai
    return reste if delai is None else min(delai, reste)


class _Flux(httpcore2.NetworkStream):
    """A connection whose every wait obeys the deadline of the request that uses it."""

    def __init__(self, flux: httpcore2.NetworkStream) -> None:
        self._flux = flux

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._flux.read(max_bytes, _reste(timeout, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._flux.write(buffer, _reste(timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        self._flux.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> "_Flux":
        delai = _reste(timeout, httpcore2.ConnectTimeout)
        return _Flux(self._flux.start_tls(ssl_context, server_hostname, delai))

    def get_extra_info(self, info: str) -> Any:
        return self._flux.get_extra_info(info)


class _Reseau(httpcore2.NetworkBackend):
    """Opens connections that obey the deadline."""

    def __init__(self, dessous: httpcore2.NetworkBackend) -> None:
        self._dessous = dessous

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        delai = _reste(timeout, httpcore2.ConnectTimeout)
        return _Flux(self._dessous.connect_tcp(host, port, delai, local_address, socket_options))


class Transport(httpx2.HTTPTransport):
    """httpx2's own transport (operating system's trust store), with the deadline underneath."""

    def __init__(self, mandataire: str | None) -> None:
        super().__init__(
            proxy=mandataire,
            limits=httpx2.Limits(max_connections=LIAISONS_MAX, max_keepalive_connections=LIAISONS_MAX),
        )
        # No public parameter leads there; the slow drip test goes red if this ever stops working.
        self._pool._network_backend = _Reseau(self._pool._network_backend)  # noqa: SLF001


def mandataire(url: httpx2.URL) -> str | None:
    """The proxy this machine is set up to use for that address (environment, Windows settings); None: direct.

    The machine itself is never reached through a proxy.
    """
    if url.host in {"localhost", "127.0.0.1", "::1"} or urllib.request.proxy_bypass(url.host):
        return None
    return urllib.request.getproxies().get(url.scheme)
