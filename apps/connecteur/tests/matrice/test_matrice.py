"""The fault matrix: every fault against every arrow, on real parts. Nothing is lost in any cell.

What each cell must end as is written in `docs/pannes.md`; `python run.py matrice` plays it all and writes that page.
"""

import pytest
from apps.connecteur.tests.pieces.machines import Machines

from connecteur.domain.run import Fleche

from .jeu import Etat, joue
from .pannes import PANNES, Duree, Panne
from .tableau import TITRES, Tableau, cellules, lit_ensemble, verdicts_ecrits

CELLULES = [pytest.param(panne, fleche, id=f"{panne.nom}-{fleche.value}") for panne, fleche in cellules()]


@pytest.mark.parametrize(("panne", "fleche"), CELLULES)
def test_nothing_is_lost_nor_doubled_and_the_verdict_is_the_one_documented(  # noqa: PLR0917 - fixtures
    machines: Machines,
    sans_panne: Etat,
    tableau: Tableau,
    page: str,
    pytestconfig: pytest.Config,
    panne: Panne,
    fleche: Fleche,
) -> None:
    verdicts = []
    for duree in Duree:
        issue = joue(machines, panne, fleche, duree, sans_panne)
        # Whatever is not a success says so with a sentence.
        assert issue.message or issue.verdict.value == "réussi"
        tableau.note(panne, fleche, duree, issue)
        verdicts.append(issue.verdict.value)
    if pytestconfig.getoption("--matrice") is None:
        assert verdicts_ecrits(page)[panne.nom, fleche] == " / ".join(verdicts)


def test_the_page_has_a_row_per_fault_and_says_why_a_cell_has_nothing_to_try(page: str) -> None:
    colonnes, rangs = lit_ensemble(page)
    assert colonnes == ["panne", *TITRES.values()]
    assert list(rangs) == [f"{panne.systeme} : {panne.nom}" for panne in PANNES]
    for panne in PANNES:
        cases = rangs[f"{panne.systeme} : {panne.nom}"]
        assert len(cases) == len(Fleche)
        for fleche, case in zip(Fleche, cases, strict=True):
            raison = panne.raison_absente(fleche)
            assert case.startswith("— : ") is bool(raison)
            assert not raison or case == f"— : {raison}"
