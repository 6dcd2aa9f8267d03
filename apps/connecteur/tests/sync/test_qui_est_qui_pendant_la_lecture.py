"""The first slices are asked for while who is who is being read: a failure of the latter must end both."""

from typing import Any

import pytest

from connecteur.domain.run import Fleche
from connecteur.errors import ServiceInjoignable

from .litiges import MARDI


@pytest.mark.timeout(20)
def test_when_who_is_who_cannot_be_read_the_arrow_ends_and_nothing_is_stored(avec_projets: Any) -> None:
    avec_projets.saisit("1", MARDI)

    def panne(etape: str) -> None:
        if etape == "read_projets":
            raise ServiceInjoignable("BatiSimply ne répond pas.")

    avec_projets.batisimply.panne = panne
    with pytest.raises(ServiceInjoignable):
        avec_projets.fleche(Fleche.PULL_HEURES)
    avec_projets.batisimply.panne = lambda _etape: None
    avec_projets.sync_heures()
    assert avec_projets.heures() == {("CH1", "S1", "24/06 08:00"): "7.5"}
