"""What a run bears before it stops."""

from collections.abc import Iterator
from contextlib import contextmanager

from connecteur.domain.periode import Tranche
from connecteur.domain.run import Bilan, Incident
from connecteur.errors import (
    AccesRefuse,
    Annule,
    ConfigurationInvalide,
    DossierOccupe,
    ErreurConnecteur,
    ErreurTransitoire,
    ReponseIncertaine,
    SchemaInattendu,
)
from connecteur.sync.ports import Progression

ECHECS_DE_SUITE = 3
"""So many slices failing one after the other is the service failing: the run stops instead of insisting."""

# After an uncertain commit nothing more is written before the next run has looked.
FATALES = (AccesRefuse, Annule, ConfigurationInvalide, DossierOccupe, SchemaInattendu, ReponseIncertaine)


class Tolerance:
    """One slice that fails leaves the others alone; several in a row, or a refused access, stop the run.

    A failure that may pass (a deadlock, a line cut once) is met again at the end of the arrow, when time has passed.
    """

    def __init__(self, bilan: Bilan, quoi: str) -> None:
        self._bilan = bilan
        self._quoi = quoi
        """What did not happen to a slice that failed: « non lues »."""
        self._de_suite = 0
        self._reportees: list[Tranche] = []
        self._dernier_essai = False
        self.entier = True
        """Whether no slice was given up."""

    @contextmanager
    def tranche(self, tranche: Tranche) -> Iterator[None]:
        """Run one slice; put it off, or note its failure as an incident."""
        try:
            yield
        except ErreurConnecteur as exc:
            self.echec(tranche, exc)
        else:
            self.reussite()

    def echec(self, tranche: Tranche, exc: ErreurConnecteur) -> None:
        """Put a slice that failed off, or note it as an incident; raise its error when the run must stop."""
        if isinstance(exc, FATALES):
            raise exc
        self._de_suite += 1
        if self._de_suite >= ECHECS_DE_SUITE:
            raise exc
        if isinstance(exc, ErreurTransitoire) and not self._dernier_essai:
            self._reportees.append(tranche)
            return
        self.entier = False
        phrase = f"Heures {tranche} {self._quoi} : {exc.message}"
        self._bilan.incidents.append(Incident(phrase, exc.remede, exc.detail))

    def reussite(self) -> None:
        """A slice is done."""
        self._de_suite = 0

    def second_essai(self) -> list[Tranche]:
        """The slices that were put off: what goes wrong with them from here on is an incident."""
        self._dernier_essai, self._de_suite = True, 0
        return self._reportees


def verifie_annulation(progression: Progression) -> None:
    """Raises `Annule` when a person asked to stop."""
    if progression.annulation_demandee():
        raise Annule("La synchronisation a été annulée.")
