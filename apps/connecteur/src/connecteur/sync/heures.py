"""Heures: BatiSimply > tampon (pull), tampon > Batigest (push)."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from connecteur.domain.heure import (
    CleSuivi,
    CreneauResolu,
    LigneActuelle,
    LigneSuivi,
    Rubriques,
    lignes_voulues,
    normalise_code,
)
from connecteur.domain.periode import Tranche
from connecteur.domain.plan import Action, Geste, Plan, plan_heures
from connecteur.domain.rejet import MotifRejet, ObjetRejet, Rejet
from connecteur.domain.reprise import apres, reprend
from connecteur.domain.resolution import Annuaire, indexe_salaries
from connecteur.domain.run import Bilan, Fleche, Incident
from connecteur.errors import (
    AccesRefuse,
    Annule,
    ConfigurationInvalide,
    ErreurConnecteur,
    ReponseIncertaine,
    SchemaInattendu,
)
from connecteur.sync.avance import lit_d_avance
from connecteur.sync.ports import (
    CreneauStocke,
    Creneaux,
    DossierHeures,
    Ecrites,
    Lecture,
    LignesLues,
    Progression,
    TamponHeures,
    TrancheLue,
    cle_texte,
)

LECTURES_PARALLELES = 2
"""How many slices are asked of BatiSimply at once: it never waits for us, and is not pressed."""
LECTURES_D_AVANCE = 3
"""How many slices stand ahead of the one being stored."""
ECHECS_DE_SUITE = 3
"""So many slices failing one after the other is the service failing: the run stops instead of insisting."""
PASSES = 4
"""How often a slice is planned again because Batigest changed under our eyes, before it is left for the next run."""

NOTES = frozenset({Geste.ADOPTER, Geste.OUBLIER})
"""The actions that only change what the tampon knows."""
STANDING = frozenset({Geste.CONFLIT, Geste.REPRISE})


# --- BatiSimply > tampon --------------------------------------------------------------------------------


def read_annuaire(creneaux: Creneaux, dossier: DossierHeures) -> Annuaire:
    """Who is who today: project codes, the dossier's sites and employees."""
    return Annuaire(
        codes_projets={p.id: p.champs.get("code") or "" for p in creneaux.read_projets()},
        chantiers={normalise_code(code): code for code in dossier.read_codes_chantiers()},
        salaries=indexe_salaries(dossier.read_salaries()),
    )


def empreinte_annuaire(annuaire: Annuaire) -> str:
    """Equal digests, equal answers for every slot."""
    contenu = repr(
        (sorted(annuaire.codes_projets.items()), sorted(annuaire.chantiers.items()), sorted(annuaire.salaries.items()))
    )
    return hashlib.blake2b(contenu.encode(), digest_size=16).hexdigest()


def resout(lecture: Lecture, annuaire: Annuaire, tranche: Tranche, fuseau: ZoneInfo) -> list[CreneauStocke]:
    """The slots that start in the slice, each with where it goes or why it cannot go."""
    stockes = []
    for creneau in lecture.creneaux:
        jour = creneau.debut.astimezone(fuseau).date()
        if not tranche.debut <= jour < tranche.fin:
            continue
        resolution = annuaire.resout(creneau)
        if isinstance(resolution, MotifRejet):
            stockes.append(CreneauStocke(creneau, None, None, resolution))
        else:
            stockes.append(CreneauStocke(creneau, resolution.code_chantier, resolution.code_salarie, None))
    return stockes


