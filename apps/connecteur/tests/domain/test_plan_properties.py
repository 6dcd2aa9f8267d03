"""The planner against a naive model: a firm's days played at random, interrupted anywhere.

The model knows only rows with an author. After every synchronisation: what others wrote is untouched, what the
slots say is there, the invariant holds, and planning again finds nothing to do.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from connecteur.domain.heure import (
    CleSuivi,
    Compte,
    CreneauResolu,
    EnPlus,
    Forme,
    LigneActuelle,
    LigneSuivi,
    Quantites,
    Rubriques,
    Unite,
    lignes_voulues,
)
from connecteur.domain.invariant import verifie
from connecteur.domain.plan import Action, Geste, Plan, plan_heures
from connecteur.domain.reprise import reprend

PARIS = ZoneInfo("Europe/Paris")
RUBRIQUES = Rubriques()
EN_PLUS = (
    EnPlus("nuit", 5, Unite.OUI_NON, Compte.CRENEAU),
    EnPlus("sup", 7, Unite.MINUTES, Compte.CRENEAU),
    EnPlus("prime", 9, Unite.NOMBRE, Compte.JOUR),
)
FORME = Forme(en_plus=EN_PLUS)
CHANTIERS = ("CH1", "CH2")
SALARIES = ("S1", "S2")
# A few instants on purpose: slots meet on keys. The last two are the hour that comes twice on 26/10/2025.
DEBUTS = (
    datetime(2025, 6, 24, 6, tzinfo=UTC),
    datetime(2025, 6, 24, 22, tzinfo=UTC),
    datetime(2025, 10, 26, 0, 30, tzinfo=UTC),
    datetime(2025, 10, 26, 1, 30, tzinfo=UTC),
)
MINUTES = (0, 7, 20, 60, 450)
QUANTITES = (
    Quantites(Decimal(0), Decimal(0), Decimal(0)),
    Quantites(Decimal(1), Decimal(0), Decimal(0)),
    Quantites(Decimal("7.5"), Decimal(1), Decimal(1)),
    Quantites(Decimal("7.5"), Decimal(0), Decimal(0), ((5, Decimal(1)),)),
)
PLUS = ((), (("nuit", Decimal(1)),), (("sup", Decimal(20)), ("prime", Decimal(3))))
"""What the further fields of a slot say, by its minutes."""

resolus = st.builds(
    lambda chantier, salarie, debut, minutes, trajet, panier: (chantier, salarie, debut, minutes, trajet, panier),
    st.sampled_from(CHANTIERS), st.sampled_from(SALARIES), st.sampled_from(DEBUTS), st.sampled_from(MINUTES),
    st.booleans(), st.booleans(),
)  # fmt: skip
cles = st.builds(
    lambda chantier, salarie, debut: CleSuivi.de(chantier, salarie, debut, PARIS),
    st.sampled_from(CHANTIERS), st.sampled_from(SALARIES), st.sampled_from(DEBUTS),
)  # fmt: skip


class Ligne:
    """A row of the model: whoever wrote it last is its author."""

    def __init__(self, cle: CleSuivi, quantites: Quantites, auteur: str) -> None:
        self.cle, self.quantites, self.auteur, self.autres = cle, quantites, auteur, False

    def photo(self) -> tuple[object, ...]:
        return self.cle, self.quantites, self.auteur, self.autres


class SemainesDuneEntreprise(RuleBasedStateMachine):
    """Both sides change at random; now and then the connector runs, sometimes to be cut off."""

    @initialize()
    def commence(self) -> None:
        self.creneaux: dict[str, CreneauResolu] = {}
        self.valides: set[str] = set()
        self.suivi: list[Ligne] = []
        self.notres: dict[CleSuivi, LigneSuivi] = {}
        self.annoncees: list[Action] = []
        self.numero = 0

    # --- BatiSimply -------------------------------------------------------------------------------------

    @rule(valeurs=resolus)
    def saisir(self, valeurs: tuple[str, str, datetime, int, bool, bool]) -> None:
        self.numero += 1
        self._pose(str(self.numero), valeurs, valide=True)

    @rule(data=st.data(), valeurs=resolus)
    def modifier_ou_deplacer(self, data: st.DataObject, valeurs: tuple[str, str, datetime, int, bool, bool]) -> None:
        if self.creneaux:
            ident = data.draw(st.sampled_from(sorted(self.creneaux)))
            self._pose(ident, valeurs, valide=ident in self.valides)

    @rule(data=st.data())
    def valider_ou_retirer(self, data: st.DataObject) -> None:
        if self.creneaux:
            ident = data.draw(st.sampled_from(sorted(self.creneaux)))
            self.valides ^= {ident}

    @rule(data=st.data())
    def supprimer(self, data: st.DataObject) -> None:
        if self.creneaux:
            ident = data.draw(st.sampled_from(sorted(self.creneaux)))
            del self.creneaux[ident]
            self.valides.discard(ident)

    def _pose(self, ident: str, valeurs: tuple[str, str, datetime, int, bool, bool], *, valide: bool) -> None:
        chantier, salarie, debut, minutes, trajet, panier = valeurs
        plus = PLUS[minutes % 3]
        self.creneaux[ident] = CreneauResolu(ident, debut, minutes, trajet, panier, chantier, salarie, plus)
        if valide:
            self.valides.add(ident)

    # --- Batigest, by hand ------------------------------------------------------------------------------

    @rule(cle=cles, quantites=st.sampled_from(QUANTITES))
    def une_personne_saisit(self, cle: CleSuivi, quantites: Quantites) -> None:
        self.suivi.append(Ligne(cle, quantites, "autre"))

    @rule(data=st.data(), quantites=st.sampled_from(QUANTITES))
    def une_personne_corrige(self, data: st.DataObject, quantites: Quantites) -> None:
        if self.suivi:
            ligne = data.draw(st.sampled_from(self.suivi))
            ligne.quantites, ligne.auteur = quantites, "autre"

    @rule(data=st.data())
    def une_personne_supprime(self, data: st.DataObject) -> None:
        if self.suivi:
            self.suivi.remove(data.draw(st.sampled_from(self.suivi)))

    @rule(data=st.data())
    def une_personne_remplit_une_autre_rubrique(self, data: st.DataObject) -> None:
        if self.suivi:
            data.draw(st.sampled_from(self.suivi)).autres = True

    # --- the connector ----------------------------------------------------------------------------------

    @rule(coupure=st.sampled_from(["", "", "", "annoncées", "écrites"]))
    def synchroniser(self, coupure: str) -> None:
        plan = self._plan(noter=True)
        for ligne in self.suivi:  # a hand that types back exactly what we wrote leaves no trace
            notre = self.notres.get(ligne.cle)
            if notre is not None and notre.quantites == ligne.quantites:
                ligne.auteur = "nous"
        etrangeres = [(ligne, ligne.photo()) for ligne in self.suivi if ligne.auteur == "autre"]
        self.annoncees = list(plan.ecritures)
        if coupure != "annoncées":
            self._ecrire(plan)
            if coupure != "écrites":
                self._confirmer(plan)
        for ligne, photo in etrangeres:
            assert ligne in self.suivi, "another person's line is gone"
            assert ligne.photo()[:2] == photo[:2], "another person's line was changed"
        if not coupure:
            self._verifier()

    def _plan(self, *, noter: bool = False) -> Plan:
        actuelles = self._actuelles()
        notres, _, _ = reprend(self.annoncees, self.notres, actuelles)
        if noter:
            self.notres = notres
        return plan_heures(self._voulues(), notres, actuelles)

    def _ecrire(self, plan: Plan) -> None:
        for action in plan.ecritures:
            la = [ligne for ligne in self.suivi if ligne.cle == action.cle]
            if action.geste is Geste.INSERER:
                assert la == []
                assert action.apres is not None
                self.suivi.append(Ligne(action.cle, action.apres, "nous"))
            elif action.geste is Geste.RETIRER:
                for ligne in la:  # as SQL does: every row of the key
                    assert not ligne.autres, "another person's heading would be deleted"
                    self.suivi.remove(ligne)
            else:
                assert action.apres is not None
                for ligne in la:
                    ligne.quantites = action.apres

    def _confirmer(self, plan: Plan) -> None:
        for action in plan.actions:
            if action.geste in {Geste.INSERER, Geste.CORRIGER, Geste.ADOPTER}:
                assert action.apres is not None
                self.notres[action.cle] = LigneSuivi(action.cle, action.apres, action.creneaux)
                for ligne in self.suivi:
                    if ligne.cle == action.cle:
                        ligne.auteur = "nous"
            elif action.geste in {Geste.RETIRER, Geste.VIDER, Geste.OUBLIER}:
                self.notres.pop(action.cle, None)
                for ligne in self.suivi:
                    if ligne.cle == action.cle:
                        ligne.auteur = "autre"
        self.annoncees = []

    def _verifier(self) -> None:
        assert self._plan().vide, "a second plan finds something to do"
        actuelles = self._actuelles()
        constat = verifie(self._voulues(), self.notres, actuelles, [], RUBRIQUES.pas_heures)
        assert constat.tient, constat
        a_part = {ligne.cle for ligne in constat.a_part}
        # The naive model: minutes added up by hand, hours as a plain fraction.
        attendu: dict[CleSuivi, int] = {}
        for resolu in self.creneaux.values():
            if resolu.id in self.valides:
                cle = CleSuivi.de(resolu.code_chantier, resolu.code_salarie, resolu.debut, PARIS)
                attendu[cle] = attendu.get(cle, 0) + (resolu.minutes or 0)
        for cle, minutes in attendu.items():
            if cle not in a_part:
                (presente,) = [ligne for ligne in self.suivi if ligne.cle == cle]
                assert abs(float(presente.quantites.heures) - minutes / 60) < 1e-6
                self._verifier_en_plus(presente)
        for ligne in self.suivi:
            if ligne.auteur == "nous" and not ligne.autres:
                assert ligne.cle in attendu or ligne.cle in a_part, "hours too many"

    def _verifier_en_plus(self, ligne: Ligne) -> None:
        """Night and overtime added up by hand; the bonus once a day at most."""
        dits = [
            dict(r.plus)
            for r in self.creneaux.values()
            if r.id in self.valides and CleSuivi.de(r.code_chantier, r.code_salarie, r.debut, PARIS) == ligne.cle
        ]
        tenu = dict(ligne.quantites.plus)
        assert tenu.get(5, 0) == int(any("nuit" in dit for dit in dits))
        assert abs(float(tenu.get(7, 0)) - sum(20 for dit in dits if "sup" in dit) / 60) < 1e-6
        assert tenu.get(9, 0) in ({0, 3} if any("prime" in dit for dit in dits) else {0})

    def _voulues(self) -> dict[CleSuivi, LigneSuivi]:
        valides = [r for r in self.creneaux.values() if r.id in self.valides]
        return lignes_voulues(valides, RUBRIQUES, PARIS, FORME)

    def _actuelles(self) -> dict[CleSuivi, Sequence[LigneActuelle]]:
        actuelles: dict[CleSuivi, list[LigneActuelle]] = {}
        for ligne in self.suivi:
            actuelles.setdefault(ligne.cle, []).append(LigneActuelle(ligne.cle, ligne.quantites, ligne.autres))
        return dict(actuelles)

    @invariant()
    def we_never_own_a_key_twice(self) -> None:
        assert all(cle == ligne.cle for cle, ligne in getattr(self, "notres", {}).items())


TestSemainesDuneEntreprise = SemainesDuneEntreprise.TestCase
TestSemainesDuneEntreprise.settings = settings(max_examples=300, stateful_step_count=30, deadline=None)
