"""Files that hold secrets, encrypted or not: written whole or not at all, and never taken from another hand."""

import os
import secrets
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from connecteur.errors import CoffreIllisible, ErreurPermanente
from sages_commun.systeme import est_root

PROVISOIRE = ".neuf"
"""How the file that is being written ends its name."""
TAILLE_MAX = 16_000_000
ECRIT_PAR_D_AUTRES = 0o022
OUVERT_A_TOUS = 0o027
"""A group may read it: that is how systemd hands a credential to a service."""
OUVERT_A_D_AUTRES = 0o077
ESSAIS = 50
PAUSE_S = 0.02
DROITS_WINDOWS = ("*S-1-3-4:F", "*S-1-5-18:F", "*S-1-5-32-544:F")
"""Its owner, the system, the administrators."""

Resultat = TypeVar("Resultat")


def lit_fichier(chemin: Path, *, interdits: int = ECRIT_PAR_D_AUTRES) -> bytes | None:
    """Its bytes; None when it is not there. `interdits`: the rights that nobody else may have.

    Raises `CoffreIllisible` when it is not a plain file of ours that only we can write.
    """
    try:
        descripteur = _insiste(
            lambda: os.open(chemin, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
        )
    except (FileNotFoundError, NotADirectoryError):  # nor is the folder a folder: who needs it says so
        return None
    except OSError as exc:
        if chemin.is_symlink():
            raise _refuse(
                chemin, "est un lien vers un autre fichier", "Remettez le fichier lui-même à sa place."
            ) from exc
        raise _refuse(
            chemin, "ne peut pas être lu par ce compte", "Lancez la commande sous le compte du service.", exc.strerror
        ) from exc
    with os.fdopen(descripteur, "rb") as fichier:
        _verifie(chemin, os.fstat(fichier.fileno()), interdits)
        octets = fichier.read(TAILLE_MAX + 1)
    if len(octets) > TAILLE_MAX:
        raise _refuse(chemin, "est trop gros pour être un fichier du coffre", "Restaurez une sauvegarde.")
    return octets


def ecrit_fichier(chemin: Path, octets: bytes, *, mode: int = 0o600) -> None:
    """Put these bytes there, readable by their owner alone, whole or not at all. Raises `ErreurPermanente`.

    What a program that was killed left behind is cleared: call it under a lock.
    """
    try:
        for reste in chemin.parent.glob(f"{chemin.name}.*{PROVISOIRE}"):
            reste.unlink(missing_ok=True)
        provisoire = chemin.with_name(f"{chemin.name}.{secrets.token_hex(4)}{PROVISOIRE}")
        descripteur = os.open(provisoire, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(descripteur, "wb") as fichier:
            fichier.write(octets)
            fichier.flush()
            os.fsync(fichier.fileno())
        provisoire.chmod(mode)
        _reserve(provisoire, chemin)
        _insiste(lambda: provisoire.replace(chemin))
        _grave(chemin.parent)
    except OSError as exc:
        raise ErreurPermanente(
            f"Le fichier « {chemin} » ne peut pas être écrit.",
            remede="Vérifiez les droits du dossier et la place sur le disque.",
            detail=exc.strerror or "",
        ) from exc


def cree_vide(chemin: Path) -> None:
    """An empty file of ours there, unless there is one. Raises `OSError`."""
    try:
        os.close(os.open(chemin, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return
    _reserve(chemin, chemin)


def proprietaire(dossier: Path) -> str | None:
    """The account whose folder this is; None when it is ours, or when the system does not say."""
    if sys.platform != "win32" and dossier.stat().st_uid != os.geteuid():
        try:
            return dossier.owner()
        except KeyError:
            return str(dossier.stat().st_uid)
    return None


def _verifie(chemin: Path, etat: os.stat_result, interdits: int) -> None:
    if not stat.S_ISREG(etat.st_mode):
        raise _refuse(chemin, "n’est pas un fichier ordinaire", "Remettez le fichier lui-même à sa place.")
    if sys.platform != "win32":
        if etat.st_uid not in {os.geteuid(), 0} and not est_root():
            remede = "Lancez la commande sous ce compte, ou rendez le fichier au compte du service (chown)."
            raise _refuse(chemin, "appartient à un autre compte", remede)
        if etat.st_mode & interdits:
            autres = "peut être changé par" if interdits == ECRIT_PAR_D_AUTRES else "est ouvert à"
            raise _refuse(chemin, f"{autres} d’autres comptes", f"Retirez-leur ce droit : chmod 600 « {chemin} ».")


def _refuse(chemin: Path, quoi: str, remede: str, detail: str | None = None) -> CoffreIllisible:
    return CoffreIllisible(f"Le fichier « {chemin} » {quoi}.", remede=remede, detail=detail or "")


def _reserve(provisoire: Path, chemin: Path) -> None:
    """The rights of a new file: its owner's alone; and the owner of the one it takes the place of, for an
    administrator who works on the vault of a service."""
    if sys.platform == "win32":
        droits = [mot for droit in DROITS_WINDOWS for mot in ("/grant:r", droit)]
        commande = ["icacls", str(provisoire), "/inheritance:r", *droits]
        subprocess.run(commande, check=False, capture_output=True)  # noqa: S603  (no shell; best effort)
    elif est_root():
        modele = chemin if chemin.exists() and chemin != provisoire else chemin.parent
        etat = modele.stat(follow_symlinks=False)
        os.chown(provisoire, etat.st_uid, etat.st_gid)


def _grave(dossier: Path) -> None:
    """The new name on the disk, not only in memory."""
    if sys.platform != "win32":
        descripteur = os.open(dossier, os.O_RDONLY)
        try:
            os.fsync(descripteur)
        finally:
            os.close(descripteur)


def _insiste(agit: Callable[[], Resultat]) -> Resultat:
    """Windows refuses to open or replace a file while another program does."""
    for _ in range(ESSAIS if sys.platform == "win32" else 0):
        try:
            return agit()
        except PermissionError:
            time.sleep(PAUSE_S)
    return agit()