def pull_heures(
    creneaux: Creneaux,
    dossier: DossierHeures,
    tampon: TamponHeures,
    *,
    tranches: Sequence[Tranche],
    fuseau: ZoneInfo,
    chevauchement: timedelta,
    run: str,
    progression: Progression,
) -> Bilan:
    """Read the window into the tampon, slice by slice; a slice is stored whole or not at all."""
    bilan = Bilan(Fleche.PULL_HEURES)
    annuaire = read_annuaire(creneaux, dossier)
    empreinte = empreinte_annuaire(annuaire)
    tolerance = _Tolerance(bilan)
    progression.avance(Fleche.PULL_HEURES, 0, len(tranches))

    def lit(tranche: Tranche) -> TrancheLue:
        debut, fin = tranche.bornes_utc(fuseau)
        return creneaux.read_tranche(debut, fin + chevauchement)

    with lit_d_avance(lit, tranches, fils=LECTURES_PARALLELES, avance=LECTURES_D_AVANCE) as lectures:
        for rang, (tranche, futur) in enumerate(lectures, start=1):
            _verifie_annulation(progression)
            with tolerance.tranche(f"Heures {tranche} non lues"):
                lue = futur.result()
                etat = tampon.read_etat(tranche)
                if (etat.empreinte_creneaux, etat.empreinte_annuaire) == (lue.empreinte, empreinte):
                    bilan.compte("tranches inchangées")
                else:
                    lecture = lue.lit()
                    comptes = tampon.store_creneaux(
                        tranche,
                        resout(lecture, annuaire, tranche, fuseau),
                        illisibles=[illisible.id for illisible in lecture.illisibles],
                        # A slice with an unreadable slot is read again on every run, until it is mended.
                        empreinte=lue.empreinte if not lecture.illisibles else "",
                        empreinte_annuaire=empreinte,
                        run=run,
                    )
                    bilan.compte("nouveaux créneaux", comptes.nouveaux)
                    bilan.compte("créneaux modifiés", comptes.modifies)
                    bilan.compte("créneaux disparus", comptes.sortis)
                    bilan.compte("créneaux inchangés", comptes.inchanges)
                    bilan.incidents += [
                        Incident(f"Créneau {i.id or 'sans identifiant'} illisible, {tranche} : {i.raison}")
                        for i in lecture.illisibles
                    ]
            progression.avance(Fleche.PULL_HEURES, rang, len(tranches), f"Heures {tranche}")
    bilan.rejets = len(tampon.list_rejets_ouverts())
    return bilan


# --- tampon > Batigest ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Examen:
    """One slice looked at from both sides."""

    plan: Plan
    notres: dict[CleSuivi, LigneSuivi]
    """The lines we own, those of an interrupted run included."""
    faites: list[Action]
    """Writes announced before a power cut that turn out to have happened."""
    abandonnees: list[Action]
    """Writes announced before a power cut that never happened."""


def examine(
    voulues: Mapping[CleSuivi, LigneSuivi],
    notres: Mapping[CleSuivi, LigneSuivi],
    annoncees: Sequence[Action],
    lignes: Iterable[LigneActuelle],
) -> Examen:
    """The plan of a slice, once the writes of an interrupted run are settled. Pure: the dry run shows it."""
    actuelles = par_cle(lignes)
    les_notres, faites, abandonnees = reprend(annoncees, notres, actuelles)
    return Examen(plan_heures(voulues, les_notres, actuelles), les_notres, faites, abandonnees)


def resolus(stockes: Iterable[CreneauStocke]) -> Iterator[CreneauResolu]:
    """The slots that belong in Batigest: validated, chantier and salarié known."""
    for stocke in stockes:
        if stocke.creneau.valide and stocke.code_chantier and stocke.code_salarie and stocke.motif is None:
            yield CreneauResolu(stocke.creneau, stocke.code_chantier, stocke.code_salarie)


def par_cle(lignes: Iterable[LigneActuelle]) -> dict[CleSuivi, list[LigneActuelle]]:
    """Lines by key; other programs may have written several on one."""
    index: defaultdict[CleSuivi, list[LigneActuelle]] = defaultdict(list)
    for ligne in lignes:
        index[ligne.cle].append(ligne)
    return dict(index)


