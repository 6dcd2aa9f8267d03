"""The real parts, for the import of the previous generation."""

from collections.abc import Iterator

import pytest
from apps.connecteur.tests.pieces.machines import Machines, demarre


@pytest.fixture(scope="session")
def machines() -> Iterator[Machines]:
    with demarre() as machines:
        yield machines


@pytest.fixture
def source(machines: Machines) -> Iterator[str]:
    """An empty database for the old tampon."""
    yield machines.tampon.create_base("ancien")
    machines.tampon.drop_base("ancien")
