"""One arrow, one dry run, one check of the invariant: what the CLI, the web and the schedules call."""

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Protocol
from zoneinfo import ZoneInfo

from connecteur.domain.chantier import Genre
from connecteur.domain.garde import Seuil
from connecteur.domain.heure import normalise_code
from connecteur.domain.invariant import Constat, verifie
from connecteur.domain.lien import ChantierSuivi
from connecteur.domain.periode import Tranche, tranches
from connecteur.domain.plan import CHANGEMENTS, Action
from connecteur.domain.rejet import ObjetRejet, Rejet
from connecteur.domain.reprise import reprend
from connecteur.domain.run import Bilan, Fleche, Flux, Incident
from connecteur.errors import ConfigurationInvalide, ErreurConnecteur
from connecteur.settings import ReglagesChantiers, ReglagesHeures
from connecteur.settings.chantiers import Sortie
from connecteur.sync.chantiers import (
    Consignes,
    attribue,
    incident_de_garde,
    lit_et_planifie,
    lit_sortis,
    pull_chantiers,
    push_chantiers,
)
from connecteur.sync.heures import (
    Devance,
    TamponSalaries,
    a_changer,
    examine_date,
    libere,
    list_quittees,
    list_retenues,
    par_cle,
    pull_heures,
    push_heures,
    read_anciennes,
    read_regles,
    read_repertoire,
    resolus,
    resout,
)
from connecteur.sync.plan_chantiers import PlanChantiers
from connecteur.sync.ports import Creneaux, DossierHeures, Progression, TamponHeures
from connecteur.sync.ports.chantiers import Adresses, DossierChantiers, Projets, TamponChantiers
from connecteur.sync.ports.litiges import ImportInitial
from connecteur.sync.recentes import ajoute, list_autres, list_recentes
from connecteur.sync.salaries import EcritCodebs

ANNEE_J = 366
"""Days of a year of retention: never less than a year."""


class Batigest(DossierChantiers, DossierHeures, EcritCodebs, Protocol):
    """The Batigest end."""


class Batisimply(Projets, Creneaux, Protocol):
    """The BatiSimply end."""


class Tampon(TamponChantiers, TamponHeures, TamponSalaries, Protocol):
    """The tampon of one dossier."""

    def purge_histoire_du_jour(self, avant: datetime, qui: str) -> Mapping[str, int]:
        """Once a day, remove what is older than this instant from the append-only histories; how many rows of each."""
        ...


@dataclass(frozen=True, slots=True)
class Bouts:
    """The three systems of one dossier, and how it is synchronised."""

    batigest: Batigest
    batisimply: Batisimply
    tampon: Tampon
    fuseau: ZoneInfo
    horloge: Callable[[], datetime]
    """Now, aware."""
    fenetre_jours: int = 180
    tranche_jours: int = 7
    chevauchement_heures: int = 6
    envois_paralleles: int = 8
    ecrire_codebs: bool = False
    conservation_annees: int = 5
    heures: ReglagesHeures = field(default_factory=ReglagesHeures)
    mode: Genre = Genre.CHANTIER
    chantiers: ReglagesChantiers = field(default_factory=ReglagesChantiers)
    adresses: Adresses | None = None
    """The address service, where one is called."""
    devance: Devance = field(default_factory=Devance)
    """What the pull of a run reads of Batigest for its push."""

    def consignes(self) -> Consignes:
        """How this run treats the chantiers."""
        return Consignes(self.chantiers, self.mode, self.horloge, self.envois_paralleles, self.adresses)

    def aujourdhui(self) -> date:
        """The local day."""
        return self.horloge().astimezone(self.fuseau).date()

    def tranches(self, depuis: date | None = None) -> list[Tranche]:
        """The slices of the window, oldest first; from `depuis` on when that is earlier (a first import)."""
        aujourdhui = self.aujourdhui()
        jours = self.fenetre_jours if depuis is None else max(self.fenetre_jours, (aujourdhui - depuis).days)
        return list(tranches(aujourdhui, jours, self.tranche_jours))


