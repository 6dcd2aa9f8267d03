"""A run that the licence refuses, on a real tampon that goes away at the worst moment."""

import contextlib
import threading
from typing import Any

import pytest

from connecteur.domain.run import REFUS_LICENCE, Fleche, Flux, Incident, Verdict
from connecteur.errors import ServiceInjoignable
from connecteur.planification.execution import ArretDemande, Atelier, Patience, execute_run
from connecteur.planification.rapport import Demande
from connecteur.planification.suivi import Suivi
from connecteur.tampon.tampon import Tampon

from .conftest import Fleches

REFUS = Incident("Cette licence a expiré.", "Écrivez au support.", code=REFUS_LICENCE)
DEMANDE = Demande("refuse-1", Flux.HEURES, "essai")


class Refuse:
    """A licence that is over."""

    def admet(self, _run: str, _quoi: Flux | Fleche, /) -> Incident | None:
        return REFUS


def _tombe(*_: Any, **__: Any) -> None:
    raise ServiceInjoignable("La base tampon ne répond pas.")


@pytest.mark.parametrize("geste", ["ouvre", "refuse", "termine"])
def test_a_refused_run_that_is_resumed_is_never_taken_for_one_that_has_begun(
    geste: str, tampon: Tampon, fleches: Fleches, monkeypatch: pytest.MonkeyPatch
) -> None:
    atelier = Atelier(fleches.execute, tampon.runs, tampon.exclusif, Refuse(), Patience(tampon_s=0.5))
    arret = threading.Event()
    arret.set()  # the program stops while the tampon is away: the run stays pending
    with monkeypatch.context() as patch:
        patch.setattr(tampon.runs, geste, _tombe)
        with contextlib.suppress(ArretDemande):
            execute_run(atelier, DEMANDE, Suivi(DEMANDE.run, tampon.runs, arret), lambda _, fait: fait())
    suivi = Suivi(DEMANDE.run, tampon.runs, threading.Event())
    assert execute_run(atelier, DEMANDE, suivi, lambda _, fait: fait()) is Verdict.ECHEC
    assert fleches.faites == []
    note = tampon.runs.lit(DEMANDE.run)
    assert note is not None
    assert (note.verdict, note.erreur) == (Verdict.ECHEC, REFUS)
