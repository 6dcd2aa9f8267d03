"""What the operating system gives a program that starts another one: a lock, a port, a secret file, an account."""

import contextlib
import os
import secrets
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ESSAIS_COMPTE = 20


class SystemeInsuffisant(RuntimeError):
    """The operating system refused what is needed; the message says what, in French."""


@dataclass(frozen=True, slots=True)
class Compte:
    """An account of the system, by its numbers: its group may have another name."""

    nom: str
    uid: int
    gid: int


def est_root() -> bool:
    """Whether this program may do everything (never said of Windows)."""
    return sys.platform != "win32" and os.geteuid() == 0


def compte_systeme(nom: str) -> Compte:
    """The account of this name, made when it is missing (root only)."""
    for _ in range(ESSAIS_COMPTE):
        compte = _cherche_compte(nom)
        if compte is not None:
            return compte
        try:
            commande = ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", nom]
            resultat = subprocess.run(commande, check=False, capture_output=True, text=True)  # noqa: S603  (no shell)
        except FileNotFoundError as exc:
            raise SystemeInsuffisant(
                f"Le compte système « {nom} » n’existe pas et la commande « useradd » manque : créez ce compte."
            ) from exc
        if resultat.returncode:
            time.sleep(0.1)  # another program is making it, or holds the list of accounts
    raise SystemeInsuffisant(f"Le compte système « {nom} » n’a pas pu être créé : {resultat.stderr.strip()}")


def _cherche_compte(nom: str) -> Compte | None:
    if sys.platform != "win32":
        import pwd

        with contextlib.suppress(KeyError):
            trouve = pwd.getpwnam(nom)
            return Compte(nom, trouve.pw_uid, trouve.pw_gid)
    return None


def premier_parent_ferme(chemin: Path) -> Path | None:
    """The first folder on the way that accounts other than its owner cannot cross; None when the way is open."""
    for parent in reversed([chemin, *chemin.parents]):
        if parent.exists() and not parent.stat().st_mode & stat.S_IXOTH:
            return parent
    return None


def port_est_libre(port: int) -> bool:
    """Whether a server could listen there on the loopback now."""
    with socket.socket() as prise:
        if sys.platform != "win32":
            prise.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            prise.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def port_libre() -> int:
    """A port of the loopback where nobody listens."""
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        return int(prise.getsockname()[1])


def ecrit_secret(chemin: Path, texte: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    provisoire = chemin.with_name(f"{chemin.name}.{secrets.token_hex(4)}")
    descripteur = os.open(provisoire, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descripteur, "w", encoding="utf-8") as fichier:
        fichier.write(texte)
        fichier.flush()
        os.fsync(fichier.fileno())
    provisoire.replace(chemin)


@contextlib.contextmanager
def verrou(chemin: Path) -> Iterator[None]:
    """One program at a time; the operating system frees the lock of a dead one. Not for two calls of one program
    within each other."""
    with chemin.open("a+") as fichier:
        if sys.platform == "win32":
            import msvcrt

            fichier.seek(0)
            while True:
                # It gives up after ten seconds; a first start takes longer.
                with contextlib.suppress(OSError):
                    msvcrt.locking(fichier.fileno(), msvcrt.LK_LOCK, 1)
                    break
        else:
            import fcntl

            fcntl.flock(fichier, fcntl.LOCK_EX)
        yield
