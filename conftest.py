"""The options of our own: `--long` runs the tests marked `long` as well, `--matrice` writes the fault matrix."""

import os
from collections.abc import Iterator

import pytest

# pytest names the tests of the folder `banc/tests` after it, and would take that folder for the package `banc`
# unless the real one is already there.
import banc  # noqa: F401


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--long` and `--matrice`."""
    parser.addoption("--long", action="store_true", help="run the tests marked « long » as well")
    parser.addoption("--matrice", metavar="FICHIER", help="write the fault matrix there instead of comparing with it")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without `--long`, the long tests are skipped and say so."""
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