def execute_fleche(
    fleche: Fleche, bouts: Bouts, run: str, progression: Progression, suivante: Fleche | None = None
) -> Bilan:
    """Carry out one arrow. Raises `ErreurConnecteur` when it cannot go on; what is done stays done.

    `suivante`: the arrow that the same run carries out next; what it needs may be read meanwhile.
    """
    with _ramassage_rare():
        bilan = _execute(fleche, bouts, run, progression, suivante)
    if fleche is Fleche.PUSH_HEURES:
        _purge(bouts, run, bilan)
    return bilan


def _purge(bouts: Bouts, run: str, bilan: Bilan) -> None:
    """Let go of what is older than the retention. That it fails harms nothing: the next run does it."""
    limite = bouts.horloge() - timedelta(days=ANNEE_J * bouts.conservation_annees)
    try:
        parties = sum(bouts.tampon.purge_histoire_du_jour(limite, f"run {run}").values())
    except ErreurConnecteur as exc:
        bilan.remarques.append(Incident(f"Histoire non allégée : {exc.message}", exc.remede, exc.detail))
    else:
        if parties:
            bilan.compte("entrées d’histoire trop vieilles, retirées", parties)


@contextmanager
def _ramassage_rare() -> Iterator[None]:
    """Look for garbage cycles less often: slots and lines hold none, and looking costs a fifth of a first import."""
    seuils = gc.get_threshold()
    gc.set_threshold(100_000, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*seuils)


def _execute(fleche: Fleche, bouts: Bouts, run: str, progression: Progression, suivante: Fleche | None) -> Bilan:
    match fleche:
        case Fleche.PULL_CHANTIERS:
            return pull_chantiers(
                bouts.batigest,
                bouts.tampon,
                bouts.aujourdhui(),
                consignes=bouts.consignes(),
                run=run,
                progression=progression,
            )
        case Fleche.PUSH_CHANTIERS:
            return push_chantiers(bouts.batisimply, bouts.tampon, bouts.consignes(), run, progression)
        case Fleche.PULL_HEURES:
            return _pull_heures(bouts, run, progression, suivante)
        case Fleche.PUSH_HEURES:
            return _push_heures(bouts, run, progression)


def _pull_heures(bouts: Bouts, run: str, progression: Progression, suivante: Fleche | None) -> Bilan:
    _, fenetre, recentes = _a_lire(bouts, run)
    avance: AbstractContextManager[None] = nullcontext()
    if suivante is Fleche.PUSH_HEURES:
        avance = bouts.devance.pendant(run, bouts.batigest, recentes, bouts.tampon.list_en_plus())
    pull = partial(
        pull_heures,
        bouts.batisimply,
        bouts.batigest,
        bouts.tampon,
        fenetre=fenetre,
        fuseau=bouts.fuseau,
        chevauchement=timedelta(hours=bouts.chevauchement_heures),
        run=run,
        progression=progression,
    )
    with avance:
        bilan = pull(tranches=recentes)
        autres = list_autres(bouts.tampon, fenetre, recentes, bilan)
        return ajoute(bilan, pull(tranches=autres)) if autres else bilan


def _a_lire(bouts: Bouts, run: str) -> tuple[ImportInitial | None, list[Tranche], list[Tranche]]:
    """The first import that is asked for, the window, and the slices of it that this run begins with."""
    demande = bouts.tampon.read_import()
    fenetre = bouts.tranches(_depuis(demande))
    importe = demande is not None
    return demande, fenetre, list_recentes(bouts.tampon, fenetre, run, bouts.aujourdhui(), importe=importe)


def _push_heures(bouts: Bouts, run: str, progression: Progression) -> Bilan:
    demande, fenetre, recentes = _a_lire(bouts, run)
    bilan = push_heures(
        bouts.batigest,
        bouts.tampon,
        tranches=fenetre,
        recentes=recentes,
        reglages=bouts.heures,
        fuseau=bouts.fuseau,
        run=run,
        progression=progression,
        devance=bouts.devance,
    )
    if demande is not None and not bilan.incidents:
        lues = bouts.tampon.read_etats(fenetre)
        if all(etat.empreinte_creneaux is not None for etat in lues.values()):
            bouts.tampon.finit_import(demande.id, run)
    return bilan


