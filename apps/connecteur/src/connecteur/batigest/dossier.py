"""One dossier of Batigest, as the flows see it."""

from collections.abc import Callable, Collection, Sequence
from datetime import date
from threading import Lock, RLock
from types import TracebackType
from typing import Self
from zoneinfo import ZoneInfo

from connecteur.batigest import insertion, read, salaries, selection, write
from connecteur.batigest.connection import Connexion, Ligne
from connecteur.batigest.lignes import LignesDuSuivi
from connecteur.batigest.suivi import Fiches, Suivi, avec_rubriques, read_suivi
from connecteur.domain.chantier import Genre
from connecteur.domain.heure import LigneActuelle, Rubriques, normalise_code
from connecteur.domain.periode import Tranche
from connecteur.domain.plan import Action
from connecteur.domain.salarie import Salarie
from connecteur.errors import ErreurConnecteur
from connecteur.settings import ReglagesBatigest, ReglagesChantiers, ReglagesRubriques
from connecteur.settings.chantiers import CodeSuivi
from connecteur.sync.ports import Ecrites, LignesLues, Selection

PARIS = ZoneInfo("Europe/Paris")


class Dossier:
    """Implements `DossierChantiers` and `DossierHeures`.

    Nothing is opened before the first call, and a call after `close` opens again. Calls from several threads follow
    one another; but two may read lines at once, on two sessions. Dates of Batigest are local times of `fuseau`.
    """

    def __init__(
        self,
        reglages: ReglagesBatigest,
        rubriques: ReglagesRubriques,
        *,
        chantiers: ReglagesChantiers | None = None,
        mode: Genre = Genre.CHANTIER,
        fuseau: ZoneInfo = PARIS,
        colonne_modification: str = "",
        devis_envoyes: Callable[[], Collection[str]] = tuple,
        en_plus: Collection[int] = (),
    ) -> None:
        """`devis_envoyes` gives the codes of the devis that have a project: their hours go on being written when
        the mode is chantier again. `en_plus`: the numbers of the further headings that the settings name."""
        self._connexion = Connexion(reglages)
        self._seconde = Connexion(reglages)
        """Where lines are read while another thread reads on the first."""
        self._rubriques = rubriques
        self._chantiers = chantiers or ReglagesChantiers()
        self._mode = mode
        self._fuseau = fuseau
        self._modification = (colonne_modification, fuseau) if colonne_modification else None
        self._devis_envoyes = devis_envoyes
        self._en_plus = frozenset(en_plus)
        self._suivi: Suivi | None = None
        self._codes: insertion.Codes | None = None
        self._verrou = RLock()
        self._verrou_seconde = Lock()
        self._ecrit = False
        """Whether the first session writes: its locks would hold up a reading on the second."""
        self._seconde_refusee = False
        """Whether the server took no second session; asked again at the next look at the schema."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Log out. The schema is compared again at the next use."""
        with self._verrou, self._verrou_seconde:
            self._suivi = self._codes = None
            self._connexion.close()
            self._seconde.close()

    def read_selection(self, aujourdhui: date) -> Selection:
        """See `DossierChantiers`."""
        with self._verrou:
            return selection.read_selection(self._connexion, aujourdhui, self._chantiers, self._mode, self._fuseau)

    def check_suivi(self, en_plus: Collection[int] = ()) -> Rubriques:
        """See `DossierHeures`. Always looks again: Batigest may have been updated since."""
        with self._verrou:
            self._codes, self._seconde_refusee = None, False
            self._en_plus |= frozenset(en_plus)
            self._suivi = self._lit_suivi()
            return self._suivi.rubriques

    @property
    def ecart_horloge_s(self) -> float | None:
        """See `DossierHeures`."""
        return self._suivi.ecart_horloge_s if self._suivi is not None else None

    def read_codes_chantiers(self) -> dict[str, str]:
        """See `DossierHeures`."""
        with self._verrou:
            if self._mode is Genre.DEVIS:
                sites = read.read_codes_sites(self._connexion)
                return {**{code: code for code in sites}, **self._codes_devis()}
            codes = {code: code for code in read.read_codes_chantiers(self._connexion)}
            envoyes = {normalise_code(code) for code in self._devis_envoyes()}
            if envoyes:
                connus = {normalise_code(code) for code in codes}
                codes |= {
                    devis: code
                    for devis, code in self._codes_devis().items()
                    if normalise_code(devis) in envoyes - connus
                }
            return codes

    def _codes_devis(self) -> dict[str, str]:
        sous_le_chantier = self._chantiers.code_suivi is CodeSuivi.CHANTIER
        return read.read_codes_devis(self._connexion, self._chantiers.devis_chantier, sous_le_chantier=sous_le_chantier)

    def _fiches(self) -> Fiches:
        sous_le_devis = self._chantiers.code_suivi is CodeSuivi.DEVIS
        devis = sous_le_devis and (self._mode is Genre.DEVIS or bool(self._devis_envoyes()))
        return Fiches.DEVIS if devis else Fiches.CHANTIERS

    def read_salaries(self) -> list[Salarie]:
        """See `DossierHeures`."""
        with self._verrou:
            return read.read_salaries(self._connexion)

    def write_codebs(self, code: str, utilisateur: str) -> bool:
        """See `sync.salaries.EcritCodebs`."""
        with self._verrou:
            return salaries.write_codebs(self._connexion, code, utilisateur)

    def read_lignes(self, tranche: Tranche) -> LignesLues:
        """See `DossierHeures`."""
        brutes, suivi = self._read_brutes(tranche)
        # Meanwhile another thread may already read the next slice.
        return LignesDuSuivi(brutes, suivi.pas, suivi.datee, suivi.numeros)

    def write_lignes(self, actions: Sequence[Action]) -> Ecrites:
        """See `DossierHeures`."""
        with self._verrou:
            self._ecrit = True
            try:
                return self._write_lignes(self._suivi_connu(), actions)
            finally:
                self._ecrit = False

    def _write_lignes(self, suivi: Suivi, actions: Sequence[Action]) -> Ecrites:
        if len(actions) >= insertion.MINIMUM and insertion.insere_d_un_coup(
            self._connexion, suivi, self._codes_connus(suivi), actions
        ):
            return Ecrites(list(actions))
        return write.write_lignes(self._connexion, suivi, actions)

    def read_anciennes(self, tranche: Tranche, noms: tuple[str, str, str]) -> Sequence[LigneActuelle]:
        """See `DossierHeures`."""
        with self._verrou:
            ancien = avec_rubriques(self._suivi_connu(), noms)
            brutes = read.read_brutes(self._connexion, ancien, tranche)
        return LignesDuSuivi(brutes, ancien.pas, None, ancien.numeros).lignes

    def change_rubriques(self, actions: Sequence[Action], noms: tuple[str, str, str]) -> Ecrites:
        """See `DossierHeures`."""
        with self._verrou:
            suivi = self._suivi_connu()
            return write.write_lignes(self._connexion, suivi, actions, avec_rubriques(suivi, noms))

    def _read_brutes(self, tranche: Tranche) -> tuple[list[Ligne], Suivi]:
        """The rows of these days, read on the session that is free, and the table as it was last looked at."""
        if not self._verrou.acquire(blocking=False):
            suivi = self._suivi
            if suivi is not None and (brutes := self._read_a_cote(suivi, tranche)) is not None:
                return brutes, suivi
            self._verrou.acquire()
        try:
            suivi = self._suivi_connu()
            return read.read_brutes(self._connexion, suivi, tranche), suivi
        finally:
            self._verrou.release()

    def _read_a_cote(self, suivi: Suivi, tranche: Tranche) -> list[Ligne] | None:
        """The same on the second session; None when there is none to be had now."""
        if self._ecrit or self._seconde_refusee or not self._verrou_seconde.acquire(blocking=False):
            return None
        try:
            return read.read_brutes(self._seconde, suivi, tranche)
        except ErreurConnecteur:
            if self._seconde.ouverte:
                raise
            # A server that takes no second session (a limit, one more login) still serves the first.
            self._seconde_refusee = True
            return None
        finally:
            self._verrou_seconde.release()

    def _codes_connus(self, suivi: Suivi) -> insertion.Codes:
        if self._codes is None:
            self._codes = insertion.read_codes(self._connexion, suivi)
        return self._codes

    def _suivi_connu(self) -> Suivi:
        if self._suivi is None:
            self._suivi = self._lit_suivi()
        return self._suivi

    def _lit_suivi(self) -> Suivi:
        return read_suivi(self._connexion, self._rubriques, self._modification, self._fiches(), self._en_plus)
