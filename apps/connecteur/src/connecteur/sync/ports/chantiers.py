"""What the flow of the chantiers needs of the three systems; the other flow’s needs are in `ports`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from connecteur.domain.chantier import Adresse, Champs, Chantier, Genre, Position
from connecteur.domain.fusion import Projet
from connecteur.domain.lien import ChantierSuivi, ConflitChantier, Drapeaux, Lien
from connecteur.domain.rejet import ObjetRejet, Rejet
from connecteur.domain.sortie import GardeChantiers
from connecteur.sync.ports import ComptesStockage, Selection


class DossierChantiers(Protocol):
    """The Batigest end."""

    def read_selection(self, aujourdhui: date) -> Selection:
        """What becomes a project today. Checks the schema first.

        Open sites (no end date, or an end date after `aujourdhui`) and accepted devis; in mode devis the accepted
        devis themselves.
        """
        ...


class Projets(Protocol):
    """The BatiSimply end. Safe to call from several threads."""

    @property
    def ecart_horloge_s(self) -> float | None:
        """Seconds this machine's clock is ahead of BatiSimply's; None before the first answer that told its date."""
        ...

    def read_projets(self) -> list[Projet]:
        """Every project, all pages, whole or an error."""
        ...

    def read_projet(self, ident: int) -> Projet | None:
        """One project as it is now; None when it does not exist."""
        ...

    def create_projet(self, champs: Champs, position: Position | None = None) -> Projet:
        """Create, and return what the server stored. `ReponseIncertaine` when it may have been created: look first.
        `EnregistrementRefuse` when the server refuses this record for good."""
        ...

    def replace_projet(
        self, projet: Projet, champs: Champs, drapeaux: Drapeaux | None = None, position: Position | None = None
    ) -> Projet:
        """Lay these over the whole object (`projet.brut`, just read) and PUT it; return what was stored."""
        ...


class Adresses(Protocol):
    """The address service. Safe to call from several threads."""

    def situe(self, adresse: Adresse) -> Position | None:
        """Where this address is; None when the service is not sure of it. Raises `ErreurConnecteur`."""
        ...


class TamponChantiers(Protocol):
    """The tampon. Everything is of one kind (`genre`): the other's records, links and conflicts are left alone."""

    def store_chantiers(
        self, chantiers: Iterable[Chantier], run: str, genre: Genre = Genre.CHANTIER, lu_le: datetime | None = None
    ) -> ComptesStockage:
        """Upsert the selection by code, in one transaction; a site that is no longer in it is marked, not deleted.

        `lu_le` (aware; now, if left out) is when it was read. A value that changed is dated: by its record where that
        says when it changed, else since the reading before.
        """
        ...

    def list_chantiers(self, genre: Genre = Genre.CHANTIER) -> list[ChantierSuivi]:
        """The sites of the selection, by code."""
        ...

    def list_sortis(self, genre: Genre = Genre.CHANTIER) -> list[ChantierSuivi]:
        """The sites that left the selection and whose project we have not closed, by code."""
        ...

    def list_projets_lies(self, genre: Genre) -> dict[int, str]:
        """Every project linked to a record of that kind > the record's code."""
        ...

    def read_lecture_projets(self, genre: Genre = Genre.CHANTIER) -> datetime | None:
        """When BatiSimply's projects were last read by a push that went to its end."""
        ...

    def note_lecture_projets(self, le: datetime, genre: Genre = Genre.CHANTIER) -> None:
        """Such a push began then."""
        ...

    def save_liens(self, liens: Sequence[Lien], genre: Genre = Genre.CHANTIER) -> None:
        """Note links and agreements, in one transaction."""
        ...

    def annonce_reglements(self, regles: Sequence[ConflitChantier], run: str, genre: Genre = Genre.CHANTIER) -> None:
        """These are about to be settled: whatever happens then, what is overwritten can be found again."""
        ...

    def replace_conflits_chantiers(
        self,
        conflits: Sequence[ConflitChantier],
        divergences: Sequence[ConflitChantier],
        run: str,
        *,
        regles: Sequence[ConflitChantier] = (),
        depassees: Sequence[tuple[str, str]] = (),
        genre: Genre = Genre.CHANTIER,
    ) -> None:
        """These are the conflicts and divergences of chantiers now; what is no longer among them is closed.

        `regles` were settled by this run, `depassees` (code, field) are decisions about values that moved since.
        Nothing is forgotten: a difference whose values moved is closed and another one opened. A decision is over
        once it was carried out or overtaken.
        """
        ...

    def replace_rejets(self, objet: ObjetRejet, rejets: Sequence[Rejet], run: str) -> None:
        """These are the rejets of this kind now: new ones open, known ones get a new attempt, others are resolved. An
        ignored one whose record changed is open again."""
        ...

    def count_rejets_ouverts(self, objet: ObjetRejet) -> int:
        """How many of this kind are open and not ignored."""
        ...

    def read_garde_chantiers(self, genre: Genre = Genre.CHANTIER) -> GardeChantiers | None:
        """The closing that waits to be confirmed, or was confirmed and has not happened; None: none."""
        ...

    def demande_garde_chantiers(
        self, codes: Sequence[str], restent: int, run: str, genre: Genre = Genre.CHANTIER
    ) -> None:
        """Ask a person to confirm that these are closed. The same question asked again stays the one that stands."""
        ...

    def leve_garde_chantiers(self, run: str, genre: Genre = Genre.CHANTIER) -> None:
        """There is nothing to confirm any more: it was done, or the selection came back."""
        ...

    def list_positions(self, adresses: Sequence[Adresse]) -> Mapping[Adresse, Position | None]:
        """What the address service said of these, as far as it was asked; None: that it is not sure."""
        ...

    def save_positions(self, positions: Mapping[Adresse, Position | None]) -> None:
        """Remember what it said."""
        ...
