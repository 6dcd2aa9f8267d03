"""The operating system's keyring: Windows' Credential Manager, macOS' Keychain, the Secret Service, KWallet.

`keyring` also offers stores that keep nothing, fail, or write in clear: only those of the system count here.
"""

import threading
from typing import Any, Protocol

import structlog

SERVICE = "connecteur-sages"
MODULES_SURS = (
    "keyring.backends.Windows",
    "keyring.backends.macOS",
    "keyring.backends.SecretService",
    "keyring.backends.libsecret",
    "keyring.backends.kwallet",
)
CHAINE = "keyring.backends.chainer"

journal = structlog.get_logger(__name__)


class TrousseauRefuse(Exception):
    """The keyring is there but did not answer (locked, no session); the text is technical, without a secret."""


class Trousseau(Protocol):
    """Where keys are kept by the system, by their names."""

    @property
    def nom(self) -> str | None:
        """What to call it; None: there is none that keeps secrets."""
        ...

    def lit(self, ident: str, /) -> str | None:
        """Raises `TrousseauRefuse`."""
        ...

    def pose(self, ident: str, texte: str, /) -> None:
        """Raises `TrousseauRefuse`."""
        ...

    def retire(self, ident: str, /) -> None:
        """Nothing when it is not there. Raises `TrousseauRefuse`."""
        ...


class TrousseauSysteme:
    """The keyring of the account this program runs under. Nothing is asked of it before it is needed."""

    def __init__(self) -> None:
        self._verrou = threading.Lock()
        self._cherche = False
        self._magasin: Any = None

    @property
    def nom(self) -> str | None:
        """As the system calls it."""
        magasin = self._trouve()
        return None if magasin is None else str(magasin.name)

    def lit(self, ident: str, /) -> str | None:
        """Raises `TrousseauRefuse`."""
        lu = self._demande("get_password", ident)
        return None if lu is None else str(lu)

    def pose(self, ident: str, texte: str, /) -> None:
        """Raises `TrousseauRefuse`."""
        self._demande("set_password", ident, texte)

    def retire(self, ident: str, /) -> None:
        """Nothing when it is not there. Raises `TrousseauRefuse`."""
        if self.lit(ident) is not None:
            self._demande("delete_password", ident)

    def _demande(self, geste: str, *arguments: str) -> Any:
        magasin = self._trouve()
        if magasin is None:
            raise TrousseauRefuse("aucun trousseau du système")
        try:
            return getattr(magasin, geste)(SERVICE, *arguments)
        except Exception as exc:  # noqa: BLE001
            # Each store has errors of its own; their texts do not hold the value, but nothing promises it.
            raise TrousseauRefuse(type(exc).__name__) from None

    def _trouve(self) -> Any:
        with self._verrou:
            if not self._cherche:
                self._magasin = _magasin_sur()
                self._cherche = True
            return self._magasin


def _magasin_sur() -> Any:
    try:
        import keyring

        choisi: Any = keyring.get_keyring()
        candidats = list(choisi.backends) if type(choisi).__module__ == CHAINE else [choisi]
    except Exception as exc:  # noqa: BLE001 -- a broken store, or a wrong setting of keyring's: as good as none
        journal.warning("trousseau du système indisponible", raison=type(exc).__name__)
        return None
    for candidat in candidats:
        if type(candidat).__module__ in MODULES_SURS:
            if hasattr(candidat, "persist"):
                candidat.persist = "local machine"  # Windows would let it roam with the account
            return candidat
    return None
