"""Vaults of several kinds, and a keyring that a test holds in its hand."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from connecteur.coffre import Coffre
from connecteur.coffre.trousseau import TrousseauRefuse
from connecteur.settings.secrets import feuilles

SECRETS = {
    "batigest.mot_de_passe": "mdp-é;\"'{}",
    "dossiers.sud.batisimply.mot_de_passe": "autre\nligne",
    "licence.bail": "x" * 3000,
}
REGLAGES = {"batigest": {"base": "BTG_DOS_DEMO", "port": 1433}, "web": {"hote": "127.0.0.1"}}


@dataclass
class TrousseauDEssai:
    """A keyring of the system, as one that can be locked, emptied or absent."""

    nom: str | None = "Trousseau d’essai"
    ferme: bool = False
    cles: dict[str, str] = field(default_factory=dict)

    def lit(self, ident: str, /) -> str | None:
        self._ouvert()
        return self.cles.get(ident)

    def pose(self, ident: str, texte: str, /) -> None:
        self._ouvert()
        self.cles[ident] = texte

    def retire(self, ident: str, /) -> None:
        self._ouvert()
        self.cles.pop(ident, None)

    def _ouvert(self) -> None:
        if self.nom is None or self.ferme:
            raise TrousseauRefuse("KeyringLocked")


@pytest.fixture
def trousseau() -> TrousseauDEssai:
    return TrousseauDEssai()


@pytest.fixture
def coffre(tmp_path: Path, trousseau: TrousseauDEssai) -> Coffre:
    """A vault that holds `SECRETS` and `REGLAGES`, its key in the keyring."""
    coffre = Coffre(tmp_path / "donnees", environ={}, trousseau=trousseau)
    coffre.ecrit(SECRETS, dict(feuilles(REGLAGES)))
    return coffre


@pytest.fixture
def rouvre(coffre: Coffre, trousseau: TrousseauDEssai) -> Callable[[], Coffre]:
    """The same vault, as another program would open it."""
    return lambda: Coffre(coffre.fichier.parent, environ={}, trousseau=trousseau)
