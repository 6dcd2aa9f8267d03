"""A session on the dossier: opened when first used, opened again after a cut, without locks between two calls."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from connecteur.batigest.driver_errors import Panne, pilote_absent, traduit
from connecteur.errors import ConfigurationInvalide, ErreurConnecteur, ReponseIncertaine
from connecteur.settings import ReglagesBatigest

if TYPE_CHECKING:
    from mssql_python import Connection as SessionPilote

Ligne = tuple[Any, ...]
"""The columns of one row, as the driver gives them."""
Valeurs = Sequence[Any]
"""The parameters of one statement."""

SERVEUR = re.compile(r"(tcp:)?(\(local\)|[\w.:-]+)(\\[\w$#-]+)?(,\d{1,5})?")
"""A host name or address, perhaps an instance or a port."""


class Connexion:
    """One session on SQL Server, for one thread at a time.

    Errors are the connector's (`connecteur.errors`); their detail never holds the password.
    """

    def __init__(self, reglages: ReglagesBatigest) -> None:
        self._reglages = reglages
        self._session: SessionPilote | None = None
        self._temporaires: set[str] = set()
        """What made the #temp tables of this session that last."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    @property
    def ouverte(self) -> bool:
        """Whether there is a session, as far as we know."""
        return self._session is not None

    def open(self) -> None:
        """Log in now, if that is not done."""
        self._ouverte()

    def close(self) -> None:
        """Log out; the next call logs in again."""
        session, self._session = self._session, None
        self._temporaires.clear()
        if session is not None:
            with suppress(Exception):  # a session that is already dead cannot be closed: it is closed
                session.close()

    def read(self, sql: str, params: Valeurs = (), *, objet: str = "") -> list[Ligne]:
        """Every row of one statement, committed at once: no lock outlives it. `objet` names it in error sentences.

        The server may have restarted since the last run: a session that was waiting is opened again, once.
        """
        ancienne = self.ouverte
        try:
            return self._execute(sql, params, objet)
        except ErreurConnecteur:
            if not ancienne or self.ouverte:
                raise
            return self._execute(sql, params, objet)

    def execute(self, sql: str) -> None:
        """Run a statement of the session's own (SET, #temp table) as a plain batch, so that its effect lasts."""
        self.read(sql)

    def dote(self, creation: str) -> None:
        """Have the #temp table that this statement makes: once per session, which it lasts as long as."""
        if creation not in self._temporaires:
            self.execute(creation)
            self._temporaires.add(creation)

    @contextmanager
    def transaction(self, *, garde: bool = True) -> "Iterator[Transaction]":
        """All or nothing: committed at the end of the block, rolled back when it raises or when it is only a trial.

        Raises `ReponseIncertaine` when the commit left and no answer came; any other error means nothing was written.
        """
        session = self._ouverte()
        with self._traduit():
            session.autocommit = False
        try:
            yield Transaction(self)
        except BaseException:
            self._rollback()
            raise
        if garde:
            self._commit(session)
        else:
            self._rollback()

    def _rollback(self) -> None:
        if self._session is None:
            return
        try:
            self._session.rollback()
            self._session.autocommit = True
        except Exception:  # noqa: BLE001  the session is lost, and the server rolls back by itself
            self.close()

    def _commit(self, session: "SessionPilote") -> None:
        try:
            session.commit()
        except Exception as exc:
            detail = self._sans_secret(str(exc))
            self.close()
            raise ReponseIncertaine(
                "La connexion avec Batigest a été coupée au moment d’enregistrer : l’écriture a peut-être eu lieu.",
                remede="Rien à faire : la prochaine synchronisation regardera ce qui est écrit avant de continuer.",
                detail=detail,
            ) from exc
        try:
            session.autocommit = True
        except Exception:  # noqa: BLE001  the commit is done: whatever happens to the session now is no failure of it
            self.close()

    def _ouverte(self) -> "SessionPilote":
        if self._session is None:
            self._session = self._open()
        return self._session

    def _open(self) -> "SessionPilote":
        reglages = self._reglages
        _check_reglages(reglages)
        try:
            from connecteur.batigest import curseur
        except (ImportError, OSError) as exc:
            raise pilote_absent(str(exc)) from exc
        try:
            session = curseur.open_session(reglages)
        except curseur.ERREURS as exc:
            raise self._erreur(curseur.lit_panne(exc), a_la_connexion=True) from None  # it may quote the settings
        except (ImportError, OSError) as exc:
            raise pilote_absent(str(exc)) from exc
        self._session = session
        try:
            self._execute(f"SET LOCK_TIMEOUT {int(reglages.attente_verrou_ms)}", (), "")
        except BaseException:
            self.close()
            raise
        return session

    def _execute(
        self, sql: str, params: Valeurs, objet: str, *, lot: Sequence[Valeurs] | None = None, textes: int | None = None
    ) -> list[Ligne]:
        """Run one statement, or one statement for many rows (`lot`), and return the rows of its last result."""
        session = self._ouverte()
        from connecteur.batigest import curseur as pilote

        curseur: pilote.Curseur | None = None
        try:
            curseur = pilote.open_curseur(session)
            if lot is not None:
                if textes is not None:
                    curseur.annonce_textes(len(lot[0]), textes)
                curseur.executemany(sql, lot)
                return []
            curseur.execute(sql, *params)
            lignes = curseur.fetchall() if curseur.description else []
            while curseur.nextset():
                lignes = curseur.fetchall() if curseur.description else lignes
            return list(map(tuple, lignes))
        except pilote.ERREURS as exc:
            panne = pilote.lit_panne(exc, curseur)
            if panne.connexion_perdue:
                self.close()
            raise self._erreur(panne, objet=objet) from exc
        finally:
            if curseur is not None:
                with suppress(*pilote.ERREURS):
                    curseur.close()

    @contextmanager
    def _traduit(self) -> Iterator[None]:
        from connecteur.batigest import curseur

        try:
            yield
        except curseur.ERREURS as exc:
            self.close()
            raise self._erreur(curseur.lit_panne(exc)) from exc

    def _erreur(self, panne: Panne, *, objet: str = "", a_la_connexion: bool = False) -> ErreurConnecteur:
        sans_secret = Panne(panne.etat, panne.numero, self._sans_secret(panne.texte))
        return traduit(sans_secret, objet=objet, a_la_connexion=a_la_connexion)

    def _sans_secret(self, texte: str) -> str:
        secret = self._reglages.mot_de_passe.get_secret_value()
        return texte.replace(secret, "•••") if secret else texte


