"""What the flows need of the three systems: few methods each, implemented by `batigest`, `tampon`, `batisimply`.

Reads raise `ErreurTransitoire` or `ErreurPermanente` (see `connecteur.errors`) and nothing else. Every
implementation belongs to one dossier. Nothing here is opened before it is used.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from connecteur.domain.chantier import Chantier, Genre
from connecteur.domain.devis import Devis
from connecteur.domain.heure import CleSuivi, Creneau, CreneauResolu, LigneActuelle, LigneSuivi, Rubriques
from connecteur.domain.periode import Tranche
from connecteur.domain.plan import Action, Geste
from connecteur.domain.reglement import Dates
from connecteur.domain.rejet import MotifRejet, ObjetRejet, Rejet
from connecteur.domain.reprise import Annonce
from connecteur.domain.run import Fleche
from connecteur.domain.salarie import Salarie
from connecteur.domain.selection import ChantierFini
from connecteur.sync.ports.audit import Audit, Evenement, EvenementNote
from connecteur.sync.ports.litiges import TamponLitiges

__all__ = ["Audit", "Evenement", "EvenementNote"]  # from a file of their own


class Progression(Protocol):
    """Who is told how far a run is. `total` is 0 while it is not known."""

    def avance(self, fleche: Fleche, fait: int, total: int, message: str = "") -> None:
        """This arrow has done `fait` of `total`."""
        ...

    def annulation_demandee(self) -> bool:
        """Whether a person asked to stop; looked at between two slices or records."""
        ...


# --- Batigest -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Selection:
    """What the dossier says today: the open sites and the accepted devis (`heures_vendues` not yet attributed).

    In mode devis (`genre`) the records are the accepted devis themselves, complete.
    """

    chantiers: list[Chantier]
    devis_list: list[Devis]
    devis_nomment_chantier: bool
    """Whether this dossier's `Devis` names its site; else only the client links them."""
    genre: Genre = Genre.CHANTIER
    finis: Sequence[ChantierFini] = ()
    """The sites that are over: their devis may be among the accepted ones."""
    ecart_horloge_s: float | None = None
    """Seconds this machine's clock is ahead of SQL Server's."""


class LignesLues(Protocol):
    """The lines of one slice of SuiviMO. Equal `empreinte`, equal lines: they need not be looked at again."""

    @property
    def empreinte(self) -> str:
        """A digest of all the lines, whatever their order."""
        ...

    @property
    def lignes(self) -> Sequence[LigneActuelle]:
        """The lines; may be built when first used."""
        ...

    def empreinte_apres(self, actions: Sequence[Action]) -> str | None:
        """What `empreinte` will be once these writes are made, if nothing else happens; None when nobody can tell."""
        ...


@dataclass(frozen=True, slots=True)
class Refus:
    """A write that Batigest refused for good, alone."""

    action: Action
    detail: str


@dataclass(frozen=True, slots=True)
class Ecrites:
    """The outcome of a bulk write. Every action given is in exactly one of the three."""

    faites: list[Action] = field(default_factory=list)
    depassees: list[Action] = field(default_factory=list)
    """The line was no longer what the plan saw: nothing was written, plan again."""
    refusees: list[Refus] = field(default_factory=list)
    suite: bool = False
    """Whether what was written calls for another plan at once."""

    @property
    def entieres(self) -> bool:
        """Whether every action was carried out, and nothing follows from it."""
        return not (self.depassees or self.refusees or self.suite)


class DossierHeures(Protocol):
    """The Batigest end, as the heures flow sees it."""

    def check_suivi(self, en_plus: Collection[int] = ()) -> Rubriques:
        """Compare the schema with what writing needs. Raises `SchemaInattendu` naming every column at fault.

        `en_plus`: the numbers of further headings that hold something of ours, whether or not the settings name them
        still."""
        ...

    @property
    def ecart_horloge_s(self) -> float | None:
        """Seconds this machine's clock is ahead of SQL Server's; None where nothing that is compared bears a date."""
        ...

    def read_codes_chantiers(self) -> Mapping[str, str]:
        """The code a project may carry > the code its hours are written under, both as Batigest writes them.

        Every site, over or not, under its own code; and the devis that became projects, as the settings say."""
        ...

    def read_salaries(self) -> list[Salarie]:
        """Every employee."""
        ...

    def read_lignes(self, tranche: Tranche) -> LignesLues:
        """Every line of SuiviMO whose date falls in these local days."""
        ...

    def read_anciennes(self, tranche: Tranche, noms: tuple[str, str, str]) -> Sequence[LigneActuelle]:
        """The same lines, their quantities in these headings (hours, trajet, panier)."""
        ...

    def change_rubriques(self, actions: Sequence[Action], noms: tuple[str, str, str]) -> Ecrites:
        """Move these lines from those headings to the ones of today, as `write_lignes` writes: only where the old ones
        still hold `avant` and the new ones nothing."""
        ...

    def write_lignes(self, actions: Sequence[Action]) -> Ecrites:
        """Apply INSERER, CORRIGER, RETIRER and VIDER in one transaction, after checking that each line still is
        `avant`. Either everything not in `depassees`/`refusees` is committed, or an error is raised. A lost
        connection around the commit raises `ReponseIncertaine`."""
        ...


