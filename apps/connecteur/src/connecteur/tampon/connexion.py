"""Connections to the tampon: opened when first needed, kept for the next caller, replaced when the server went away.

There is no pool and no background thread: an idle connection waits in a list. Before it is used again its
socket is looked at, which costs no round trip: a server that stopped has closed it. Foreign errors become
`connecteur.errors` here and nowhere else.
"""

import contextlib
import re
import selectors
import threading
from collections.abc import Iterator

import psycopg
from psycopg import errors as pg

from connecteur.errors import (
    AccesRefuse,
    ConfigurationInvalide,
    ErreurConnecteur,
    ErreurPermanente,
    ServiceInjoignable,
    ServiceSature,
)

Connexion = psycopg.Connection[tuple[object, ...]]

MAX_OISIVES = 8
"""Idle connections kept; more are opened when more threads work at once, and closed afterwards."""

DELAI_CONNEXION_S = 10
# A slice is a small part of years of slots, and its pages are in memory: look rows up, do not read whole tables.
SESSION = """
SET TimeZone = 'UTC'; SET lock_timeout = '30s'; SET statement_timeout = '5min'; SET random_page_cost = 1.1
"""

# The disk is not waited for.
SANS_ATTENDRE = "SET LOCAL synchronous_commit = off"

# Several firms' servers answer in French, and libpq gives no code for a refused connection.
ACCES = re.compile(r"password|mot de passe|role|rôle|pg_hba|permission|authenti", re.IGNORECASE)
TROP = re.compile(
    r"too many (clients|connections)|connection slots|trop de (clients|connexions)|emplacements de conn", re.IGNORECASE
)
BASE_ABSENTE = re.compile(r"(database|base de données).*(not exist|existe pas)", re.IGNORECASE)

SATURE = (pg.LockNotAvailable, pg.QueryCanceled, pg.SerializationFailure, pg.DeadlockDetected, pg.TooManyConnections)

ACCES_REFUSE = "La base tampon refuse l’accès au connecteur."
ACCES_REMEDE = "Vérifiez l’utilisateur, le mot de passe et les droits sur la base PostgreSQL."
Familles = type[psycopg.Error] | tuple[type[psycopg.Error], ...]
PERMANENTES: tuple[tuple[Familles, type[ErreurPermanente], str, str], ...] = (
    (pg.DiskFull, ErreurPermanente, "Le disque de la base tampon est plein.", "Libérez de la place sur ce disque."),
    (
        (pg.InsufficientPrivilege, pg.InvalidAuthorizationSpecification, pg.InvalidPassword),
        AccesRefuse,
        ACCES_REFUSE,
        ACCES_REMEDE,
    ),
    (
        (pg.UndefinedTable, pg.InvalidSchemaName, pg.UndefinedColumn),
        ErreurPermanente,
        "La base tampon n’a pas les tables que le connecteur attend.",
        "Redémarrez le connecteur : il les crée lui-même. Si cela persiste, appelez le support.",
    ),
    (
        pg.ReadOnlySqlTransaction,
        ErreurPermanente,
        "La base tampon est en lecture seule.",
        "Vérifiez que l’adresse est bien celle du serveur principal.",
    ),
)
"""psycopg's family > our error, what happened, what to do."""