def _check_reglages(reglages: ReglagesBatigest) -> None:
    """Raises `ConfigurationInvalide`: what is no name of a server, and the character that cuts a text short in C."""
    if not SERVEUR.fullmatch(reglages.serveur.strip()):
        raise ConfigurationInvalide(
            "Le nom du serveur Batigest n’est pas valide.",
            remede="Donnez un nom ou une adresse, avec l’instance s’il y en a une : « SERVEUR\\SAGEBAT ».",
        )
    if "\x00" in f"{reglages.base}{reglages.utilisateur}{reglages.mot_de_passe.get_secret_value()}":
        raise ConfigurationInvalide(
            "Un réglage de connexion à Batigest contient un caractère interdit (NUL).",
            remede="Ressaisissez la base, l’utilisateur et le mot de passe de la section [batigest].",
        )


class Transaction:
    """What can be done between the beginning and the commit."""

    def __init__(self, connexion: Connexion) -> None:
        self._connexion = connexion

    def read(self, sql: str, params: Valeurs = (), *, objet: str = "") -> list[Ligne]:
        """Every row of one statement."""
        return self._connexion._execute(sql, params, objet)  # noqa: SLF001  same file, one object in two roles

    def write(self, sql: str, params: Valeurs = (), *, objet: str = "") -> int:
        """How many rows one UPDATE, DELETE or INSERT touched, as the server counts them.

        Asked in the same batch: a trigger that counts aloud spoils the driver's own figure, not `@@ROWCOUNT`.
        """
        lignes = self.read(f"{sql}; SELECT @@ROWCOUNT AS n", params, objet=objet)
        return int(lignes[0][0])

    def write_many(self, sql: str, lot: Sequence[Valeurs], *, objet: str = "", textes: int | None = None) -> None:
        """One statement for many rows, sent as one batch of parameters. `textes`: they are texts of at most so many
        characters; the driver would judge by the longest of a column whether all of them are plain."""
        if lot:
            self._connexion._execute(sql, (), objet, lot=lot, textes=textes)  # noqa: SLF001  same file, one object in two roles
