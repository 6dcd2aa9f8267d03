"""Passwords: Argon2id, and the ones nobody should choose."""

import base64
import secrets
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from sages_commun.acces.domaine import Encombrement, SaisieRefusee

LONGUEUR_MIN = 12
LONGUEUR_MAX = 128
LONGUEUR_MOT = 4
"""A shorter part of a name is in too many words."""
LONGUEUR_ESTIMEE = 72
FORCE_MIN = 3
"""zxcvbn's: at least 10^8 guesses by somebody who knows what people choose."""
FRANCAIS = (
    "motdepasse", "mot de passe", "azerty", "azertyuiop", "qsdfghjklm", "wxcvbn", "bonjour", "bienvenue", "soleil",
    "doudou", "loulou", "chouchou", "jetaime", "administrateur", "entreprise", "batiment", "chantier", "chantiers",
    "connecteur", "sages", "groupesages", "groupe-sages", "batigest", "batisimply", "licence", "licences",
)  # fmt: skip
"""What English lists of passwords leave out."""
SIMULTANES = 2
"""Argon2 takes 64 MiB at a time: a crowd at the door must not take them all."""
FILE = 8
"""How many may wait for that: nor may it take every thread that answers."""

RFC_9106 = PasswordHasher()
"""Argon2id, 64 MiB, 3 passes, 4 lanes: the second choice of RFC 9106, which is the library's own."""


class MotsDePasse:
    """Hashes and verifies. Safe to share between threads."""

    def __init__(self, hacheur: PasswordHasher = RFC_9106) -> None:
        self._hacheur = hacheur
        self._places = threading.BoundedSemaphore(SIMULTANES)
        self._file = threading.BoundedSemaphore(SIMULTANES + FILE)
        self._leurre = _leurre(hacheur)

    @contextmanager
    def place(self) -> Iterator[None]:
        """Held around the methods below, by few at a time. Raises `Encombrement` when too many wait already."""
        if not self._file.acquire(blocking=False):
            raise Encombrement
        try:
            with self._places:
                yield
        finally:
            self._file.release()

    def hache(self, clair: str) -> str:
        """What is kept of this password."""
        return self._hacheur.hash(_lit(clair))

    def verifie(self, hache: str | None, clair: str) -> bool:
        """Whether it is this password. For an account that has none the same work is done, and it is not."""
        try:
            return self._hacheur.verify(hache or self._leurre, _lit(clair)) and hache is not None
        except (VerificationError, InvalidHashError):
            return False

    def est_a_refaire(self, hache: str) -> bool:
        """Whether it was hashed with other parameters than today's."""
        return self._hacheur.check_needs_rehash(hache)


def check_mot_de_passe(clair: str, *, nom: str, courriel: str) -> None:
    """Raises `SaisieRefusee` saying what is wrong with this choice."""
    lu = _lit(clair)
    if len(lu) < LONGUEUR_MIN:
        raise _refus(f"Ce mot de passe est trop court : {LONGUEUR_MIN} caractères au moins.")
    if len(lu) > LONGUEUR_MAX:
        raise _refus(f"Ce mot de passe est trop long : {LONGUEUR_MAX} caractères au plus.")
    plat = _plat(lu)
    siens = [mot for mot in _mots(f"{nom} {courriel}") if len(mot) >= LONGUEUR_MOT]
    if any(mot in plat for mot in siens):
        raise _refus("Ce mot de passe contient votre nom ou votre adresse.")
    from zxcvbn import zxcvbn  # half a second of word lists, for the few who choose a password

    if zxcvbn(lu[:LONGUEUR_ESTIMEE], user_inputs=[*FRANCAIS, *siens])["score"] < FORCE_MIN:
        raise _refus("Ce mot de passe est de ceux qu’on devine vite.")


def _refus(message: str) -> SaisieRefusee:
    return SaisieRefusee("mot_de_passe", message, "Quatre ou cinq mots sans rapport entre eux conviennent très bien.")


def _lit(clair: str) -> str:
    # « é » is typed as one character here and as two there.
    return unicodedata.normalize("NFKC", clair)


def _plat(texte: str) -> str:
    nu = "".join(c for c in unicodedata.normalize("NFKD", texte) if not unicodedata.combining(c))
    return nu.casefold()


def _mots(texte: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in _plat(texte)).split()


def _leurre(hacheur: PasswordHasher) -> str:
    """A hash that no password has, and that costs as much to verify as any other."""

    def texte(octets: int) -> str:
        return base64.b64encode(secrets.token_bytes(octets)).decode().rstrip("=")

    genre = {Type.ID: "argon2id", Type.I: "argon2i", Type.D: "argon2d"}[hacheur.type]
    couts = f"m={hacheur.memory_cost},t={hacheur.time_cost},p={hacheur.parallelism}"
    return f"${genre}$v=19${couts}${texte(hacheur.salt_len)}${texte(hacheur.hash_len)}"