MOIS_IMPORT = 24
"""How far back a first import goes, at most."""


def limite_import(aujourdhui: date) -> date:
    """The first day that an import may begin at."""
    annee, mois = divmod(aujourdhui.year * 12 + aujourdhui.month - 1 - MOIS_IMPORT, 12)
    return date(annee, mois + 1, 1)


def debut_import(depuis: date, aujourdhui: date) -> date:
    """That day, when a first import may begin there. Raises `ConfigurationInvalide`."""
    limite = limite_import(aujourdhui)
    if depuis > aujourdhui:
        raise ConfigurationInvalide(f"Le {depuis:%d/%m/%Y} est dans l’avenir.")
    if depuis < limite:
        raise ConfigurationInvalide(
            f"Un import initial remonte à {MOIS_IMPORT} mois au plus.",
            remede=f"Demandez-le à partir du {limite:%d/%m/%Y}, ou plus tard.",
        )
    return depuis


def _depuis(demande: ImportInitial | None) -> date | None:
    return None if demande is None else demande.depuis


@dataclass(slots=True)
class Apercu:
    """What a run would do now. Nothing was written anywhere."""

    flux: Flux
    chantiers: PlanChantiers | None = None
    actions: list[Action] = field(default_factory=list)
    """The plan of the heures, LAISSER left out."""
    laissees: int = 0
    rejets: list[Rejet] = field(default_factory=list)
    remarques: list[Incident] = field(default_factory=list)


def apercu(flux: Flux, bouts: Bouts, progression: Progression, depuis: date | None = None) -> Apercu:
    """The dry run: reads the systems as they are now and shows the very plan the live run would apply.

    `depuis`: as if a first import of the heures went back to that day.
    """
    return _apercu_chantiers(bouts) if flux is Flux.CHANTIERS else _apercu_heures(bouts, progression, depuis)


def _apercu_chantiers(bouts: Bouts) -> Apercu:
    consignes = bouts.consignes()
    selection = bouts.batigest.read_selection(bouts.aujourdhui())
    attribution = attribue(selection)
    connus = {normalise_code(s.chantier.code): s for s in bouts.tampon.list_chantiers(consignes.genre)}
    sortis = {normalise_code(s.chantier.code): s for s in lit_sortis(bouts.tampon, consignes)}
    suivis = []
    for chantier in attribution.chantiers:
        cle = normalise_code(chantier.code)
        connu = connus.pop(cle, None) or sortis.pop(cle, None)
        suivis.append(replace(connu, chantier=chantier, present=True) if connu else ChantierSuivi(chantier, None, None))
    partis = [replace(connu, present=False) for connu in connus.values() if connu.projet_id is not None]
    partants = [*partis, *sortis.values()] if consignes.reglages.sortie is not Sortie.LAISSER else []
    plan = lit_et_planifie(bouts.batisimply, bouts.tampon, suivis, partants, consignes).plan
    remarques = [*attribution.remarques, *plan.remarques]
    if plan.garde is not None:
        remarques.append(incident_de_garde(plan.garde))
    return Apercu(Flux.CHANTIERS, chantiers=plan, rejets=plan.rejets, remarques=remarques)


