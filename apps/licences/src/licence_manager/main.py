"""`uvicorn licence_manager.main:app`."""

from collections.abc import Iterator
from contextlib import contextmanager

from licence_manager import journal
from licence_manager.bootstrap import Maison, ouvre
from licence_manager.settings import charge
from licence_manager.web.app import create_app


@contextmanager
def ouvre_selon_reglages() -> Iterator[Maison]:
    """Everything, as the environment says. Raises `ConfigurationInvalide`, `BaseIndisponible`."""
    journal.prepare()
    with ouvre(charge()) as maison:
        yield maison


journal.tait_les_adresses()
app = create_app(ouvre_selon_reglages)
