"""What a run bears before it stops."""

from collections.abc import Iterator
from contextlib import contextmanager

from connecteur.domain.run import Bilan, Incident
from connecteur.errors import (
    AccesRefuse,
    Annule,
    ConfigurationInvalide,
    ErreurConnecteur,
    ReponseIncertaine,
    SchemaInattendu,
)
from connecteur.sync.ports import Progression

ECHECS_DE_SUITE = 3
"""So many slices failing one after the other is the service failing: the run stops instead of insisting."""

# After an uncertain commit nothing more is written before the next run has looked.
FATALES = (AccesRefuse, Annule, ConfigurationInvalide, SchemaInattendu, ReponseIncertaine)


class Tolerance:
    """One slice that fails leaves the others alone; several in a row, or a refused access, stop the run."""

    def __init__(self, bilan: Bilan) -> None:
        self._bilan = bilan
        self._de_suite = 0

    @contextmanager
    def tranche(self, quoi: str) -> Iterator[None]:
        """Run one slice; note its failure as an incident."""
        try:
            yield
        except ErreurConnecteur as exc:
            self.echec(quoi, exc)
        else:
            self.reussite()

    def echec(self, quoi: str, exc: ErreurConnecteur) -> None:
        """Note the failure of a slice as an incident, or raise it when the run must stop."""
        if isinstance(exc, FATALES):
            raise exc
        self._de_suite += 1
        if self._de_suite >= ECHECS_DE_SUITE:
            raise exc
        self._bilan.incidents.append(Incident(f"{quoi} : {exc.message}", exc.remede, exc.detail))

    def reussite(self) -> None:
        """A slice is done."""
        self._de_suite = 0


def verifie_annulation(progression: Progression) -> None:
    """Raises `Annule` when a person asked to stop."""
    if progression.annulation_demandee():
        raise Annule("La synchronisation a été annulée.")
