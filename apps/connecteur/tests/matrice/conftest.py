"""The machines of the matrix, and the page it becomes: written with `--matrice FICHIER`, compared without."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from apps.connecteur.tests.pieces.machines import Machines, demarre

from banc.batigest import pannes as pannes_batigest

from .jeu import Etat, reference
from .tableau import Tableau

TABLEAU = pytest.StashKey[Tableau]()
PAGE = Path(__file__).parents[4] / "docs" / "pannes.md"


def pytest_configure(config: pytest.Config) -> None:
    config.stash[TABLEAU] = Tableau()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the matrix, and write its page."""
    fichier, tableau = config.getoption("--matrice"), config.stash[TABLEAU]
    if fichier is None or not tableau.complet:
        return
    page = tableau.page()
    Path(fichier).write_text(page, encoding="utf-8")
    terminalreporter.write_line("")
    terminalreporter.write(page.partition("\n## Vue d’ensemble\n")[2].partition("\n## Le détail")[0])
    terminalreporter.write_line(f"\nÉcrit : {fichier}")


@pytest.fixture(scope="session")
def machines() -> Iterator[Machines]:
    with demarre() as machines:
        yield machines


@pytest.fixture(scope="session")
def sans_panne(machines: Machines) -> Etat:
    return reference(machines)


@pytest.fixture
def tableau(pytestconfig: pytest.Config) -> Tableau:
    return pytestconfig.stash[TABLEAU]


@pytest.fixture
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _rien_ne_reste(machines: Machines) -> Iterator[None]:
    """A cell that failed half-way leaves no fault in force for the next one."""
    yield
    machines.batisimply.pannes.vide()
    pannes_batigest.oublie_tout(machines.postgres_batigest)
    machines.tampon.start()
