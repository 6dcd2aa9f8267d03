"""One client on the wire: login and framing come from pysqlbridge, what it asks is run by its session.

Two threads serve a client: this one reads, so that a cancellation is heard while a statement runs; the other
runs statements and answers. Both encrypt on one TLS tunnel, hence the lock.
"""

import contextlib
import hmac
import itertools
import logging
import queue
import socket
import struct
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from pysqlbridge.certificate import Certificate
from pysqlbridge.tds.batch import parse_sql_batch
from pysqlbridge.tds.connection import Connection, ConnectionState
from pysqlbridge.tds.login import deobfuscate_password
from pysqlbridge.tds.packet import HEADER_SIZE, PacketStatus, PacketType, TdsProtocolError, build_packet
from pysqlbridge.tds.prelogin import Version
from pysqlbridge.tds.token import (
    TDS_73A,
    EnvChangeType,
    done,
    env_change,
    error_response,
    info,
    login_ack,
)  # fmt: skip
from pysqlbridge.tds.transaction import TransactionRequestType, parse_transaction_request

from banc.batigest import menage
from banc.batigest.analyse import EnMasse, Transaction, analyse
from banc.batigest.erreurs import Annulee, ErreurSql, refus
from banc.batigest.jetons import REMISE_A_NEUF
from banc.batigest.lecture import lit_appels
from banc.batigest.lien import Coupure
from banc.batigest.masse import lit_lignes_en_masse
from banc.batigest.pannes import OUVERTURE
from banc.batigest.procedures import Procedures
from banc.batigest.session import Compte, Partage, Session
from banc.batigest.sortie import SERVEUR, Sortie, muette
from banc.batigest.types_sql import COLLATION

journal = logging.getLogger(__name__)

VERSION_SERVEUR = Version(major=11, minor=0, build=7001)
"""SQL Server 2012 SP4: the oldest the connector supports."""
OUVERTURE_MAX = 128 * 1024
"""Bytes a client may send before it is logged in."""
TAILLES_DE_PAQUET = range(512, 32768)
ECHEC_OUVERTURE, BASE_INCONNUE = 18456, 4060
_SPIDS = itertools.count(51)


@dataclass(frozen=True, slots=True)
class Identifiant:
    """One login. `droits`: table (or `*`) > rights among SELECT, INSERT, UPDATE, DELETE; None is everything."""

    mot_de_passe: str
    droits: Mapping[str, frozenset[str]] | None = None

    def __repr__(self) -> str:
        return f"Identifiant(mot_de_passe=…, droits={self.droits!r})"


@dataclass(frozen=True, slots=True)
class _Demande:
    """One whole message."""

    type: PacketType
    corps: bytes
    remise_a_neuf: bool
    garde_transaction: bool


