"""The tampon in memory, with the very promises of the real one: the same contract tests run on both.

For tests of the flows that need thousands of runs. It belongs to one dossier and forgets everything.
"""
# ruff: noqa: ARG002  (the real one writes down which run did what; here nobody asks)

import contextlib
import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from connecteur.domain.heure import CleSuivi, CreneauResolu, LigneSuivi, debut_local, normalise_code
from connecteur.domain.periode import Tranche
from connecteur.domain.plan import Action, Geste
from connecteur.domain.reglement import Changement, Dates
from connecteur.domain.rejet import MotifRejet, ObjetRejet, Rejet
from connecteur.domain.reprise import Annonce
from connecteur.domain.resolution import Livre
from connecteur.errors import DossierOccupe, ErreurPermanente
from connecteur.sync.ports import (
    ComptesStockage,
    CreneauIllisible,
    CreneauStocke,
    EtatTranche,
)
from connecteur.tampon.annonces import note_ouverte
from connecteur.tampon.creneaux import propres, rejets_de_tranche
from connecteur.tampon.memoire_chantiers import ChantiersMemoire
from connecteur.tampon.memoire_litiges import EcritureNotee, LitigesMemoire
from connecteur.tampon.memoire_salaries import SalariesMemoire
from connecteur.tampon.rejets import jour_de_cle
from connecteur.tampon.textes import propre

FINISSENT = frozenset({Geste.RETIRER, Geste.VIDER, Geste.OUBLIER})
POSSEDENT = frozenset({Geste.INSERER, Geste.CORRIGER, Geste.ADOPTER, Geste.RENDRE, Geste.CHANGER_RUBRIQUES})


@dataclass(slots=True)
class _Creneau:
    stocke: CreneauStocke
    jour: date
    present: bool = True


P = ParamSpec("P")
R = TypeVar("R")


Methode = Callable[Concatenate["TamponMemoire", P], R]


def _seul(methode: Methode[P, R]) -> Methode[P, R]:
    """Slices overlap: what PostgreSQL does in one transaction is done here by one thread at a time."""

    @wraps(methode)
    def protegee(self: "TamponMemoire", /, *args: P.args, **kwargs: P.kwargs) -> R:
        with self._verrou:
            return methode(self, *args, **kwargs)

    return protegee