# --- BatiSimply ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CreneauIllisible:
    """A slot whose description could not be read, with its id (or "" when even that is missing)."""

    id: str
    raison: str
    brut: str = ""
    """What the server said of it, as far as it is short enough to be kept."""


@dataclass(frozen=True, slots=True)
class Lecture:
    """The slots of one slice, parsed."""

    creneaux: list[Creneau]
    illisibles: list[CreneauIllisible]
    champs_absents: frozenset[str] = frozenset()
    """Those of the further fields of the settings that no slot carries."""
    datee: bool = False
    """Whether BatiSimply says when they were changed."""


class TrancheLue(Protocol):
    """One slice that arrived whole. Equal `empreinte`, same bytes: it need not be parsed."""

    @property
    def empreinte(self) -> str:
        """A digest of everything the server answered."""
        ...

    def lit(self) -> Lecture:
        """Parse it."""
        ...

    def inconnus(self) -> Mapping[str, str]:
        """The numbers and yes-or-no fields that its slots carry and the connector does not know > « nombre » or
        « oui/non »."""
        ...


class Creneaux(Protocol):
    """The BatiSimply end, as the heures flow sees it. Safe to call from several threads."""

    @property
    def ecart_horloge_s(self) -> float | None:
        """Seconds this machine's clock is ahead of BatiSimply's; None before the first answer."""
        ...

    def read_codes_projets(self) -> dict[int, str]:
        """The code of every project by its id, "" where it has none; whole or an error."""
        ...

    def read_tranche(self, debut: datetime, fin: datetime) -> TrancheLue:
        """Every slot that starts between these instants (UTC), whole or an error."""
        ...


# --- Tampon -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ComptesStockage:
    """What storing a batch changed in the tampon."""

    nouveaux: int = 0
    modifies: int = 0
    sortis: int = 0
    """Marked as no longer selected (chantiers) or as gone (slots)."""
    inchanges: int = 0


class CreneauStocke(NamedTuple):
    """A slot with where it goes, or why it cannot go. All None: not looked at yet."""

    creneau: Creneau
    code_chantier: str | None
    code_salarie: str | None
    motif: MotifRejet | None
    detail: str = ""

    @property
    def resolu(self) -> CreneauResolu | None:
        """What a line is made from; None when the slot does not belong in Batigest."""
        c, code_chantier, code_salarie, motif, _ = self
        if motif is None and code_chantier and code_salarie and c.valide:
            return CreneauResolu(c.id, c.debut, c.minutes, c.trajet, c.panier, code_chantier, code_salarie, c.plus)
        return None


@dataclass(frozen=True, slots=True)
class EtatTranche:
    """What the tampon remembers of a slice. `None` digests: never read, or to be looked at again."""

    tranche: Tranche
    empreinte_creneaux: str | None
    empreinte_annuaire: str | None
    """The digest of the directory with which its slots were resolved."""
    empreinte_suivi: str | None
    """The digest of SuiviMO's lines when slots and lines last agreed with nothing left to write."""