class Connexions:
    """The connections of one program to one tampon. Safe to share between threads, not between processes."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._oisives: list[Connexion] = []
        self._verrou = threading.Lock()
        self._fermee = False

    def __repr__(self) -> str:
        return "Connexions(…)"  # the address holds a password

    @contextlib.contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[Connexion]:
        """One transaction: committed at the end, rolled back on any exception.

        Not `durable`: after a power cut the last ones may be missing, whole and in order, as if the run had been cut a
        little earlier; the next durable one makes them so. For what is found again by looking.

        Raises `ErreurTransitoire` when the server is away or busy, `ErreurPermanente` otherwise.
        """
        with traduit():
            connexion = self._emprunte()
            try:
                with connexion.transaction():
                    if not durable:
                        connexion.execute(SANS_ATTENDRE)
                    yield connexion
            finally:
                self._rend(connexion)

    def ouvre(self) -> Connexion:
        """A connection of one's own in autocommit, for a lock that lasts or for listening; the caller closes it."""
        with traduit():
            connexion = psycopg.connect(
                self._url,
                autocommit=True,
                application_name="connecteur",
                # A plan made once and kept would be made for the empty tables of a first import.
                prepare_threshold=None,
                connect_timeout=DELAI_CONNEXION_S,
                # A line cut in silence (firewall, sleep) is noticed within a minute, not after hours.
                keepalives_idle=30,
                keepalives_interval=10,
                keepalives_count=3,
                tcp_user_timeout=60_000,
            )
            try:
                connexion.execute(SESSION)
            except BaseException:
                connexion.close()
                raise
            return connexion

    def close(self) -> None:
        """Close every idle connection; those in use are closed when given back."""
        with self._verrou:
            self._fermee = True
            oisives, self._oisives = self._oisives, []
        for connexion in oisives:
            connexion.close()

    def _emprunte(self) -> Connexion:
        while True:
            with self._verrou:
                if self._fermee:
                    raise psycopg.OperationalError("Connexions is closed")
                connexion = self._oisives.pop() if self._oisives else None
            if connexion is None:
                return self.ouvre()
            if not connexion.closed and not _a_parle(connexion):
                return connexion
            connexion.close()

    def _rend(self, connexion: Connexion) -> None:
        oisive = connexion.info.transaction_status is psycopg.pq.TransactionStatus.IDLE
        with self._verrou:
            if oisive and not self._fermee and len(self._oisives) < MAX_OISIVES:
                self._oisives.append(connexion)
                return
        connexion.close()


def _a_parle(connexion: Connexion) -> bool:
    """Whether the server sent something while nobody asked: nearly always its farewell."""
    with selectors.DefaultSelector() as selecteur:
        selecteur.register(connexion.fileno(), selectors.EVENT_READ)
        return bool(selecteur.select(timeout=0))


@contextlib.contextmanager
def traduit() -> Iterator[None]:
    """Turn psycopg's errors into ours."""
    try:
        yield
    except psycopg.Error as exc:
        raise traduite(exc) from exc


def traduite(exc: psycopg.Error) -> ErreurConnecteur:
    """Our error for one of psycopg's. The detail never holds the values of a row, only names and the message."""
    detail = _detail(exc)
    for familles, erreur, message, remede in PERMANENTES:
        if isinstance(exc, familles):
            return erreur(message, remede=remede, detail=detail)
    if isinstance(exc, SATURE):
        return ServiceSature("La base tampon est occupée et n’a pas répondu à temps.", detail=detail)
    if isinstance(exc, psycopg.OperationalError):
        return _sans_connexion(str(exc), detail)
    return ErreurPermanente(
        "La base tampon a refusé une opération du connecteur.",
        remede="Appelez le support en donnant le détail technique.",
        detail=detail,
    )


def _sans_connexion(message: str, detail: str) -> ErreurConnecteur:
    """The server is away, or it answered that we may not come in: libpq gives no code, only its sentence."""
    if "FATAL" in message and TROP.search(message):  # before the account: these sentences often name a role
        return ServiceSature(
            "La base tampon n’accepte plus de connexion : son maximum est atteint.",
            remede="Fermez les programmes qui occupent ce serveur PostgreSQL, ou augmentez « max_connections » "
            "(ou la limite du compte) ; le connecteur réessaie de lui-même.",
            detail=detail,
        )
    if "FATAL" in message and BASE_ABSENTE.search(message):
        return ConfigurationInvalide(
            "La base tampon n’existe pas sur ce serveur PostgreSQL.",
            remede="Créez la base, ou corrigez l’adresse du tampon dans la configuration.",
            detail=detail,
        )
    if "FATAL" in message and ACCES.search(message):
        return AccesRefuse(ACCES_REFUSE, remede=ACCES_REMEDE, detail=detail)
    return ServiceInjoignable(
        "La base tampon (PostgreSQL) ne répond pas.",
        remede="Vérifiez que le serveur PostgreSQL est démarré ; le connecteur réessaie de lui-même.",
        detail=detail,
    )


def _detail(exc: psycopg.Error) -> str:
    diag = exc.diag
    if diag.message_primary is None:
        return str(exc)
    nom = diag.constraint_name or diag.table_name
    return f"{exc.sqlstate} {diag.message_primary}" + (f" ({nom})" if nom else "")
