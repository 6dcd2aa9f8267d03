"""The three systems of one dossier, open, with the settings as they stand."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime

from pydantic import ValidationError

from connecteur.bootstrap.bouts import JeuxDeBouts
from connecteur.bootstrap.postgresql import fuseau_nomme, url_tampon
from connecteur.domain.run import Bilan, Fleche
from connecteur.settings import Reglages, ReglagesDossier
from connecteur.settings.surcharge import effectifs
from connecteur.sync.ports import Progression
from connecteur.sync.run import Bouts, execute_fleche
from connecteur.tampon.connexion import Connexions
from connecteur.tampon.tampon import Tampon
from connecteur.tampon.verrou import VerrouDossier


class Systemes:
    """One dossier. `reglages` are those of the file; what the office changed since is laid over them at each run."""

    def __init__(
        self, reglages: Reglages, tampon: Tampon, url_tampon: str, role: Callable[[], AbstractContextManager[None]]
    ) -> None:
        """`role()` holds the role of ouvrier of this dossier; `DossierOccupe` while another program has it."""
        self.reglages = reglages
        self.tampon = tampon
        self.url_tampon = url_tampon
        self.role = role
        self.fuseau = fuseau_nomme(reglages.dossier.fuseau)
        self._jeux = JeuxDeBouts(reglages, tampon, self.fuseau)

    def horloge(self) -> datetime:
        """Now, aware."""
        return datetime.now(self.fuseau)

    @property
    def dossier(self) -> ReglagesDossier:
        """The settings of the next run. Raises `ConfigurationInvalide` when what was changed does not suit any more."""
        return effectifs(self.reglages.dossier, self.tampon.list_surcharges())

    @property
    def bouts(self) -> Bouts:
        """The three systems with the settings as they stand; ask again for every use."""
        return self._jeux.courants(self.dossier)

    def execute(self, fleche: Fleche, run: str, progression: Progression) -> Bilan:
        """Carry out one arrow, with the settings its run began with. Raises `ErreurConnecteur`."""
        with self._jeux.emprunte(self._reglages_du_run(run)) as bouts:
            return execute_fleche(fleche, bouts, run, progression)

    def close(self) -> None:
        """Log out of both ends."""
        self._jeux.close()

    def _reglages_du_run(self, run: str) -> ReglagesDossier:
        """The first arrow of a run notes the settings, the others and a resumed run follow the note."""
        notes = self.tampon.read_reglages_du_run(run)
        if notes is not None:
            try:
                return ReglagesDossier.model_validate(notes)
            except ValidationError:
                pass  # the program was updated in the middle of the run, and names its settings otherwise
        courants = self.dossier
        self.tampon.note_reglages_du_run(run, courants.model_dump(mode="json"))
        return courants


@contextmanager
def ouvre(reglages: Reglages) -> Iterator[Systemes]:
    """The systems of the settings, the tampon ready to be used. Raises `ErreurConnecteur`.

    Only the tampon is talked to: Batigest and BatiSimply are called when they are first needed.
    """
    code = reglages.dossier.code
    fuseau = fuseau_nomme(reglages.dossier.fuseau)
    with ExitStack() as pile:
        url = pile.enter_context(url_tampon(reglages))
        tampon = pile.enter_context(Tampon(url, code, fuseau))
        tampon.migre()
        connexions = Connexions(url)
        pile.callback(connexions.close)
        # No code holds a slash: the role of one dossier is never the lock of another.
        role = VerrouDossier(connexions, f"{code}/ouvrier")
        systemes = Systemes(reglages, tampon, url, role.exclusif)
        pile.callback(systemes.close)
        yield systemes
