"""The server: listens, and gives each client a connection of its own."""

import contextlib
import logging
import socket
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Self

import psycopg
from pysqlbridge.certificate import Certificate, self_signed
from pysqlbridge.tds.connection import ConnectionState

from banc.batigest import catalogue
from banc.batigest.connexion import ConnexionTds, Identifiant
from banc.batigest.demonstration import DDL
from banc.batigest.pannes import Guetteur
from banc.batigest.session import Compte, Partage, Session

journal = logging.getLogger(__name__)
LECTURE = 256 * 1024
DELAI_OUVERTURE_S = 30.0
"""For a client that connects and says nothing; once logged in, it may wait as long as it likes."""


class DossierIllisible(RuntimeError):
    """The tables asked for could not be created."""


class ServeurBatigest:
    """A SQL Server stand-in on one PostgreSQL database. A context manager, or `start` and `stop`.

    `identifiants`: login > password, or `Identifiant` for one with fewer rights. The dossier `base` is created with
    Batigest's tables when it is missing; other dossiers can be made with `create_dossier` or CREATE DATABASE.
    """

    def __init__(
        self,
        url_postgres: str,
        *,
        base: str = "BTG_DOS_DEMO",
        identifiants: Mapping[str, str | Identifiant],
        hote: str = "127.0.0.1",
        port: int = 0,
        certificat: Certificate | None = None,
    ) -> None:
        self._url = url_postgres
        self._base = base
        self._identifiants = {
            nom: Identifiant(secret) if isinstance(secret, str) else secret for nom, secret in identifiants.items()
        }
        self._adresse = (hote, port)
        self._certificat = certificat
        self._ecoute: socket.socket | None = None
        self._partage: Partage | None = None
        self._accueil: threading.Thread | None = None
        self._clients: dict[socket.socket, threading.Thread] = {}
        self._verrou = threading.Lock()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, genre: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """The port it listens on."""
        if self._ecoute is None:
            raise RuntimeError("le serveur Batigest du banc n’est pas démarré")
        return int(self._ecoute.getsockname()[1])

    def start(self) -> None:
        """Create what is missing, then listen."""
        create_dossier(self._url, self._base)
        self._partage = Partage(self._url, Guetteur(self._url))
        self._certificat = self._certificat or self_signed()
        self._ecoute = socket.create_server(self._adresse)
        self._accueil = threading.Thread(target=self._accueille, name="batigest-accueil", daemon=True)
        self._accueil.start()

    def stop(self) -> None:
        """Cut every client; what they had not committed is lost."""
        ecoute, self._ecoute = self._ecoute, None
        if ecoute is None or self._partage is None or self._accueil is None:
            return
        with contextlib.suppress(OSError):
            ecoute.shutdown(socket.SHUT_RDWR)
        ecoute.close()
        self._accueil.join()
        with self._verrou:
            clients = dict(self._clients)
        for prise in clients:
            with contextlib.suppress(OSError):
                prise.shutdown(socket.SHUT_RDWR)
        for fil in clients.values():
            fil.join()
        if self._partage.pannes is not None:
            self._partage.pannes.ferme()

    def _accueille(self) -> None:
        ecoute = self._ecoute
        while ecoute is not None:
            try:
                prise, _ = ecoute.accept()
            except OSError:
                return  # closed by stop
            prise.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            fil = threading.Thread(target=self._sert, args=(prise,), name="batigest-client", daemon=True)
            with self._verrou:
                self._clients[prise] = fil
            fil.start()

    def _sert(self, prise: socket.socket) -> None:
        partage, certificat = self._partage, self._certificat
        if partage is None or certificat is None:
            return
        connexion = ConnexionTds(certificat, prise, partage, self._identifiants)
        prise.settimeout(DELAI_OUVERTURE_S)
        try:
            while octets := prise.recv(LECTURE):
                connexion.recoit(octets)
                if connexion.state is ConnectionState.FAILED:
                    break
        except OSError:
            journal.info("connexion perdue")
        except Exception as exc:  # noqa: BLE001 - whatever one client sends must not touch the others
            journal.warning("client refusé (%s : %s)", type(exc).__name__, exc)
        finally:
            connexion.ferme()
            prise.close()
            with self._verrou:
                self._clients.pop(prise, None)


def create_dossier(url: str, base: str, ddl: str = DDL) -> None:
    """Create this dossier and its tables from T-SQL; nothing happens when it exists."""
    with psycopg.connect(url, autocommit=True) as connexion:
        catalogue.prepare_socle(connexion)
        # Two servers may start at the same time; the second one finds the dossier made.
        connexion.execute("SELECT pg_advisory_lock(hashtext('banc.dossiers'))")
        if catalogue.trouve_base(connexion, base) is None:
            _cree_dossier(url, base, ddl)


def _cree_dossier(url: str, base: str, ddl: str) -> None:
    session = Session(Partage(url), Compte("banc"), 0)
    try:
        _execute(session, f"BEGIN TRANSACTION; CREATE DATABASE [{base.replace(']', ']]')}]")
        session.utilise(base)
        _execute(session, ddl)
        _execute(session, "COMMIT")
    finally:
        session.ferme()


def _execute(session: Session, texte: str) -> None:
    if not session.lot(texte, {}, {}):
        raise DossierIllisible(f"{session.derniere_erreur} (dans : {texte})")
