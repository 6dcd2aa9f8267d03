"""Bring SuiviMO to the state the slots of the tampon describe."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from connecteur.domain.garde import Seuil
from connecteur.domain.heure import CleSuivi, LigneSuivi, Quantites
from connecteur.domain.periode import Tranche
from connecteur.domain.plan import Action, Geste
from connecteur.domain.rejet import MotifRejet, ObjetRejet, Rejet
from connecteur.domain.reprise import apres
from connecteur.domain.run import Bilan, Fleche, Incident
from connecteur.settings import ReglagesHeures
from connecteur.sync.avance import lit_d_avance
from connecteur.sync.heures.examen import Examen, examine_date
from connecteur.sync.heures.garde import Consigne, consulte_garde
from connecteur.sync.heures.regles import Regles, read_regles
from connecteur.sync.heures.tolerance import Tolerance, verifie_annulation
from connecteur.sync.ports import DossierHeures, Ecrites, LignesLues, Progression, TamponHeures, cle_texte

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
    reglages: ReglagesHeures,
    fuseau: ZoneInfo,
    run: str,
    progression: Progression,
) -> Bilan:
    """Bring SuiviMO to the state the slots describe, slice by slice."""
    bilan = Bilan(Fleche.PUSH_HEURES)
    regles = read_regles(tampon, reglages, dossier.check_suivi(), fuseau, tranches)
    consigne = consulte_garde(tampon, regles, Seuil(reglages.garde_part, reglages.garde_lignes), tranches, run)
    ecriture = _Ecriture(dossier, tampon, regles=regles, consigne=consigne, run=run, bilan=bilan)
    tolerance = Tolerance(bilan)
    with lit_d_avance(ecriture.lit, tranches, fils=2, avance=2) as lectures:
        for rang, (tranche, futur) in enumerate(lectures, start=1):
            verifie_annulation(progression)
            progression.avance(Fleche.PUSH_HEURES, rang - 1, len(tranches), f"Heures {tranche}")
            with tolerance.tranche(f"Heures {tranche} non écrites"):
                ecriture.traite(tranche, futur.result())
    progression.avance(Fleche.PUSH_HEURES, len(tranches), len(tranches))
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
        regles: Regles,
        consigne: Consigne,
        run: str,
        bilan: Bilan,
    ) -> None:
        self._dossier = dossier
        self._tampon = tampon
        self._regles = regles
        self._consigne = consigne
        self._run = run
        self._bilan = bilan

    def lit(self, tranche: Tranche) -> "_Etat | None":
        """What a slice is planned from; None when nothing has changed on either side since it was settled."""
        lues = self._dossier.read_lignes(tranche)
        if self._tampon.read_etat(tranche).empreinte_suivi == self._empreinte(lues.empreinte):
            return None
        return _Etat(
            lues,
            self._regles.voulues(self._tampon.list_creneaux(tranche)),
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
            examen = examine_date(
                self._tampon,
                tranche,
                voulues=voulues,
                notres=notres,
                annoncees=annoncees,
                lignes=lues.lignes,
                reglement=self._regles.reglement,
            )
            permises = [action for action in examen.plan.ecritures if not self._consigne.retient(action)]
            a_ecrire = [action for action in permises if action.cle not in refus]
            a_noter = [action for action in examen.plan.actions if action.geste in NOTES]
            self._note(faites=examen.faites, abandonnees=examen.abandonnees, notees=a_noter)
            notres, annoncees = apres(examen.notres, a_noter), []
            if not a_ecrire:
                retenues = len(examen.plan.ecritures) - len(permises)
                if retenues:
                    self._bilan.compte("retenues par la garde", retenues)
                reste = refus or retenues
                self._settle(tranche, None if reste else self._empreinte(lues.empreinte), examen, refus)
                self._bilan.compte("lignes inchangées", examen.plan.laissees)
                return
            ecrites = self._ecrit(a_ecrire)
            notres = apres(notres, ecrites.faites)
            refus |= {r.action.cle: _rejet_ligne(r.action, r.detail) for r in ecrites.refusees}
            # Read back: the next pass compares what is there now with what we wanted, and ends when nothing differs.
            lues = self._dossier.read_lignes(tranche)
        self._settle(tranche, None, examen, refus)
        self._bilan.incidents.append(
            Incident(
                f"Les lignes {tranche} changent dans Batigest pendant qu’elles sont écrites.",
                "Rien n’est perdu : la prochaine synchronisation reprendra cette période.",
            )
        )

    def _empreinte(self, empreinte_lignes: str) -> str:
        # What our columns can hold decides what we want, and so do the settings: their change must be looked at, too.
        return self._regles.prefixe + empreinte_lignes

    def _note(self, *, faites: list[Action], abandonnees: list[Action], notees: list[Action]) -> None:
        if not (faites or abandonnees or notees):
            return
        self._tampon.confirm(self._run, faites=faites, abandonnees=abandonnees, sans_ecriture=notees)
        if faites:
            self._bilan.compte("écritures d’un run interrompu retrouvées", len(faites))
        for action in notees:
            self._bilan.compte("adoptées" if action.geste is Geste.ADOPTER else "oubliées")

    def _ecrit(self, actions: list[Action]) -> Ecrites:
        annonce = self._tampon.announce(self._run, actions)
        ecrites = self._dossier.write_lignes(actions)
        abandonnees = [*ecrites.depassees, *(refuse.action for refuse in ecrites.refusees)]
        self._tampon.confirm_annonce(self._run, annonce, sauf=abandonnees)
        self._bilan.ecritures += len(ecrites.faites)
        for action in ecrites.faites:
            self._bilan.compte(COMPTEURS[action.geste])
            if action.jugement is not None:
                self._bilan.compte("dont conflits réglés")
            if action.deplace_de is not None:
                self._bilan.compte("dont déplacées")
        return ecrites

    def _settle(self, tranche: Tranche, empreinte: str | None, examen: Examen, refus: dict[CleSuivi, Rejet]) -> None:
        self._tampon.settle_tranche(
            tranche,
            empreinte_suivi=empreinte,
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
}


def _rejet_ligne(action: Action, detail: str) -> Rejet:
    cle = action.cle
    libelle = f"Salarié {cle.code_salarie}, chantier {cle.code_chantier}, {cle.debut:%d/%m/%Y %H:%M}"
    contenu = {"geste": action.geste.value, "avant": _nombres(action.avant), "apres": _nombres(action.apres)}
    return Rejet(ObjetRejet.LIGNE, cle_texte(cle), MotifRejet.LIGNE_REFUSEE, libelle, detail, contenu)


def _nombres(quantites: Quantites | None) -> dict[str, str] | None:
    if quantites is None:
        return None
    return {"heures": str(quantites.heures), "trajet": str(quantites.trajet), "panier": str(quantites.panier)}
