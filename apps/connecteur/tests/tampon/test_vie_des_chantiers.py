"""The random life of the sites (`tests/sync`), on the real tampon: what holds in memory holds on PostgreSQL."""

from dataclasses import replace
from typing import Any

import pytest

from connecteur.tampon.tampon import Tampon

from ..sync.conftest import Entreprise  # noqa: TID252 - the firm of the flows' tests
from ..sync.test_vie_des_chantiers import Mois  # noqa: TID252 - idem


@pytest.mark.parametrize("graine", range(4))
def test_no_human_edit_is_lost_and_runs_converge_on_postgresql(tampon: Tampon, graine: int) -> None:
    firme: Any = Entreprise()
    firme.tampon = tampon
    firme.bouts = replace(firme.bouts, tampon=tampon)
    mois = Mois(graine, firme)
    for _ in range(8):
        mois.joue()
        mois.synchronise()
