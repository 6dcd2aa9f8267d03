"""The three systems of a dossier, open, with the settings as they stand; and those of every dossier."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from connecteur.bootstrap.bouts import JeuxDeBouts
from connecteur.bootstrap.licence import LicenceDuDossier, portail
from connecteur.bootstrap.postgresql import fuseau_nomme, url_tampon
from connecteur.domain.chantier import Genre
from connecteur.domain.run import Bilan, Fleche
from connecteur.errors import ConfigurationInvalide, ErreurConnecteur
from connecteur.licence.portail import Portail
from connecteur.settings import Configuration, Reglages, ReglagesDossier
from connecteur.settings.surcharge import ReglageEffectif, effectifs, list_effectifs, valide
from connecteur.sync.ports import Progression
from connecteur.sync.run import Bouts, execute_fleche
from connecteur.tampon.connexion import Connexions
from connecteur.tampon.executants import Executants
from connecteur.tampon.migration import migre
from connecteur.tampon.tampon import Tampon


class Systemes:
    """One dossier. `reglages` are those of the file; what the office changed since is laid over them at each run."""

    def __init__(self, reglages: Reglages, tampon: Tampon, url_tampon: str) -> None:
        self.reglages = reglages
        self.tampon = tampon
        self.url_tampon = url_tampon
        self.fuseau = _fuseau(reglages)
        self._jeux = JeuxDeBouts(reglages, tampon, self.fuseau)

    def horloge(self) -> datetime:
        """Now, aware."""
        return datetime.now(self.fuseau)

    @property
    def dossier(self) -> ReglagesDossier:
        """The settings of the next run. Raises `ConfigurationInvalide` when what was changed does not suit any more."""
        return effectifs(self.reglages.dossier, self.tampon.list_surcharges())

    def mode(self) -> Genre:
        """What the next run makes a project of; as the file says when what was changed does not suit any more."""
        try:
            return self.dossier.mode
        except ConfigurationInvalide:
            return self.reglages.dossier.mode

    @property
    def bouts(self) -> Bouts:
        """The three systems with the settings as they stand; ask again for every use."""
        return self._jeux.courants(self.dossier)

    def list_reglages(self) -> list[ReglageEffectif]:
        """Every setting that can be changed at run time, as it stands."""
        return list_effectifs(self.reglages.dossier, self.tampon.list_surcharges())

    def change_reglage(self, cle: str, valeur: object, qui: str) -> object:
        """Change a setting for the next run; the value as it is kept. Raises `ConfigurationInvalide` naming it."""
        retenue = valide(self.reglages.dossier, self.tampon.list_surcharges(), cle, valeur)
        self.tampon.change_reglage(cle, retenue, qui)
        return retenue

    def retire_reglage(self, cle: str, qui: str) -> bool:
        """Go back to the file's value; False when it had not been changed."""
        return self.tampon.retire_reglage(cle, qui)

    def execute(self, fleche: Fleche, run: str, progression: Progression, suivante: Fleche | None = None) -> Bilan:
        """Carry out one arrow, with the settings its run began with. Raises `ErreurConnecteur`.

        `suivante`: the arrow that the run carries out next.
        """
        with self._jeux.emprunte(self._reglages_du_run(run)) as bouts:
            return execute_fleche(fleche, bouts, run, progression, suivante)

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
    """The systems of one dossier, the tampon ready to be used. Raises `ErreurConnecteur`.

    Only the tampon is talked to: Batigest and BatiSimply are called when they are first needed.
    """
    with url_tampon(reglages) as url, Tampon(url, reglages.dossier.code, _fuseau(reglages)) as tampon:
        tampon.migre()
        systemes = Systemes(reglages, tampon, url)
        try:
            yield systemes
        finally:
            systemes.close()


@dataclass(frozen=True, slots=True)
class Connecteur:
    """Every dossier of one program that can work, on one tampon, and why the others cannot."""

    dossiers: Mapping[str, Systemes]
    """Code > its systems, in the order of the settings; at least one."""
    fautes: Mapping[str, ErreurConnecteur]
    url_tampon: str = field(repr=False)  # it holds the password
    executants: Executants
    """The programs that carry out runs."""
    portail: Portail
    """The licence of this machine, for every dossier."""
    connexions: Connexions = field(repr=False)
    """Those of no dossier in particular."""

    @property
    def premier(self) -> Systemes:
        """The first dossier."""
        return next(iter(self.dossiers.values()))

    def licence(self, code: str) -> LicenceDuDossier:
        """What the licence allows to this dossier."""
        return LicenceDuDossier(self.portail, self.dossiers[code].mode)

    def horloge(self) -> datetime:
        """Now, aware."""
        return self.premier.horloge()


@contextmanager
def ouvre_tout(configuration: Configuration, codes: Sequence[str] = ()) -> Iterator[Connecteur]:
    """The systems of every dossier, or of these. Raises `ErreurConnecteur` when none can work.

    What keeps one dossier from being opened is in `fautes`, and does not keep the others.
    """
    voulus = {code: configuration.choisit(code) for code in codes or configuration.dossiers}
    fautes: dict[str, ErreurConnecteur] = {} if codes else dict(configuration.fautes)
    with ExitStack() as pile:
        url = pile.enter_context(url_tampon(next(iter(voulus.values()))))
        connexions = Connexions(url)
        pile.callback(connexions.close)
        migre(connexions)
        dossiers: dict[str, Systemes] = {}
        for code, reglages in voulus.items():
            try:
                tampon = pile.enter_context(Tampon(url, code, _fuseau(reglages)))
                dossiers[code] = Systemes(reglages, tampon, url)
            except ErreurConnecteur as exc:
                fautes[code] = exc
                continue
            pile.callback(dossiers[code].close)
        if not dossiers:
            raise next(iter(fautes.values()))
        garde = pile.enter_context(portail(configuration.donnees, next(iter(voulus.values())).licence, connexions))
        yield Connecteur(dossiers, fautes, url, Executants(connexions), garde, connexions)


def _fuseau(reglages: Reglages) -> ZoneInfo:
    return fuseau_nomme(reglages.dossier.fuseau)
