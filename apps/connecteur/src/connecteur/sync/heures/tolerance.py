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
        except (AccesRefuse, Annule, ConfigurationInvalide, SchemaInattendu, ReponseIncertaine):
            # After an uncertain commit nothing more is written before the next run has looked.
            raise
        except ErreurConnecteur as exc:
            self._de_suite += 1
            if self._de_suite >= ECHECS_DE_SUITE:
                raise
            self._bilan.incidents.append(Incident(f"{quoi} : {exc.message}", exc.remede, exc.detail))
        else:
            self._de_suite = 0


def verifie_annulation(progression: Progression) -> None:
    """Raises `Annule` when a person asked to stop."""
    if progression.annulation_demandee():
        raise Annule("La synchronisation a été annulée.")
