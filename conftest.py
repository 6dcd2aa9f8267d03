"""The options of our own: `--long` runs the tests marked `long` as well, `--matrice` writes the fault matrix."""

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