def _apercu_heures(bouts: Bouts, progression: Progression, depuis: date | None) -> Apercu:
    resultat = Apercu(Flux.HEURES)
    tampon = bouts.tampon
    fenetre = bouts.tranches(depuis or _depuis(tampon.read_import()))
    rubriques = bouts.batigest.check_suivi(tampon.list_en_plus())
    regles = read_regles(tampon, bouts.heures, rubriques, bouts.fuseau, fenetre)
    annuaire = read_repertoire(bouts.batisimply, bouts.batigest, tampon, depuis=fenetre[0].debut).annuaire
    for rang, tranche in enumerate(fenetre, start=1):
        debut, fin = tranche.bornes_utc(bouts.fuseau)
        lecture = bouts.batisimply.read_tranche(debut, fin + timedelta(hours=bouts.chevauchement_heures)).lit()
        stockes = resout(lecture, annuaire, tranche, bouts.fuseau)
        notres = {ligne.cle: ligne for ligne in tampon.list_lignes(tranche)}
        # The slots are fresher than the tampon: what leaves the closed period only now is paid, too.
        regles = regles.paye(notres.values())
        anciennes = read_anciennes(bouts.batigest, tampon, regles, tranche)
        resultat.actions += a_changer(tampon, regles, tranche, anciennes)
        examine = partial(
            examine_date,
            tampon,
            tranche,
            notres=notres,
            annoncees=tampon.list_annoncees(tranche),
            lignes=anciennes.superpose(bouts.batigest.read_lignes(tranche).lignes),
            reglement=regles.reglement,
        )
        examen = examine(voulues=regles.voulues(resolus(stockes)))
        if partis := libere(examen, list_quittees(examen, regles.payes)):
            regles = replace(regles, payes=regles.payes - partis)
            examen = examine(voulues=regles.voulues(resolus(stockes)))
        resultat.actions += examen.plan.actions
        resultat.laissees += examen.plan.laissees
        resultat.rejets += [
            Rejet(ObjetRejet.CRENEAU, s.creneau.id, s.motif, f"{s.creneau.nom_utilisateur}, {s.creneau.debut:%d/%m/%Y}")
            for s in stockes
            if s.motif is not None and s.creneau.valide
        ]
        progression.avance(Fleche.PULL_HEURES, rang, len(fenetre), f"Heures {tranche}")
    resultat.remarques += annonce_garde(bouts, resultat.actions, fenetre)
    return resultat


def annonce_garde(bouts: Bouts, actions: Sequence[Action], fenetre: Sequence[Tranche]) -> list[Incident]:
    """Say beforehand that the run would stop and ask."""
    seuil = Seuil(bouts.heures.garde_part, bouts.heures.garde_lignes)
    possedees, _ = bouts.tampon.count_changements(fenetre[0].debut, fenetre[-1].fin)
    changes = sum(action.geste in CHANGEMENTS and action.base is not None for action in actions)
    if not seuil.franchi(changes, possedees):
        return []
    return [
        Incident(
            f"{changes} lignes sur {possedees} seraient corrigées ou retirées : la garde demandera une confirmation.",
            "Vérifiez ce plan ; après la synchronisation, « connecteur garde confirme » le laissera passer.",
        )
    ]


def verifie_dossier(bouts: Bouts) -> Constat:
    """The invariant over the window: the slots of the tampon against the lines that are in Batigest."""
    fenetre = bouts.tranches()
    rubriques = bouts.batigest.check_suivi(bouts.tampon.list_en_plus())
    regles = read_regles(bouts.tampon, bouts.heures, rubriques, bouts.fuseau, fenetre)
    pas = regles.rubriques.pas_heures
    retenues = list_retenues(bouts.tampon, regles, fenetre)
    constat = Constat(pas_heures=pas)
    for tranche in fenetre:
        anciennes = read_anciennes(bouts.batigest, bouts.tampon, regles, tranche)
        actuelles = par_cle(anciennes.superpose(bouts.batigest.read_lignes(tranche).lignes))
        notres = {ligne.cle: ligne for ligne in bouts.tampon.list_lignes(tranche)}
        notres, _, _ = reprend(bouts.tampon.list_annoncees(tranche), notres, actuelles)
        voulues = regles.voulues(bouts.tampon.list_resolus(tranche))
        inexpliques = bouts.tampon.list_inexpliques(tranche)
        constat.ajoute(
            verifie(voulues, notres, actuelles, inexpliques, pas, reglement=regles.reglement, retenues=retenues)
        )
    return constat
