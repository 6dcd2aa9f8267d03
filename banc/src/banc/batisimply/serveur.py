"""The simulated tenant as a server: sign-in, API, the page where a person plays the site."""

import socket
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

import uvicorn
from fastapi import FastAPI

from banc.batisimply import admin, api, page, problemes, sso
from banc.batisimply.appels import Appels
from banc.batisimply.compte import Compte
from banc.batisimply.depot import Depot
from banc.batisimply.fil import ProtocoleAvecFil
from banc.batisimply.garde import Garde
from banc.batisimply.guichet import Guichet
from banc.batisimply.locataire import Locataire
from banc.batisimply.pannes import Pannes
from banc.batisimply.reglages import Comportement

DELAI_DEMARRAGE_S = 30.0
DELAI_ARRET_S = 15.0


class _Uvicorn(uvicorn.Server):
    """Says when it answers, or that it ended."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.pret = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.pret.set()


class ServeurBatisimply:
    """One tenant in one file. Use it as a context manager, or call `start` and `stop`; it can be started again.

    With `port=0` the first start chooses a port and later ones keep it. `depot`, `guichet`, `pannes`, `appels` and
    `comportement` may be used while it runs (and `comportement` replaced). `graine` seeds the faults.
    """

    def __init__(
        self,
        fichier: Path,
        *,
        compte: Compte,
        hote: str = "127.0.0.1",
        port: int = 0,
        duree_jeton_s: int = 300,
        comportement: Comportement | None = None,
        graine: int = 0,
    ) -> None:
        self.fichier = fichier
        self.hote = hote
        self.port = port
        self.guichet = Guichet(compte, duree_jeton_s)
        self.pannes = Pannes(graine)
        self.appels = Appels()
        self._comportement = comportement or Comportement()
        self._locataire: Locataire | None = None
        self._uvicorn: _Uvicorn | None = None
        self._fil: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """`http://hôte:port`, for the API and for the sign-in."""
        hote = f"[{self.hote}]" if ":" in self.hote else self.hote
        return f"http://{hote}:{self.port}"

    @property
    def depot(self) -> Depot:
        """What the tenant holds; only while the server runs."""
        if self._locataire is None:
            raise RuntimeError("Le simulateur BatiSimply n’est pas démarré.")
        return self._locataire.depot

    @property
    def comportement(self) -> Comportement:
        """The shape of the answers; it may be replaced at any time."""
        return self._locataire.comportement if self._locataire else self._comportement

    @comportement.setter
    def comportement(self, comportement: Comportement) -> None:
        self._comportement = comportement
        if self._locataire:
            self._locataire.comportement = comportement

    def start(self) -> None:
        """Listen, and return once calls are answered. Raises `OSError` when the port is taken."""
        if self._fil is not None:
            raise RuntimeError("Le simulateur BatiSimply est déjà démarré.")
        prise = _ecoute(self.hote, self.port)
        self.port = int(prise.getsockname()[1])
        self._locataire = Locataire(
            Depot(self.fichier), self.guichet, self._comportement, self.pannes, self.appels, self.hote
        )
        locataire = self._locataire
        locataire.depot.avance = lambda: locataire.comportement.avance_horloge_s
        config = uvicorn.Config(
            Garde(_application(self._locataire), self._locataire),
            http=ProtocoleAvecFil, ws="none", loop="asyncio", lifespan="off", access_log=False, log_config=None,
            server_header=False, timeout_graceful_shutdown=2, timeout_keep_alive=30,
            date_header=False,  # `Garde` tells the time
        )  # fmt: skip
        self._uvicorn = _Uvicorn(config)
        self._fil = threading.Thread(target=self._uvicorn.run, args=([prise],), name="batisimply", daemon=True)
        self._fil.start()
        if not self._uvicorn.pret.wait(DELAI_DEMARRAGE_S):
            self.stop()
            raise RuntimeError("Le simulateur BatiSimply n’a pas démarré.")

    def stop(self) -> None:
        """Stop answering and close the file; what was stored stays."""
        if self._uvicorn is not None and self._fil is not None:
            self._uvicorn.should_exit = True
            self._fil.join(DELAI_ARRET_S)
        self._uvicorn = self._fil = None
        if self._locataire is not None:
            self._locataire.depot.close()
            self._locataire = None


def _application(locataire: Locataire) -> FastAPI:
    app = FastAPI(title="BatiSimply (simulateur)", openapi_url=None)
    app.state.locataire = locataire
    problemes.installe(app)
    sso.installe(app)
    app.include_router(api.routeur)
    app.include_router(admin.routeur)
    page.installe(app)
    return app


def _ecoute(hote: str, port: int) -> socket.socket:
    famille = socket.AF_INET6 if ":" in hote else socket.AF_INET
    # Without the explicit protocol asyncio leaves Nagle's algorithm on: 40 ms per answer.
    prise = socket.socket(famille, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":  # there it would let a second server take the same port
            prise.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        prise.bind((hote, port))
    except OSError:
        prise.close()
        raise
    return prise
