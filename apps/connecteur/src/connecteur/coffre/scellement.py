"""Encrypts what the accounts keep in the tampon, by a key that only the vault holds."""

import base64
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from connecteur.coffre.coffre import Coffre
from connecteur.errors import CoffreIllisible
from sages_commun.systeme import verrou

NOM = "comptes.cle"
TAILLE = 32
NONCE = 12


class Scellement:
    """The second factors of the accounts. The key is drawn when the first one is turned on."""

    def __init__(self, coffre: Coffre, donnees: Path) -> None:
        self._coffre = coffre
        self._verrou = donnees / "comptes.verrou"

    def scelle(self, clair: bytes, place: str) -> bytes:
        """Encrypted, to be opened at this place only."""
        nonce = os.urandom(NONCE)
        return nonce + self._aes(a_tirer=True).encrypt(nonce, clair, place.encode())

    def ouvre(self, scelle: bytes, place: str) -> bytes:
        """What was encrypted. Raises `CoffreIllisible` when this vault is not the one that did it."""
        try:
            return self._aes(a_tirer=False).decrypt(scelle[:NONCE], scelle[NONCE:], place.encode())
        except (InvalidTag, ValueError) as exc:
            raise CoffreIllisible(
                "Le second facteur de ce compte a été activé avec un autre coffre que celui de cette machine.",
                remede="Restaurez le coffre d’origine, ou redonnez l’accès au compte : « connecteur comptes "
                "cree-administrateur … --retablir ».",
            ) from exc

    def _aes(self, *, a_tirer: bool) -> AESGCM:
        texte = self._coffre.lit(NOM)
        if texte is None and a_tirer:
            with verrou(self._verrou):  # another process may be drawing it
                texte = self._coffre.lit(NOM)
                if texte is None:
                    texte = base64.b64encode(secrets.token_bytes(TAILLE)).decode()
                    self._coffre.ecrit({NOM: texte})
        return AESGCM(base64.b64decode(texte or ""))