class ConnexionTds(Connection):  # type: ignore[misc]  # pysqlbridge is not typed
    """The state machine of pysqlbridge up to the login; from there on, whole messages go to the worker."""

    def __init__(self, certificat: Certificate, prise: socket.socket, partage: Partage,
                 identifiants: Mapping[str, Identifiant]) -> None:  # fmt: skip
        super().__init__(
            certificat, version=VERSION_SERVEUR, server_name=SERVEUR, acceptor_factory=_pas_de_compte_windows
        )
        self._prise = prise
        self._partage = partage
        self._identifiants = identifiants
        self._verrou_tls = threading.Lock()
        self._demandes: queue.SimpleQueue[_Demande | None] = queue.SimpleQueue()
        self._ouvrier: threading.Thread | None = None
        self._assemblage = bytearray()
        self._debut: tuple[PacketType, PacketStatus] | None = None
        self._taille = 4096
        self._paquet = 1
        self._recus = 0
        self._en_masse: EnMasse | None = None
        self._en_reponse = False
        self.session: Session | None = None
        self.procedures: Procedures | None = None

    # --- login ---

    def _answer_sql_login(self, responses: list[bytes]) -> bool:
        login = self._login
        if self._tds_version < TDS_73A:
            raise TdsProtocolError("a client older than SQL Server 2008, without its date types")
        compte = self._identifiants.get(login.user_name)
        attendu = compte.mot_de_passe if compte is not None else ""
        donne = deobfuscate_password(login.password)
        juste = hmac.compare_digest(attendu.encode(), donne.encode()) and compte is not None
        if not juste:
            self._refuse(responses, ECHEC_OUVERTURE, f"Login failed for user '{login.user_name}'.")
            return True
        guetteur = self._partage.pannes
        panne = guetteur.frappe(f"{OUVERTURE}{login.user_name}") if guetteur is not None else None
        if panne is not None and panne.numero is not None:
            self._refuse(responses, panne.numero, f"Login failed for user '{login.user_name}'.")
            return True
        droits = compte.droits if compte is not None else None
        self._spid = next(_SPIDS)
        session = Session(
            self._partage, Compte(login.user_name, droits, login.host_name, login.app_name), self._spid & 0x7FFF
        )
        try:
            session.utilise(login.database or "master")
        except ErreurSql:
            session.ferme()
            message = f'Cannot open database "{login.database}" requested by the login. The login failed.'
            self._refuse(responses, BASE_INCONNUE, message, puis=f"Login failed for user '{login.user_name}'.")
            return True
        self.session, self.procedures = session, Procedures(session)
        self._finish_login(responses)
        self._ouvrier = threading.Thread(target=self._travaille, name=f"batigest-{self._spid}", daemon=True)
        self._ouvrier.start()
        self._prise.settimeout(None)
        return True

    def _refuse(self, responses: list[bytes], numero: int, message: str, *, puis: str = "") -> None:
        octets = error_response(numero, message, server=SERVEUR, severity=14, tds_version=self._tds_version)
        if puis:
            suite = error_response(ECHEC_OUVERTURE, puis, server=SERVEUR, severity=14, tds_version=self._tds_version)
            octets = octets[: -len(done())] + suite
        self._send(responses, octets)
        self._state = ConnectionState.FAILED

    def _finish_login(self, responses: list[bytes]) -> None:
        assert self.session is not None  # noqa: S101 - for the reader: set just before
        base, version = self.session.base, self._tds_version
        demandee = self._login.packet_size
        self._taille = demandee if demandee in TAILLES_DE_PAQUET else 4096
        jetons = [
            env_change(EnvChangeType.DATABASE, base, "master"),
            info(5701, f"Changed database context to '{base}'.", state=2, server=SERVEUR, tds_version=version),
            env_change(EnvChangeType.SQL_COLLATION, COLLATION),
            env_change(EnvChangeType.LANGUAGE, "us_english"),
            info(5703, "Changed language setting to us_english.", server=SERVEUR, tds_version=version),
            login_ack(version=(11, 0, VERSION_SERVEUR.build), tds_version=version),
            env_change(EnvChangeType.PACKET_SIZE, str(self._taille), "4096"),
            done(tds_version=version),
        ]
        self._send(responses, b"".join(jetons))
        self._state = ConnectionState.READY

    # --- reading ---

    def recoit(self, octets: bytes) -> None:
        """Take what arrived; answers of the login leave at once, requests go to the worker."""
        if self._state is ConnectionState.READY:
            self._recoit_demandes(octets)
            return
        self._recus += len(octets)
        if self._recus > OUVERTURE_MAX:
            raise TdsProtocolError("a login of that size")
        for reponse in self.receive(octets):
            self._prise.sendall(reponse)

    def _step_query(self, responses: list[bytes]) -> bool:
        """What came in the same read as the end of the login."""
        del responses
        octets = bytes(self._buffer)
        self._buffer.clear()
        self._recoit_demandes(octets)
        return False

    def _recoit_demandes(self, octets: bytes) -> None:
        if self._session_encrypted:
            with self._verrou_tls:
                octets = self._tunnel.unwrap(octets)
        self._plaintext += octets
        while paquet := self._un_paquet():
            self._ajoute(*paquet)

    def _un_paquet(self) -> tuple[PacketType, PacketStatus, bytes] | None:
        tampon = self._plaintext
        if len(tampon) < HEADER_SIZE:
            return None
        longueur = struct.unpack_from(">H", tampon, 2)[0]
        if longueur < HEADER_SIZE:
            raise TdsProtocolError("a packet shorter than its header")
        if len(tampon) < longueur:
            return None
        try:
            genre, etat = PacketType(tampon[0]), PacketStatus(tampon[1])
        except ValueError as exc:
            raise TdsProtocolError(f"packet type 0x{tampon[0]:02x}") from exc
        corps = bytes(tampon[HEADER_SIZE:longueur])
        del tampon[:longueur]
        return genre, etat, corps

    def _ajoute(self, genre: PacketType, etat: PacketStatus, corps: bytes) -> None:
        if genre is PacketType.ATTENTION:
            self._demandes.put(_Demande(genre, b"", remise_a_neuf=False, garde_transaction=False))
            if self.session is not None and self._en_reponse:
                self.session.lien.annule()
            return
        if self._debut is None:
            self._debut = (genre, etat)
        self._assemblage += corps
        if not etat & PacketStatus.END_OF_MESSAGE:
            return
        premier, premier_etat = self._debut
        message, self._assemblage, self._debut = bytes(self._assemblage), bytearray(), None
        if etat & PacketStatus.IGNORE:
            return  # the client changed its mind while sending
        garde = bool(premier_etat & PacketStatus.RESET_CONNECTION_SKIP_TRAN)
        neuf = garde or bool(premier_etat & PacketStatus.RESET_CONNECTION)
        self._demandes.put(_Demande(premier, message, neuf, garde))

    def ferme(self) -> None:
        """The client is gone, or must go: stop what runs, lose what was not committed."""
        session = self.session
        if session is not None:
            session.lien.annule()
        with contextlib.suppress(OSError):  # gone already; else an answer nobody reads would hold the worker
            self._prise.shutdown(socket.SHUT_RDWR)
        self._demandes.put(None)
        if self._ouvrier is not None:
            self._ouvrier.join()
        if session is not None:
            session.ferme()

    # --- answering ---

    def _travaille(self) -> None:
        while (demande := self._demandes.get()) is not None:
            try:
                self._repond(demande)
            except (Coupure, OSError, psycopg.OperationalError):
                break
            except TdsProtocolError as exc:
                journal.warning("client illisible : %s", exc)
                break
            except Exception:  # noqa: BLE001 - a fault of ours closes one client, not the server
                journal.exception("le banc a échoué sur une demande")
                break
        self._coupe()

    def _coupe(self) -> None:
        """Cut without a word, as a failing network does."""
        try:
            self._prise.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._prise.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # already gone

    def _repond(self, demande: _Demande) -> None:
        session = self.session
        assert session is not None  # noqa: S101 - the worker starts after the login
        self._paquet = 1
        session.sortie = Sortie(self._envoie, self._tds_version)
        if demande.type is PacketType.ATTENTION:
            session.lien.reprend()
            session.sortie.acquitte()
            return
        self._en_reponse = True
        try:
            if demande.remise_a_neuf:
                self._remet_a_neuf(session, garde_transaction=demande.garde_transaction)
            self._traite(demande, session)
        except Annulee:
            session.interrompt()
            session.sortie.abandonne()
            return
        finally:
            self._en_reponse = False
        session.sortie.termine()

    def _remet_a_neuf(self, session: Session, *, garde_transaction: bool) -> None:
        if garde_transaction and session.niveau:
            raise TdsProtocolError("a reset that keeps the transaction")
        # The end of the last user's transaction is no news for the next one.
        session.sortie = muette()
        session.remet_a_neuf(self._login.database or "master")
        if self.procedures is not None:
            self.procedures.oublie()
        session.sortie = Sortie(self._envoie, self._tds_version)
        session.sortie.brut(REMISE_A_NEUF)

    def _traite(self, demande: _Demande, session: Session) -> None:
        procedures = self.procedures
        assert procedures is not None  # noqa: S101 - set with the session
        en_masse, self._en_masse = self._en_masse, None
        match demande.type:
            case PacketType.SQL_BATCH:
                texte = parse_sql_batch(demande.corps, self._tds_version)
                if not menage.repond(session, texte):
                    session.lot(texte, {}, {})
                self._en_masse = _annonce_en_masse(texte)
            case PacketType.RPC:
                procedures.appels(lit_appels(demande.corps, self._tds_version))
            case PacketType.BULK_LOAD if en_masse is not None:
                procedures.en_masse(en_masse, *lit_lignes_en_masse(demande.corps))
            case PacketType.TRANSACTION_MANAGER:
                self._gere_transaction(demande.corps, session)
            case genre:
                raise TdsProtocolError(f"{genre.name} was not expected")

    def _gere_transaction(self, corps: bytes, session: Session) -> None:
        demande = parse_transaction_request(corps, self._tds_version)
        verbes: dict[Any, str] = {
            TransactionRequestType.BEGIN_XACT: "BEGIN",
            TransactionRequestType.COMMIT_XACT: "COMMIT",
            TransactionRequestType.ROLLBACK_XACT: "ROLLBACK",
            TransactionRequestType.SAVE_XACT: "SAVE",
        }
        try:
            verbe = verbes.get(demande.kind)
            if verbe is None:
                raise refus("une transaction distribuée")
            session.transactions.execute(Transaction(verbe, demande.name if verbe in {"ROLLBACK", "SAVE"} else None))
        except ErreurSql as exc:
            session.sortie.erreur(exc)
            session.sortie.fini("", None, erreur=True)

    def _envoie(self, octets: bytes, *, fin: bool) -> None:
        """Cut into packets of the agreed size; only the last one ends the message."""
        corps = self._taille - HEADER_SIZE
        paquets = []
        vue = memoryview(octets)
        for debut in range(0, max(len(octets), 1), corps):
            dernier = fin and debut + corps >= len(octets)
            etat = PacketStatus.END_OF_MESSAGE if dernier else PacketStatus.NORMAL
            paquets.append(
                build_packet(PacketType.TABULAR_RESULT, bytes(vue[debut : debut + corps]), status=etat,
                             spid=self._spid & 0xFFFF, packet_id=self._paquet)
            )  # fmt: skip
            self._paquet = (self._paquet + 1) % 256
        clair = b"".join(paquets)
        if self._session_encrypted:
            with self._verrou_tls:
                clair = self._tunnel.wrap(clair)
        self._prise.sendall(clair)


def _pas_de_compte_windows() -> None:
    raise TdsProtocolError("a Windows account: only SQL logins are served")


def _annonce_en_masse(texte: str) -> EnMasse | None:
    if "bulk" not in texte.lower():
        return None
    try:
        etapes = analyse(texte)
    except ErreurSql:
        return None
    return etapes[-1] if etapes and isinstance(etapes[-1], EnMasse) else None