def push_heures(
    dossier: DossierHeures,
    tampon: TamponHeures,
    *,
    tranches: Sequence[Tranche],
    fuseau: ZoneInfo,
    run: str,
    progression: Progression,
) -> Bilan:
    """Bring SuiviMO to the state the slots describe, slice by slice."""
    bilan = Bilan(Fleche.PUSH_HEURES)
    rubriques = dossier.check_suivi()
    ecriture = _Ecriture(dossier, tampon, rubriques=rubriques, fuseau=fuseau, run=run, bilan=bilan)
    tolerance = _Tolerance(bilan)
    with lit_d_avance(ecriture.lit, tranches, fils=2, avance=2) as lectures:
        for rang, (tranche, futur) in enumerate(lectures, start=1):
            _verifie_annulation(progression)
            progression.avance(Fleche.PUSH_HEURES, rang - 1, len(tranches), f"Heures {tranche}")
            with tolerance.tranche(f"Heures {tranche} non écrites"):
                ecriture.traite(tranche, futur.result())
    progression.avance(Fleche.PUSH_HEURES, len(tranches), len(tranches))
    constats = tampon.count_constats()
    bilan.conflits = constats.get(Geste.CONFLIT, 0)
    if constats.get(Geste.REPRISE):
        bilan.comptes["lignes reprises à la main dans Batigest"] = constats[Geste.REPRISE]
    return bilan


@dataclass(frozen=True, slots=True)
class _Etat:
    """One slice from both sides: the lines that are there, those we want, those we wrote, the open notes."""

    lues: LignesLues
    voulues: dict[CleSuivi, LigneSuivi]
    notres: dict[CleSuivi, LigneSuivi]
    annoncees: list[Action]


class _Ecriture:
    """Writing one run's slices."""

    def __init__(
        self,
        dossier: DossierHeures,
        tampon: TamponHeures,
        *,
        rubriques: Rubriques,
        fuseau: ZoneInfo,
        run: str,
        bilan: Bilan,
    ) -> None:
        self._dossier = dossier
        self._tampon = tampon
        self._rubriques = rubriques
        self._fuseau = fuseau
        self._run = run
        self._bilan = bilan

    def lit(self, tranche: Tranche) -> "_Etat | None":
        """What a slice is planned from; None when nothing has changed on either side since it was settled."""
        lues = self._dossier.read_lignes(tranche)
        if self._tampon.read_etat(tranche).empreinte_suivi == self._empreinte(lues.empreinte):
            return None
        return _Etat(
            lues,
            lignes_voulues(resolus(self._tampon.list_creneaux(tranche)), self._rubriques, self._fuseau),
            {ligne.cle: ligne for ligne in self._tampon.list_lignes(tranche)},
            self._tampon.list_annoncees(tranche),
        )

    def traite(self, tranche: Tranche, etat: "_Etat | None") -> None:
        """Plan, write, look again, until nothing is left to do."""
        if etat is None:
            self._bilan.compte("tranches inchangées")
            return
        lues, voulues, notres, annoncees = etat.lues, etat.voulues, etat.notres, etat.annoncees
        refus: dict[CleSuivi, Rejet] = {}
        for _ in range(PASSES):
            examen = examine(voulues, notres, annoncees, lues.lignes)
            a_ecrire = [action for action in examen.plan.ecritures if action.cle not in refus]
            a_noter = [action for action in examen.plan.actions if action.geste in NOTES]
            self._note(faites=examen.faites, abandonnees=examen.abandonnees, notees=a_noter)
            notres, annoncees = apres(examen.notres, a_noter), []
            if not a_ecrire:
                self._settle(tranche, None if refus else self._empreinte(lues.empreinte), examen.plan, refus)
                self._bilan.compte("lignes inchangées", examen.plan.laissees)
                return
            ecrites = self._ecrit(a_ecrire)
            notres = apres(notres, ecrites.faites)
            refus |= {r.action.cle: _rejet_ligne(r.action, r.detail) for r in ecrites.refusees}
            # Read back: the next pass compares what is there now with what we wanted, and ends when nothing differs.
            lues = self._dossier.read_lignes(tranche)
        self._settle(tranche, None, examen.plan, refus)
        self._bilan.incidents.append(
            Incident(
                f"Les lignes {tranche} changent dans Batigest pendant qu’elles sont écrites.",
                "Rien n’est perdu : la prochaine synchronisation reprendra cette période.",
            )
        )

    def _empreinte(self, empreinte_lignes: str) -> str:
        # What our columns can hold decides what we want: a change of column type must be looked at, too.
        return f"{self._rubriques.pas_heures}:{empreinte_lignes}"

    def _note(self, *, faites: list[Action], abandonnees: list[Action], notees: list[Action]) -> None:
        if not (faites or abandonnees or notees):
            return
        self._tampon.confirm(self._run, faites=faites, abandonnees=abandonnees, sans_ecriture=notees)
        if faites:
            self._bilan.compte("écritures d’un run interrompu retrouvées", len(faites))
        for action in notees:
            self._bilan.compte("adoptées" if action.geste is Geste.ADOPTER else "oubliées")

    def _ecrit(self, actions: list[Action]) -> Ecrites:
        self._tampon.announce(self._run, actions)
        ecrites = self._dossier.write_lignes(actions)
        abandonnees = [*ecrites.depassees, *(refuse.action for refuse in ecrites.refusees)]
        self._tampon.confirm(self._run, faites=ecrites.faites, abandonnees=abandonnees, sans_ecriture=[])
        self._bilan.ecritures += len(ecrites.faites)
        for action in ecrites.faites:
            self._bilan.compte(COMPTEURS[action.geste])
            if action.deplace_de is not None:
                self._bilan.compte("dont déplacées")
        return ecrites

    def _settle(self, tranche: Tranche, empreinte: str | None, plan: Plan, refus: dict[CleSuivi, Rejet]) -> None:
        constats = [action for action in plan.actions if action.geste in STANDING]
        self._tampon.settle_tranche(
            tranche, empreinte_suivi=empreinte, constats=constats, refus=list(refus.values()), run=self._run
        )
        self._bilan.rejets += len(refus)


