"""What the tampon knows and keeps for the pages."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from connecteur.domain.page import PAR_PAGE, Page
from connecteur.domain.rejet import EtatRejet, MotifRejet, ObjetRejet, Rejet, RejetSuivi
from connecteur.sync.ports import EvenementNote


class Rejets(Protocol):
    """What could not be delivered, and what people decide about it."""

    def list_rejets_ouverts(self) -> Sequence[Rejet]:
        """Every open rejet of the dossier, most recent first."""
        ...

    def list_rejets(
        self,
        *,
        motif: MotifRejet | None = None,
        objet: ObjetRejet | None = None,
        etat: EtatRejet = EtatRejet.OUVERT,
        recherche: str | None = None,
        page: int = 1,
        par_page: int = PAR_PAGE,
    ) -> Page[RejetSuivi]:
        """One page of the rejets in this state, most recent first."""
        ...

    def count_rejets(self, etat: EtatRejet = EtatRejet.OUVERT) -> Mapping[MotifRejet, int]:
        """How many rejets of each reason are in this state."""
        ...

    def lit_rejet(self, ident: int) -> RejetSuivi:
        """One rejet. Raises `Introuvable`."""
        ...

    def ignore_rejet(self, ident: int, qui: str, raison: str) -> RejetSuivi:
        """It need not be delivered. Raises `Introuvable` when it is resolved already."""
        ...

    def renvoie_rejet(self, ident: int, qui: str) -> RejetSuivi:
        """The next run looks at the record again. Raises `Introuvable` when it is resolved already."""
        ...


class Audit(Protocol):
    """The audit trail: append-only."""

    def list_evenements(
        self, objet: str | None = None, cle: str | None = None, limite: int = 200, avant: int | None = None
    ) -> Sequence[EvenementNote]:
        """The events, most recent first; `avant` is the id of the last one of the page before."""
        ...


class Installation(Protocol):
    """The tables of the tampon."""

    def migre(self) -> Sequence[int]:
        """Create them or bring them up to date; the numbers of the migrations applied now."""
        ...


class Codes(Protocol):
    """Who is who, looked up again for the slots that are known."""

    def resout_codes(self) -> str:
        """Do it now; the run that was noted. Takes seconds. Raises `DossierOccupe` while a run holds the dossier."""
        ...
