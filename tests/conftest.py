"""What the tests of the repository itself share."""

import subprocess
from pathlib import Path

import pytest

RACINE = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def racine() -> Path:
    """The root of the checkout."""
    return RACINE


@pytest.fixture(scope="session")
def fichiers_suivis(racine: Path) -> list[Path]:
    """The files that git follows; the whole tree, in an archive without git."""
    resultat = subprocess.run(["git", "ls-files", "-z"], cwd=racine, capture_output=True, text=True, check=False)
    noms = [nom for nom in resultat.stdout.split("\0") if nom]
    fichiers = [racine / nom for nom in noms if (racine / nom).is_file()]
    assert fichiers, "not a git checkout"
    return fichiers