@dataclass
class TamponMemoire(LitigesMemoire, SalariesMemoire, ChantiersMemoire):
    """`TamponChantiers`, `TamponHeures`, `Audit` and `Verrou` without a database."""

    fuseau: ZoneInfo
    _creneaux: dict[str, _Creneau] = field(default_factory=dict)
    _anciens_codes: dict[CleSuivi, str] = field(default_factory=dict)
    _tenu: bool = False
    _verrou: threading.RLock = field(default_factory=threading.RLock, repr=False, compare=False)

    # --- heures -----------------------------------------------------------------------------------

    @_seul
    def read_etat(self, tranche: Tranche) -> EtatTranche:
        """See `ports.TamponHeures`."""
        etat = self._etats.get(tranche.debut)
        return etat if etat and etat.tranche == tranche else EtatTranche(tranche, None, None, None)

    def read_etats(self, tranches: Sequence[Tranche]) -> dict[Tranche, EtatTranche]:
        """The same for many slices."""
        return {tranche: self.read_etat(tranche) for tranche in tranches}

    def suit_une_lecture(self, run: str, delai: timedelta) -> bool:
        """See `ports.TamponHeures`."""
        debut, lecture = self.par_horaire.get(run), self._lecture
        return debut is not None and lecture is not None and self.tic() - delai < lecture < debut

    def note_lecture_creneaux(self, depuis: timedelta) -> None:
        """See `ports.TamponHeures`."""
        self._lecture = self.tic() - depuis

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
        """See `ports.TamponHeures` and `DepotCreneaux.store_creneaux`."""
        stockes = propres(creneaux)
        _verifie(stockes)
        entiere = all(illisible.id for illisible in illisibles)
        nouveaux, modifies, quittes = self._arrivent(tranche, stockes)
        gardes = {stocke.creneau.id for stocke in stockes}.union(propre(illisible.id) for illisible in illisibles)
        sortis = 0
        for ident, connu in self._creneaux.items():
            if entiere and connu.present and _dans(tranche, connu.jour) and ident not in gardes:
                connu.present = False
                self._changes[ident] = Changement(self.tic(), self._lecture)
                self._jours.pop(ident, None)
                sortis += 1
        self._tranche_lue(tranche, empreinte, empreinte_annuaire, change=bool(nouveaux or modifies or sortis))
        for debut, etat in self._etats.items():
            if debut != tranche.debut and any(_dans(etat.tranche, jour) for jour in quittes):
                self._etats[debut] = replace(etat, empreinte_creneaux=None, empreinte_suivi=None)
        self._accorde_rejets(tranche, stockes, illisibles, run, entiere=entiere)
        return ComptesStockage(nouveaux, modifies, sortis, len(stockes) - nouveaux - modifies)

    @_seul
    def store_resolutions(
        self, tranche: Tranche, creneaux: Sequence[CreneauStocke], *, empreinte_annuaire: str, run: str
    ) -> int:
        """See `DepotResolutions.store_resolutions`."""
        illisibles = {
            suivi.rejet.cle
            for suivi in self._non_resolus(ObjetRejet.CRENEAU)
            if suivi.rejet.motif is MotifRejet.CRENEAU_ILLISIBLE
        }
        stockes = [stocke for stocke in propres(creneaux) if stocke.creneau.id not in illisibles]
        _, modifies, _ = self._arrivent(tranche, stockes)
        for debut, etat in self._etats.items():
            t = etat.tranche
            if t.debut < tranche.fin and t.fin > tranche.debut:
                resolue = t.debut == tranche.debut and t.fin <= tranche.fin
                self._etats[debut] = replace(
                    etat,
                    empreinte_annuaire=empreinte_annuaire if resolue else etat.empreinte_annuaire,
                    empreinte_suivi=None if modifies else etat.empreinte_suivi,
                )
        voulus = rejets_de_tranche(tranche, stockes, (), (), self.fuseau)
        gardes = self._ouvre_rejets(ObjetRejet.CRENEAU, voulus, run)
        self._resout(ObjetRejet.CRENEAU, {stocke.creneau.id for stocke in stockes} - gardes, run)
        return modifies

    @_seul
    def list_creneaux(self, tranche: Tranche) -> list[CreneauStocke]:
        """See `ports.TamponHeures`."""
        presents = (c.stocke for c in self._creneaux.values() if c.present and _dans(tranche, c.jour))
        return sorted(presents, key=lambda stocke: (stocke.creneau.debut, stocke.creneau.id))

    def list_resolus(self, tranche: Tranche) -> list[CreneauResolu]:
        """See `ports.TamponHeures`."""
        return [resolu for stocke in self.list_creneaux(tranche) if (resolu := stocke.resolu) is not None]

    @_seul
    def list_livres(self, depuis: date, sauf: Collection[str], projets: Collection[int]) -> dict[str, Livre]:
        """See `DepotSalaries.list_livres`."""
        tenus: defaultdict[str, list[CleSuivi]] = defaultdict(list)
        for cle, ligne in self._lignes.items():
            for ident in ligne.creneaux if cle.debut.date() >= depuis else ():
                tenus[ident].append(cle)
        livres: dict[str, Livre] = {}
        for c, chantier, salarie, _, _ in self._creneaux_presents():
            ailleurs = c.utilisateur not in sauf or c.projet_id not in projets
            recent = debut_local(c.debut, self.fuseau).date() >= depuis
            if not (ailleurs and recent and c.valide and chantier and salarie):
                continue
            codes = normalise_code(salarie), normalise_code(chantier)
            for cle in sorted(
                tenus[c.id], key=lambda cle: (cle.code_salarie == codes[0], cle.code_chantier == codes[1])
            ):
                ancien = self._anciens_codes.get(cle)
                livres[c.id] = Livre(
                    c.utilisateur or "", c.nom_utilisateur, salarie, chantier, c.projet_id, c.code_projet, cle, ancien
                )
        return livres

    def list_inexpliques(self, tranche: Tranche) -> list[str]:
        """See `ports.TamponHeures`."""
        expliques = {suivi.rejet.cle for suivi in self._non_resolus(ObjetRejet.CRENEAU)}
        return sorted(
            stocke.creneau.id
            for stocke in self.list_creneaux(tranche)
            if stocke.creneau.valide and stocke.code_chantier is None and stocke.creneau.id not in expliques
        )

    @_seul
    def list_en_plus(self) -> frozenset[int]:
        """See `ports.TamponHeures`."""
        return frozenset(numero for ligne in self._lignes.values() for numero, _ in ligne.quantites.plus)

    @_seul
    def list_lignes(self, tranche: Tranche) -> list[LigneSuivi]:
        """See `ports.TamponHeures`."""
        return [self._lignes[cle] for cle in sorted(self._lignes) if _dans(tranche, cle.debut.date())]

    @_seul
    def list_annoncees(self, tranche: Tranche) -> list[Action]:
        """See `ports.TamponHeures`."""
        return [n.action for n in self._prevues() if _dans(tranche, n.action.cle.debut.date())]

    @_seul
    def announce(self, run: str, actions: Sequence[Action]) -> Annonce:
        """See `ports.TamponHeures`."""
        cles = [note.action.cle for note in self._prevues()] + [action.cle for action in actions]
        if len(set(cles)) < len(cles):
            raise note_ouverte()
        self.ecritures += [EcritureNotee(action, run, "prévue") for action in actions]
        for debut, etat in self._etats.items():
            if any(_dans(etat.tranche, action.cle.debut.date()) for action in actions):
                self._etats[debut] = replace(etat, empreinte_suivi=None)
        return Annonce(len(self.ecritures), actions)

    @_seul
    def confirm_annonce(self, run: str, annonce: Annonce, *, sauf: Sequence[Action] = ()) -> None:
        """See `ports.TamponHeures`."""
        ouvertes = {note.action.cle for note in self._prevues()}
        if any(action.cle in ouvertes for action in annonce.actions):
            abandonnees = {action.cle for action in sauf}
            faites = [action for action in annonce.actions if action.cle not in abandonnees]
            self.confirm(run, faites=faites, abandonnees=sauf, sans_ecriture=[])

    @_seul
    def confirm(
        self, run: str, *, faites: Sequence[Action], abandonnees: Sequence[Action], sans_ecriture: Sequence[Action]
    ) -> None:
        """See `ports.TamponHeures`."""
        prevues = {note.action.cle: note for note in self._prevues()}
        for etat, actions in (("faite", faites), ("abandonnée", abandonnees)):
            for action in actions:
                note = prevues.get(action.cle)
                if note is not None:
                    note.etat, note.regle_run = etat, run
        self.ecritures += [EcritureNotee(action, run, "faite", run) for action in sans_ecriture]
        for action in (*faites, *sans_ecriture):
            self._formes.pop(action.cle, None)
        for action in (*faites, *sans_ecriture):
            if action.geste in FINISSENT or (action.geste is Geste.RENDRE and action.base is None):
                self._lignes.pop(action.cle, None)
        for action in (*faites, *sans_ecriture):
            possedee = action.base if action.geste is Geste.RENDRE else action.apres
            if action.geste in POSSEDENT and possedee is not None:
                self._lignes[action.cle] = LigneSuivi(action.cle, possedee, action.creneaux)
                if action.geste is Geste.ADOPTER and action.deplace_de is not None:
                    self._anciens_codes[action.cle] = action.deplace_de.code_chantier
        self.decisions_faites(faites)

    @_seul
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
        """See `ports.TamponHeures`."""
        regle = None if self.list_annoncees(tranche) else empreinte_suivi
        self._etats[tranche.debut] = replace(self.read_etat(tranche), empreinte_suivi=regle)
        self.constate(tranche, constats)
        voulus = self._ouvre_rejets(ObjetRejet.LIGNE, [(r, jour_de_cle(r.cle, tranche)) for r in refus], run)
        ouverts = {s.rejet.cle for s in self._non_resolus(ObjetRejet.LIGNE) if _dans(tranche, s.jour)}
        self._resout(ObjetRejet.LIGNE, ouverts - voulus, run)

    @contextlib.contextmanager
    def exclusif(self) -> Iterator[None]:
        """See `ports.Verrou`."""
        if self._tenu:
            raise DossierOccupe("Une autre synchronisation de ce dossier est en cours.")
        self._tenu = True
        try:
            yield
        finally:
            self._tenu = False

    # --- inside -----------------------------------------------------------------------------------

    def _arrivent(self, tranche: Tranche, stockes: Iterable[CreneauStocke]) -> tuple[int, int, set[date]]:
        """Upsert; return how many are new, how many changed, and the days of other slices that are concerned."""
        nouveaux = modifies = 0
        jours: set[date] = set()
        for stocke in stockes:
            ident, jour = stocke.creneau.id, debut_local(stocke.creneau.debut, self.fuseau).date()
            connu = self._creneaux.get(ident)
            modifie_le = stocke.creneau.modifie_le
            stocke = stocke._replace(creneau=stocke.creneau._replace(modifie_le=None))  # noqa: PLW2901
            if connu is None or _compte(connu.stocke) != _compte(stocke) or not connu.present:
                if connu is not None and not _datee(connu, stocke, self._changes[ident], modifie_le):
                    modifie_le = None
                self._changes[ident] = Changement(self.tic(), self._lecture, modifie_le)
            self._jours[ident] = jour
            if connu is None:
                nouveaux += 1
            elif connu.stocke != stocke or not connu.present:
                modifies += 1
                if connu.present:
                    jours.add(connu.jour)
            jours.add(jour)
            self._creneaux[ident] = _Creneau(stocke, jour)
        return nouveaux, modifies, {jour for jour in jours if not _dans(tranche, jour)}

    def _tranche_lue(self, tranche: Tranche, empreinte: str, empreinte_annuaire: str, *, change: bool) -> None:
        suivi = None if change else self.read_etat(tranche).empreinte_suivi
        for debut, etat in list(self._etats.items()):
            if etat.tranche.debut < tranche.fin and etat.tranche.fin > tranche.debut:
                del self._etats[debut]
        self._etats[tranche.debut] = EtatTranche(tranche, empreinte, empreinte_annuaire, suivi)

    def _accorde_rejets(
        self,
        tranche: Tranche,
        stockes: Sequence[CreneauStocke],
        illisibles: Sequence[CreneauIllisible],
        run: str,
        *,
        entiere: bool,
    ) -> None:
        connus = [self._creneaux[i.id].stocke for i in illisibles if i.id in self._creneaux]
        voulus = self._ouvre_rejets(
            ObjetRejet.CRENEAU, rejets_de_tranche(tranche, stockes, illisibles, connus, self.fuseau), run
        )
        lus = {stocke.creneau.id for stocke in stockes}
        for suivi in self._non_resolus(ObjetRejet.CRENEAU):
            if _dans(tranche, suivi.jour) and (entiere or suivi.rejet.motif is MotifRejet.CRENEAU_ILLISIBLE):
                lus.add(suivi.rejet.cle)
        self._resout(ObjetRejet.CRENEAU, lus - voulus, run)

    def _creneaux_presents(self) -> list[CreneauStocke]:
        return [connu.stocke for connu in self._creneaux.values() if connu.present]

    def _oublie_jour(self, jour: date) -> None:
        for debut, etat in self._etats.items():
            if _dans(etat.tranche, jour):
                self._etats[debut] = EtatTranche(etat.tranche, None, None, None)

    def _prevues(self) -> list[EcritureNotee]:
        return [note for note in self.ecritures if note.etat == "prévue"]