class TamponHeures(TamponLitiges, Protocol):
    """The tampon, as the heures flow sees it."""

    def read_etat(self, tranche: Tranche) -> EtatTranche:
        """What is known of this slice. A slice read with another end (today's, yesterday) is never up to date."""
        ...

    def read_etats(self, tranches: Sequence[Tranche]) -> dict[Tranche, EtatTranche]:
        """The same for many slices."""
        ...

    def store_creneaux(
        self,
        tranche: Tranche,
        creneaux: Sequence[CreneauStocke],
        *,
        illisibles: Sequence[CreneauIllisible],
        empreinte: str,
        empreinte_annuaire: str,
        run: str,
    ) -> ComptesStockage:
        """Upsert the slots of a slice that arrived whole and mark as gone every known slot of these local days that
        is neither among them nor among `illisibles`, in one transaction. An unreadable slot without an id
        ("") may be any of them: then none is marked. Any change clears the
        `empreinte_suivi` of every slice it touches (a slot that moved touches the one it left, too), and keeps
        the rejets of these slots in step (validated slots with a reason are open rejets)."""
        ...

    def suit_une_lecture(self, run: str, delai: timedelta) -> bool:
        """Whether this run began by itself, and less than that long after the whole window was read by another."""
        ...

    def note_lecture_creneaux(self, depuis: timedelta) -> None:
        """The whole window was read, beginning so long ago: what a later reading shows changed happened since."""
        ...

    def list_creneaux(self, tranche: Tranche) -> list[CreneauStocke]:
        """Every present slot whose local start falls in the slice, validated or not."""
        ...

    def list_resolus(self, tranche: Tranche) -> list[CreneauResolu]:
        """Those of them that belong in Batigest: validated, chantier and salarié known."""
        ...

    def list_en_plus(self) -> frozenset[int]:
        """The numbers of the further headings in which lines of ours hold something."""
        ...

    def list_lignes(self, tranche: Tranche) -> list[LigneSuivi]:
        """The lines we own in the slice, as last confirmed."""
        ...

    def list_annoncees(self, tranche: Tranche) -> list[Action]:
        """Writes announced and never confirmed (a power cut), oldest first."""
        ...

    def announce(self, run: str, actions: Sequence[Action]) -> Annonce:
        """Note, durably, writes that are about to be made in Batigest."""
        ...

    def confirm_annonce(self, run: str, annonce: Annonce, *, sauf: Sequence[Action] = ()) -> None:
        """All that was announced is done, except these: all enter the history, the lines we own follow. Nothing happens
        when the note was settled meanwhile."""
        ...

    def confirm(
        self, run: str, *, faites: Sequence[Action], abandonnees: Sequence[Action], sans_ecriture: Sequence[Action]
    ) -> None:
        """Settle writes announced by an interrupted run and note ADOPTER/OUBLIER actions, in one transaction, with
        their place in the history: `faites` and ADOPTER make or change the lines we own, RENDRE gives them back as
        they were, the others end them. The decisions that were carried out are over."""
        ...

    def settle_tranche(
        self,
        tranche: Tranche,
        *,
        empreinte_suivi: str | None,
        constats: Sequence[Action],
        refus: Sequence[Rejet],
        run: str,
        dates: Mapping[CleSuivi, Dates] | None = None,
    ) -> None:
        """End of a slice: remember its digest (None: look again next time) and the standing CONFLIT, REPRISE and
        PERIODE_CLOSE actions and refused lines, which replace those known for these days. A line the policy leaves to
        Batigest becomes a decision: it stands, whatever the policy is later. `dates` are those it was judged by."""
        ...

    def list_inexpliques(self, tranche: Tranche) -> list[str]:
        """Ids of present, validated slots that are neither resolved nor in an open rejet: always empty, or a fault."""
        ...

    def count_constats(self) -> dict[Geste, int]:
        """How many standing actions of each kind the dossier has, whatever the slice."""
        ...

    def list_rejets_ouverts(self) -> list[Rejet]:
        """Every open rejet of the dossier that nobody ignores, most recent first."""
        ...

    def count_rejets_ouverts(self, objet: ObjetRejet) -> int:
        """How many of this kind are open and not ignored."""
        ...

    def retente_rejets(self, tranches: Sequence[Tranche], run: str) -> None:
        """Count one more attempt for the rejets of slots of these slices: read again, unchanged, still refused."""
        ...


class Verrou(Protocol):
    """One run at a time per dossier, across processes and machines."""

    def exclusif(self) -> AbstractContextManager[None]:
        """Hold the dossier; raises `DossierOccupe` at once when another run holds it."""
        ...


def cle_texte(cle: CleSuivi) -> str:
    """The key of a line as one text, for journals and rejets."""
    return f"{cle.code_chantier}/{cle.code_salarie}/{cle.debut:%Y-%m-%dT%H:%M}"