COMPTEURS: dict[Geste, str] = {
    Geste.INSERER: "insérées",
    Geste.CORRIGER: "corrigées",
    Geste.RETIRER: "retirées",
    Geste.VIDER: "vidées",
}


def _rejet_ligne(action: Action, detail: str) -> Rejet:
    cle = action.cle
    libelle = f"Salarié {cle.code_salarie}, chantier {cle.code_chantier}, {cle.debut:%d/%m/%Y %H:%M}"
    return Rejet(ObjetRejet.LIGNE, cle_texte(cle), MotifRejet.LIGNE_REFUSEE, libelle, detail)


# --- both -----------------------------------------------------------------------------------------------


class _Tolerance:
    """One slice that fails leaves the others alone; several in a row, or a refused access, stop the run."""

    def __init__(self, bilan: Bilan) -> None:
        self._bilan = bilan
        self._de_suite = 0

    @contextmanager
    def tranche(self, quoi: str) -> Iterator[None]:
        """Run one slice; note its failure as an incident."""
        try:
            yield
        except (AccesRefuse, Annule, ConfigurationInvalide, SchemaInattendu, ReponseIncertaine):
            # After an uncertain commit nothing more is written before the next run has looked.
            raise
        except ErreurConnecteur as exc:
            self._de_suite += 1
            if self._de_suite >= ECHECS_DE_SUITE:
                raise
            self._bilan.incidents.append(Incident(f"{quoi} : {exc.message}", exc.remede, exc.detail))
        else:
            self._de_suite = 0


def _verifie_annulation(progression: Progression) -> None:
    if progression.annulation_demandee():
        raise Annule("La synchronisation a été annulée.")