def _compte(stocke: CreneauStocke) -> tuple[object, ...]:
    """What a line is made from."""
    c, *resolu, _ = stocke
    return (c.debut, c.statut, c.minutes, c.trajet, c.panier, c.plus, *resolu)


def _datee(connu: _Creneau, stocke: CreneauStocke, avant: Changement, modifie_le: datetime | None) -> bool:
    """Whether the date that BatiSimply gives is that of this change; see `sql_creneaux.MODIFIE`."""
    ancien, c = connu.stocke.creneau, stocke.creneau
    de_qui = (ancien.utilisateur, ancien.projet_id, ancien.code_projet) != (c.utilisateur, c.projet_id, c.code_projet)
    dit = de_qui or _compte(connu.stocke)[:6] != _compte(stocke)[:6]
    if not connu.present or not dit or (not de_qui and _compte(connu.stocke)[6:] != _compte(stocke)[6:]):
        return False
    if modifie_le is None or modifie_le <= avant.vu_le - timedelta(minutes=1):
        return False
    return avant.modifie_le is None or modifie_le > avant.modifie_le + timedelta(seconds=3)


def _dans(tranche: Tranche, jour: date | None) -> bool:
    return jour is not None and tranche.debut <= jour < tranche.fin


def _verifie(stockes: Iterable[CreneauStocke]) -> None:
    """What the constraints of the real one refuse."""
    for stocke in stockes:
        resolu = stocke.code_chantier is not None
        if resolu != (stocke.code_salarie is not None) or (resolu and stocke.motif):
            raise ErreurPermanente("La base tampon a refusé une opération du connecteur.", detail=stocke.creneau.id)
