"""The options of our own: `--long` runs the tests marked `long` as well, `--matrice` writes the fault matrix."""

import os
from collections.abc import Iterator

import pytest

# pytest names the tests of the folder `banc/tests` after it, and would take that folder for the package `banc`
# unless the real one is already there.
import banc  # noqa: F401

LES_PLUS_LONGS = (
    "apps/connecteur/tests/matrice/test_matrice.py",
    "banc/tests/demo/test_bout_en_bout.py",
    "apps/connecteur/tests/coupures/test_coupures.py",
    "apps/connecteur/tests/planification/test_lanceur.py",
    "apps/connecteur/tests/cli/test_bout_en_bout.py",
    "apps/connecteur/tests/canaris/test_canaris.py",
    "apps/licences/tests/interface/test_accessibilite.py",
    "apps/connecteur/tests/web/test_accessibilite.py",
    "apps/connecteur/tests/web/test_navigateur.py",
    "apps/licences/tests/interface/test_navigateur.py",
    "apps/connecteur/tests/planification/test_horaires.py",
    "apps/connecteur/tests/planification/test_ouvriers.py",
    "libs/commun/tests/acces/test_navigateur.py",
    "libs/commun/tests/test_postgres_embarque.py",
    "apps/connecteur/tests/web/test_contrat_api.py",
    "apps/connecteur/tests/cli/test_heures.py",
)
"""Files of few tests that last: begun first, so that no worker ends alone with one of them."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--long` and `--matrice`."""
    parser.addoption("--long", action="store_true", help="run the tests marked « long » as well")
    parser.addoption("--matrice", metavar="FICHIER", help="write the fault matrix there instead of comparing with it")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest files first. Without `--long`, the long tests are skipped and say so."""
    rangs = {config.rootpath / fichier: rang for rang, fichier in enumerate(LES_PLUS_LONGS)}
    if parties := [str(fichier) for fichier in rangs if not fichier.exists()]:
        raise pytest.UsageError(f"conftest.py names tests that are gone: {parties}")
    items.sort(key=lambda item: rangs.get(item.path, len(rangs)))
    if config.getoption("--long"):
        return
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.skip(reason="long mode only: --long"))


@pytest.fixture(scope="session", autouse=True)
def aucun_trousseau(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The keys of the vaults of the tests go neither to the keyring nor to the home of who runs them."""
    avant = {nom: os.environ.get(nom) for nom in ("PYTHON_KEYRING_BACKEND", "XDG_CONFIG_HOME")}
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    os.environ["XDG_CONFIG_HOME"] = str(tmp_path_factory.mktemp("configuration"))
    yield
    for nom, valeur in avant.items():
        if valeur is None:
            os.environ.pop(nom, None)
        else:
            os.environ[nom] = valeur
