"""Invented services for the pages: a dossier of an imaginary firm, runs that move when the test says so."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from connecteur.domain.invariant import Constat
from connecteur.domain.rejet import Rejet
from connecteur.domain.run import FLECHES, Bilan, Fleche, Flux, Incident, Verdict, flux_de
from connecteur.errors import ErreurConnecteur
from connecteur.planification.saisie import lit_horaire
from connecteur.sync.explication import ExplicationCreneau, ExplicationLigne
from connecteur.sync.ports import Progression
from connecteur.sync.run import Apercu
from connecteur.sync.salaries import ecris_codebs
from connecteur.web.services import Dossier, Services, Systeme

from .bureau import AlertesDemo, Bureau, HorairesDemo, LicenceDemo, MessageDemo, TamponDemo
from .histoire import explication_creneau, explication_ligne
from .systemes_et_bilans import (
    MAINTENANT,
    PARIS,
    bilans_chantiers,
    bilans_heures,
    rejets_realistes,
    systemes_en_echec,
    systemes_inconnus,
    systemes_ok,
)


@dataclass(frozen=True)
class AvancementDemo:
    fait: int
    total: int
    message: str = ""


@dataclass(frozen=True)
class RunDemo:
    id: str
    flux: Flux
    fleches: tuple[Fleche, ...]
    declencheur: str
    debut: datetime | None
    fin: datetime | None = None
    verdict: Verdict | None = None
    bilans: tuple[Bilan, ...] = ()
    erreur: Incident | None = None
    progression: Mapping[Fleche, AvancementDemo] = field(default_factory=dict)
    annulation_demandee: bool = False


@dataclass
class Maison:
    """Lanceur, runs, rejets and state at once, kept in memory."""

    runs: list[RunDemo] = field(default_factory=list)
    rejets: list[Rejet] = field(default_factory=list)
    etats: list[Systeme] = field(default_factory=list)
    panne: ErreurConnecteur | None = None
    """Raised by everything that the tampon keeps."""
    lances: list[tuple[Flux | Fleche, str]] = field(default_factory=list)
    annules: list[str] = field(default_factory=list)
    auditeurs: int = 0
    constat: Constat = field(default_factory=Constat)
    migrations: list[int] = field(default_factory=list)
    prevu: dict[Flux, Apercu] = field(default_factory=lambda: {flux: Apercu(flux) for flux in Flux})
    lus_depuis: list[date | None] = field(default_factory=list)
    codebs_permis: bool = False
    codebs_ecrits: list[tuple[str, str]] = field(default_factory=list)
    lecture_permise: threading.Event = field(default_factory=threading.Event)
    """A dry run waits for it."""
    _bouge: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        self.tampon = TamponDemo()
        self.office = Bureau(self.tampon)
        self.horaires = HorairesDemo(lambda: MAINTENANT)
        self.alertes = AlertesDemo()
        self.licence = LicenceDemo()
        self.ouvre_rejets(self.rejets)

    def ouvre_rejets(self, rejets: Sequence[Rejet]) -> None:
        """These are the open rejets now, most recent first."""
        self.rejets = list(rejets)
        self.tampon.charge_rejets(rejets)

    # What the pages call.

    def lance(self, quoi: Flux | Fleche, /, *, declencheur: str) -> str:
        self._peut()
        flux, fleches = flux_de(quoi), FLECHES[quoi] if isinstance(quoi, Flux) else (quoi,)
        for run in self.runs:
            if run.fleches == fleches and run.verdict is None:
                return run.id
        self.lances.append((quoi, declencheur))
        run = RunDemo(f"20250624-0831{len(self.lances):02d}-ab12cd", flux, fleches, declencheur, MAINTENANT)
        self.runs.insert(0, run)
        return run.id

    def annule(self, run_id: str, /) -> None:
        self.annules.append(run_id)
        self.remplace(replace(self.connu(run_id), annulation_demandee=True))

    def dernier(self, flux: Flux, /) -> RunDemo | None:
        self._peut()
        return next((run for run in self.runs if run.flux is flux), None)

    def liste(self, n: int, /) -> Sequence[RunDemo]:
        return self.runs[:n]

    def lit(self, run_id: str, /) -> RunDemo | None:
        self._peut()
        return next((run for run in self.runs if run.id == run_id), None)

    def ecoute(self, run_id: str, /) -> Iterator[RunDemo | None]:
        with self._bouge:
            self.auditeurs += 1
            self._bouge.notify_all()
        try:
            dernier: RunDemo | None = None
            while dernier is None or dernier.verdict is None:
                with self._bouge:
                    nouveau = self._bouge.wait_for(lambda: self.lit(run_id) is not dernier, timeout=0.2)  # noqa: B023 - called at once
                    run = self.lit(run_id)
                yield run if nouveau else None
                dernier = run
        finally:
            with self._bouge:
                self.auditeurs -= 1
                self._bouge.notify_all()

    def systemes(self) -> Sequence[Systeme]:
        return self.etats

    def resout_codes(self) -> str:
        run = self.connu(self.lance(Fleche.PULL_HEURES, declencheur="mise à jour des codes"))
        self.finit(run.id, (Bilan(Fleche.PULL_HEURES, {"créneaux réexaminés": 1284}),))
        return run.id

    def migre(self) -> Sequence[int]:
        self._peut()
        appliquees, self.migrations = self.migrations, []
        return appliquees

    def apercu(self, flux: Flux, progression: Progression, /, depuis: date | None = None) -> Apercu:
        self._peut()
        self.lus_depuis.append(depuis)
        progression.avance(Fleche.PULL_HEURES, 1, 26, "Heures du 24/03/2025 au 30/03/2025")
        assert self.lecture_permise.wait(20)
        return self.prevu[flux]

    def ecriture_permise(self) -> bool:
        return self.codebs_permis

    def write_codebs(self, code: str, utilisateur: str) -> bool:
        deja = (code, utilisateur) in self.codebs_ecrits
        self.codebs_ecrits.append((code, utilisateur))
        return not deja

    def ecris_codebs(self, code: str, qui: str) -> bool:
        return ecris_codebs(self.tampon, self, code, qui, permis=self.codebs_permis)

    def verifie(self) -> Constat:
        self._peut()
        return self.constat

    def explique_ligne(self, salarie: str, chantier: str, jour: date, /) -> ExplicationLigne:
        self._peut()
        return explication_ligne(salarie, chantier, jour)

    def explique_creneau(self, ident: str, /) -> ExplicationCreneau:
        self._peut()
        return explication_creneau(ident)

    # What a test does.

    def attend_auditeurs(self, combien: int) -> bool:
        """Wait until this many pages follow a run."""
        with self._bouge:
            return self._bouge.wait_for(lambda: self.auditeurs == combien, timeout=20)

    def remplace(self, run: RunDemo) -> None:
        """The run moves, and whoever listens is told."""
        with self._bouge:
            self.runs[next(rang for rang, un in enumerate(self.runs) if un.id == run.id)] = run
            self._bouge.notify_all()

    def avance(self, run_id: str, fleche: Fleche, fait: int, total: int, message: str = "") -> None:
        """An arrow moves; the ones before it are done."""
        run = self.connu(run_id)
        faites = {bilan.fleche for bilan in run.bilans}
        avant = run.fleches[: run.fleches.index(fleche)]
        bilans = run.bilans + tuple(Bilan(f, {"lus": 1}) for f in avant if f not in faites)
        progression = {**run.progression, fleche: AvancementDemo(fait, total, message)}
        self.remplace(replace(run, bilans=bilans, progression=progression))

    def finit(self, run_id: str, bilans: tuple[Bilan, ...], verdict: Verdict = Verdict.REUSSI) -> None:
        """The run is over."""
        fin = MAINTENANT + timedelta(seconds=12)
        self.remplace(replace(self.connu(run_id), fin=fin, verdict=verdict, bilans=bilans))

    def connu(self, run_id: str) -> RunDemo:
        """A run that is there."""
        run = self.lit(run_id)
        assert run is not None
        return run

    def services(self, hotes: frozenset[str] = frozenset()) -> Services:
        return Services([self.dossier()], self.licence, version="0.2.0", hotes=hotes, horloge=lambda: MAINTENANT)

    def dossier(self, code: str = "durand", nom: str = "BTG_DOS_DURAND") -> Dossier:
        return Dossier(
            code=code,
            nom=nom,
            fuseau=PARIS,
            lanceur=self,
            runs=self,
            rejets=self.tampon,
            etat=self,
            installation=self,
            lecture=self,
            codes=self,
            reglages=self.office,
            audit=self.tampon,
            salaries=self.tampon,
            codebs=self,
            imports=self.tampon,
            lignes=self.tampon,
            chantiers=self.tampon,
            horaires=self.horaires.service(),
            creneaux=self.tampon,
            alertes=self.alertes,
            licence=self.licence,
        )

    def _peut(self) -> None:
        if self.panne:
            raise self.panne


def _run(ident: str, flux: Flux, age: timedelta, verdict: Verdict, *bilans: Bilan) -> RunDemo:
    return RunDemo(ident, flux, FLECHES[flux], "page d’accueil", MAINTENANT - age, None, verdict, bilans)


def historique() -> list[RunDemo]:
    """Six runs: partial, successful (twice by the schedule), stopped, failed."""
    minute, jour = timedelta(minutes=1), timedelta(days=1)
    inchanges = (
        Bilan(Fleche.PULL_CHANTIERS, {"lus": 809, "inchangés": 809}),
        Bilan(Fleche.PUSH_CHANTIERS, {"inchangés": 809}),
    )
    ajouts = (
        Bilan(Fleche.PULL_HEURES, {"nouveaux créneaux": 86}),
        Bilan(Fleche.PUSH_HEURES, {"insérées": 86}, ecritures=86),
    )
    lus = Bilan(Fleche.PULL_HEURES, {"nouveaux créneaux": 240})
    soir_heures = _run("20250623-190003-c4aa01", Flux.HEURES, 811 * minute, Verdict.REUSSI, *ajouts)
    soir_chantiers = _run("20250623-190001-0be7d3", Flux.CHANTIERS, 814 * minute, Verdict.REUSSI, *inchanges)
    echec = _run("20250620-190002-3d9b18", Flux.CHANTIERS, 3.4 * jour, Verdict.ECHEC)
    injoignable = Incident(
        "Le serveur de Batigest ne répond pas.",
        "Vérifiez que le poste « srv-durand » est allumé, puis relancez.",
        "TCP srv-durand:1433 : délai dépassé après 15 s",
    )
    runs = [
        _run("20250624-081604-9f1c22", Flux.HEURES, 15 * minute, Verdict.PARTIEL, *bilans_heures()),
        _run("20250624-081122-51d07a", Flux.CHANTIERS, 20 * minute, Verdict.REUSSI, *bilans_chantiers()),
        replace(soir_heures, declencheur="horaire"),
        replace(soir_chantiers, declencheur="horaire"),
        _run("20250622-101540-77e0f2", Flux.HEURES, 1.9 * jour, Verdict.ANNULE, lus),
        replace(echec, erreur=injoignable),
    ]
    durees_s = (41, 9, 67, 4, 18, 31)
    return [
        replace(run, fin=run.debut + timedelta(seconds=duree_s))
        for run, duree_s in zip(runs, durees_s, strict=True)
        if run.debut
    ]


def maison_vide() -> Maison:
    return Maison(etats=systemes_inconnus())


def maison_pleine() -> Maison:
    maison = Maison(runs=historique(), etats=systemes_ok())
    maison.tampon.charge_salaries()
    maison.tampon.charge_litiges()
    maison.tampon.charge_conflits()
    horaires = maison.horaires.service()
    horaires.change_horaire(Flux.HEURES, lit_horaire("minutes", nombre=15, plage="06:00-20:00"), "Sophie")
    horaires.change_horaire(Flux.CHANTIERS, lit_horaire("jours", heures="12:30, 20:00", jours="lundi-jeudi"), "Sophie")
    maison.ouvre_rejets(rejets_realistes())
    maison.alertes.adresses = ["bureau@durand.example"]
    maison.alertes.messages = [MessageDemo("Les heures n’ont pas été récupérées", MAINTENANT, MAINTENANT)]
    return maison


def maison_a_jour() -> Maison:
    runs = [replace(run, verdict=Verdict.REUSSI) for run in historique()[1:4]]
    return Maison(runs=runs, etats=systemes_ok())


def maison_en_cours() -> Maison:
    maison = maison_pleine()
    chantiers = maison.lance(Flux.CHANTIERS, declencheur="page d’accueil")
    maison.avance(chantiers, Fleche.PULL_CHANTIERS, 0, 0)
    heures = maison.lance(Flux.HEURES, declencheur="page d’accueil")
    maison.avance(heures, Fleche.PULL_HEURES, 26, 26)
    maison.avance(heures, Fleche.PUSH_HEURES, 17, 26, "Heures du 05/05/2025 au 11/05/2025")
    return maison


def maison_en_panne() -> Maison:
    echec = historique()[5]
    recent = replace(echec, id="20250624-083000-e1e1e1", debut=MAINTENANT - timedelta(minutes=3),
                     fin=MAINTENANT - timedelta(minutes=2))  # fmt: skip
    return Maison(runs=[recent, *historique()], rejets=rejets_realistes()[-2:], etats=systemes_en_echec())
