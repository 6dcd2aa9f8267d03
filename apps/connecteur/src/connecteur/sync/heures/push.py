"""Bring SuiviMO to the state the slots of the tampon describe.

A slice is planned and announced, then written, then confirmed, in that order and never otherwise. Neighbouring slices
overlap (`chaine.py`). Batigest is not read back when it wrote exactly what was announced: the digest that the slice
will then have is worked out, and if anything else happened there, the next run finds another one and looks.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from connecteur.domain.garde import Seuil
from connecteur.domain.heure import CleSuivi, LigneSuivi, Quantites
from connecteur.domain.periode import Tranche
from connecteur.domain.plan import Action, Geste
from connecteur.domain.rejet import MotifRejet, ObjetRejet, Rejet
from connecteur.domain.reprise import Annonce, apres
from connecteur.domain.run import Bilan, Fleche, Incident
from connecteur.settings import ReglagesHeures
from connecteur.sync.avance import lit_d_avance
from connecteur.sync.heures.chaine import Chaine
from connecteur.sync.heures.devance import Devance
from connecteur.sync.heures.examen import Examen, examine_date, libere, list_quittees
from connecteur.sync.heures.garde import Consigne, consulte_garde
from connecteur.sync.heures.regles import Regles, read_regles
from connecteur.sync.heures.restees import list_closes, remarques_anciens, remarques_closes
from connecteur.sync.heures.rubriques import RIEN_D_ANCIEN, Anciennes, change_rubriques, read_anciennes
from connecteur.sync.heures.tolerance import Tolerance, verifie_annulation
from connecteur.sync.horloges import derive
from connecteur.sync.ports import DossierHeures, Ecrites, EtatTranche, LignesLues, Progression, TamponHeures, cle_texte

PASSES = 4
"""How often a slice is planned again because Batigest changed under our eyes, before it is left for the next run."""

NOTES = frozenset({Geste.ADOPTER, Geste.OUBLIER})
"""The actions that only change what the tampon knows."""
TENUES = {
    Geste.CONFLIT: "conflits qui attendent une décision",
    Geste.REPRISE: "lignes reprises à la main dans Batigest",
    Geste.PERIODE_CLOSE: "écarts en période close, laissés tels quels",
}
"""The actions that stand until somebody decides, and how they are counted for a person."""


def push_heures(
    dossier: DossierHeures,
    tampon: TamponHeures,
    *,
    tranches: Sequence[Tranche],
    recentes: Sequence[Tranche],
    reglages: ReglagesHeures,
    fuseau: ZoneInfo,
    run: str,
    progression: Progression,
    devance: Devance | None = None,
) -> Bilan:
    """Bring SuiviMO to the state the slots describe, slice by slice; of the slices that are not `recentes`, only those
    that are not settled are looked at. `devance`: what was read ahead during the pull."""
    bilan = Bilan(Fleche.PUSH_HEURES)
    rubriques = dossier.check_suivi(tampon.list_en_plus())
    plusieurs = tampon.note_rubriques(rubriques.noms)
    regles = replace(read_regles(tampon, reglages, rubriques, fuseau, tranches), plusieurs_rubriques=plusieurs)
    consigne = consulte_garde(tampon, regles, Seuil(reglages.garde_part, reglages.garde_lignes), tranches, run)
    devancees = devance.prend(run, rubriques) if devance else {}
    ecriture = _Ecriture(dossier, tampon, regles=regles, consigne=consigne, run=run, bilan=bilan, devancees=devancees)
    if regles.plusieurs_rubriques and consigne.retenus is None:
        change_rubriques(dossier, tampon, regles, tranches=tranches, run=run, bilan=bilan)
    tolerance = Tolerance(bilan, "non écrites")

    def passe(choisies: Sequence[Tranche], deja: int) -> None:
        etats = tampon.read_etats(choisies)
        with (
            lit_d_avance(lambda t: ecriture.lit(t, etats[t]), choisies, fils=2, avance=2) as lectures,
            Chaine(ecriture, tolerance) as chaine,
        ):
            for rang, (tranche, futur) in enumerate(lectures, start=deja):
                verifie_annulation(progression)
                progression.avance(Fleche.PUSH_HEURES, min(rang, len(tranches)), len(tranches), f"Heures {tranche}")
                chaine.engage(tranche, futur)

    passe(_a_regarder(tampon, regles, tranches, recentes), 0)
    passe(tolerance.second_essai(), len(tranches))
    if ecriture.libere():
        # A line of the closed period is ours no more: its slots, which start later now, are wanted after all.
        passe(tranches, 0)
    progression.avance(Fleche.PUSH_HEURES, len(tranches), len(tranches))
    bilan.remarques += derive("Batigest", dossier.ecart_horloge_s)
    bilan.remarques += remarques_closes(ecriture.closes.values()) + remarques_anciens(regles.anciens, regles.depuis)
    bilan.rejets = tampon.count_rejets_ouverts(ObjetRejet.LIGNE)
    constats = tampon.count_constats()
    bilan.conflits = constats.get(Geste.CONFLIT, 0)
    for geste, libelle in TENUES.items():
        if constats.get(geste):
            bilan.comptes[libelle] = constats[geste]
    if consigne.garde is not None and consigne.retenus is None and not bilan.incidents:
        tampon.ferme_garde(consigne.garde.id)
    bilan.incidents += filter(None, [consigne.incident()])
    return bilan


def _a_regarder(
    tampon: TamponHeures, regles: Regles, tranches: Sequence[Tranche], recentes: Sequence[Tranche]
) -> Sequence[Tranche]:
    if len(recentes) == len(tranches):
        return tranches
    etats, lues = tampon.read_etats(tranches), set(recentes)
    return [t for t in tranches if t in lues or not (etats[t].empreinte_suivi or "").startswith(regles.prefixe)]


@dataclass(frozen=True, slots=True)
class _Etat:
    """One slice from both sides: the lines that are there, those we want, those we wrote, the open notes."""

    lues: LignesLues
    voulues: dict[CleSuivi, LigneSuivi]
    notres: dict[CleSuivi, LigneSuivi]
    annoncees: Sequence[Action] = ()
    anciennes: Anciennes = RIEN_D_ANCIEN


@dataclass(frozen=True, slots=True)
class _Lot:
    """The writes of one slice, announced."""

    tranche: Tranche
    etat: _Etat
    examen: Examen
    annonce: Annonce
    retenues: int = 0
    """How many writes the guard holds back."""
    figees: int = 0
    """How many cannot be made, because their line stands in other headings."""
    refus: dict[CleSuivi, Rejet] = field(default_factory=dict)
    """The lines that Batigest refused so far: they are not tried again in this run."""


class _Ecriture:
    """What is done with one slice; see `chaine.Etapes`."""

    def __init__(
        self,
        dossier: DossierHeures,
        tampon: TamponHeures,
        *,
        regles: Regles,
        consigne: Consigne,
        run: str,
        bilan: Bilan,
        devancees: Mapping[Tranche, str],
    ) -> None:
        self._dossier = dossier
        self._tampon = tampon
        self._regles = regles
        self._consigne = consigne
        self._run = run
        self._bilan = bilan
        self._devancees = devancees
        self.closes: dict[CleSuivi, Action] = {}
        """What a closed period keeps of the slices that were looked at, edited by hand, its slots gone elsewhere."""
        self._oublies: set[str] = set()
        """The slots of the lines that were forgotten, and those that left a line nobody keeps."""

    def libere(self) -> bool:
        """Whether slots taken for paid turned out not to be; they are wanted from now on."""
        restent = self._regles.payes - self._oublies
        change = restent != self._regles.payes
        self._regles = replace(self._regles, payes=restent)
        return change

    def lit(self, tranche: Tranche, etat: EtatTranche) -> _Etat | None:
        """What a slice is planned from; None when nothing has changed on either side since it was settled.

        `etat` was read before the first slice: what happens to this one meanwhile is for the next run.
        """
        devancee = self._devancees.get(tranche)
        if devancee is not None and etat.empreinte_suivi == self._empreinte(devancee):
            return None
        lues = self._dossier.read_lignes(tranche)
        if etat.empreinte_suivi == self._empreinte(lues.empreinte):
            return None
        return _Etat(
            lues,
            self._regles.voulues(self._tampon.list_resolus(tranche)),
            {ligne.cle: ligne for ligne in self._tampon.list_lignes(tranche)},
            self._tampon.list_annoncees(tranche),
            read_anciennes(self._dossier, self._tampon, self._regles, tranche),
        )

    def prepare(self, tranche: Tranche, etat: _Etat | None) -> _Lot | None:
        """Plan a slice and announce what is to be written; None when there is nothing: the slice is settled."""
        if etat is None:
            self._bilan.compte("tranches inchangées")
            return None
        return self._prepare(tranche, etat, {})

    def ecrit(self, lot: _Lot) -> Ecrites:
        """Carry out what was announced."""
        ecrites = self._dossier.write_lignes(lot.annonce.actions)
        # A line given back stands apart from now on, or the slots have changed since and it is disputed again.
        suite = any(action.geste is Geste.RENDRE for action in ecrites.faites)
        return replace(ecrites, suite=True) if suite else ecrites

    def compte(self, lot: _Lot, ecrites: Ecrites) -> None:
        """Count what was written, and, once it is all, what is left as it is."""
        faites = ecrites.faites
        self._bilan.ecritures += len(faites)
        for geste, combien in Counter(action.geste for action in faites).items():
            self._compte(COMPTEURS[geste], combien)
        self._compte("dont conflits réglés", sum(action.jugement is not None for action in faites))
        self._compte("dont déplacées", sum(action.deplace_de is not None for action in faites))
        if ecrites.entieres:
            self._compte("lignes inchangées", lot.examen.plan.laissees)
            self._compte("retenues par la garde", lot.retenues)

    def confirme(self, lot: _Lot) -> None:
        """Everything that was announced is written: take note, and settle the slice."""
        self._tampon.confirm_annonce(self._run, lot.annonce)
        prevue = lot.etat.lues.empreinte_apres(lot.annonce.actions)
        self._settle(lot.tranche, prevue, lot.examen, lot.refus, retenues=lot.retenues + lot.figees)

    def insiste(self, lot: _Lot, ecrites: Ecrites) -> None:
        """Not everything could be written: look again, plan again, write again, until nothing is left to do."""
        for _ in range(PASSES - 1):
            self._confirme_en_partie(lot, ecrites)
            refus = lot.refus | {r.action.cle: _rejet_ligne(r.action, r.detail) for r in ecrites.refusees}
            notres = apres(lot.etat.notres, ecrites.faites)
            lues, anciennes = self._dossier.read_lignes(lot.tranche), lot.etat.anciennes
            etat = _Etat(lues, lot.etat.voulues, notres, anciennes=anciennes)
            suite = self._prepare(lot.tranche, etat, refus)
            if suite is None:
                return
            lot, ecrites = suite, self.ecrit(suite)
            self.compte(lot, ecrites)
            if ecrites.entieres:
                self.confirme(lot)
                return
        self._confirme_en_partie(lot, ecrites)
        self._settle(lot.tranche, None, lot.examen, lot.refus)
        self._bilan.incidents.append(
            Incident(
                f"Les lignes {lot.tranche} changent dans Batigest pendant qu’elles sont écrites.",
                "Rien n’est perdu : la prochaine synchronisation reprendra cette période.",
            )
        )

    def _prepare(self, tranche: Tranche, etat: _Etat, refus: dict[CleSuivi, Rejet]) -> _Lot | None:
        examen = examine_date(
            self._tampon,
            tranche,
            voulues=etat.voulues,
            notres=etat.notres,
            annoncees=etat.annoncees,
            lignes=etat.anciennes.superpose(etat.lues.lignes),
            reglement=self._regles.reglement,
        )
        ecritures, anciennes = examen.plan.ecritures, etat.anciennes.lignes
        mobiles = [action for action in ecritures if action.cle not in anciennes] if anciennes else ecritures
        permises = self._consigne.permet(mobiles)
        retenues, figees = len(mobiles) - len(permises), len(ecritures) - len(mobiles)
        a_ecrire = [action for action in permises if action.cle not in refus] if refus else permises
        # Noting a line would say that it stands in the headings of today.
        a_noter = [
            action
            for action in examen.plan.actions
            if action.geste in NOTES and (action.geste is Geste.OUBLIER or action.cle not in anciennes)
        ]
        if self._regles.payes and (quittees := list_quittees(examen, self._regles.payes)):
            self._tampon.confirm(self._run, faites=[], abandonnees=[], sans_ecriture=quittees)
            self._oublies |= libere(examen, quittees)
        self._note(faites=examen.faites, abandonnees=examen.abandonnees, notees=a_noter)
        if not a_ecrire:
            self._compte("retenues par la garde", retenues)
            self._settle(tranche, etat.lues.empreinte, examen, refus, retenues=retenues + figees)
            self._compte("lignes inchangées", examen.plan.laissees)
            return None
        notres = apres(examen.notres, a_noter)
        annonce = self._tampon.announce(self._run, a_ecrire)
        suite = _Etat(etat.lues, etat.voulues, notres, (), etat.anciennes)
        return _Lot(tranche, suite, examen, annonce, retenues, figees, refus)

    def _confirme_en_partie(self, lot: _Lot, ecrites: Ecrites) -> None:
        abandonnees = [*ecrites.depassees, *(refuse.action for refuse in ecrites.refusees)]
        self._tampon.confirm_annonce(self._run, lot.annonce, sauf=abandonnees)

    def _compte(self, quoi: str, combien: int) -> None:
        if combien:
            self._bilan.compte(quoi, combien)

    def _empreinte(self, empreinte_lignes: str) -> str:
        # What our columns can hold decides what we want, and so do the settings: their change must be looked at, too.
        return self._regles.prefixe + empreinte_lignes

    def _note(self, *, faites: list[Action], abandonnees: list[Action], notees: list[Action]) -> None:
        if not (faites or abandonnees or notees):
            return
        self._tampon.confirm(self._run, faites=faites, abandonnees=abandonnees, sans_ecriture=notees)
        self._compte("écritures d’un run interrompu retrouvées", len(faites))
        for action in notees:
            if action.geste is Geste.OUBLIER:
                self._oublies.update(action.creneaux)
            self._bilan.compte("adoptées" if action.geste is Geste.ADOPTER else "oubliées")

    def _settle(
        self,
        tranche: Tranche,
        empreinte: str | None,
        examen: Examen,
        refus: dict[CleSuivi, Rejet],
        *,
        retenues: int = 0,
    ) -> None:
        """`empreinte` is that of the lines as they are now; None when they must be looked at again."""
        self.closes |= {action.cle: action for action in list_closes(examen.plan.actions, self._regles.reglement)}
        a_revoir = empreinte is None or refus or retenues
        self._tampon.settle_tranche(
            tranche,
            empreinte_suivi=None if a_revoir or empreinte is None else self._empreinte(empreinte),
            constats=[action for action in examen.plan.actions if action.geste in TENUES],
            refus=list(refus.values()),
            run=self._run,
            dates=examen.dates,
        )


COMPTEURS: dict[Geste, str] = {
    Geste.INSERER: "insérées",
    Geste.CORRIGER: "corrigées",
    Geste.RETIRER: "retirées",
    Geste.VIDER: "vidées",
    Geste.RENDRE: "rendues",
    Geste.CHANGER_RUBRIQUES: "changées de rubriques",
}


def _rejet_ligne(action: Action, detail: str) -> Rejet:
    cle = action.cle
    libelle = f"Salarié {cle.code_salarie}, chantier {cle.code_chantier}, {cle.debut:%d/%m/%Y %H:%M}"
    contenu = {"geste": action.geste.value, "avant": _nombres(action.avant), "apres": _nombres(action.apres)}
    return Rejet(ObjetRejet.LIGNE, cle_texte(cle), MotifRejet.LIGNE_REFUSEE, libelle, detail, contenu)


def _nombres(quantites: Quantites | None) -> dict[str, str] | None:
    if quantites is None:
        return None
    heures, trajet, panier, plus = quantites
    nombres = {"heures": str(heures), "trajet": str(trajet), "panier": str(panier)}
    return nombres | {f"NbH{numero}": str(combien) for numero, combien in plus}
