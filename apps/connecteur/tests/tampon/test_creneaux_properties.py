"""Whatever arrives, in whatever order, the tampon holds what a naive model holds; so does the one in memory."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connecteur.domain.heure import debut_local
from connecteur.domain.periode import Tranche
from connecteur.domain.rejet import MotifRejet
from connecteur.sync.ports import ComptesStockage, CreneauIllisible, CreneauStocke
from connecteur.tampon.memoire import TamponMemoire
from connecteur.tampon.tampon import Tampon

from .exemples import LUNDI, PARIS, creneau, rejete, resolu

JOURS = 9
TRANCHES = [Tranche(LUNDI + timedelta(days=debut), LUNDI + timedelta(days=debut + 3)) for debut in range(0, JOURS, 3)]
IDS = ["1", "2", "3", "4", "5"]


@dataclass
class Etape:
    """One slice that arrived."""

    tranche: Tranche
    creneaux: list[CreneauStocke]
    illisibles: list[str]


@dataclass
class Modele:
    """What should be there, said in the plainest way."""

    presents: dict[str, CreneauStocke] = field(default_factory=dict)
    vus: dict[str, CreneauStocke] = field(default_factory=dict)
    """As last seen, present or not."""
    rejets: dict[str, tuple[MotifRejet, date]] = field(default_factory=dict)

    def store(self, etape: Etape) -> ComptesStockage:
        arrives = {s.creneau.id: s for s in etape.creneaux}
        nouveaux = sum(i not in self.vus for i in arrives)
        inchanges = sum(self.presents.get(i) == s for i, s in arrives.items())
        partis = [
            i for i, s in self.presents.items()
            if jour(s) in jours(etape.tranche) and i not in arrives and i not in etape.illisibles
        ]  # fmt: skip
        for ident in partis:
            del self.presents[ident]
        self.presents |= arrives
        self.vus |= arrives
        for cle, (_, du) in list(self.rejets.items()):
            if cle in arrives or du in jours(etape.tranche):
                del self.rejets[cle]
        for s in arrives.values():
            if s.motif and s.creneau.valide:
                self.rejets[s.creneau.id] = (s.motif, jour(s))
        for ident in etape.illisibles:
            self.rejets[ident] = (MotifRejet.CRENEAU_ILLISIBLE, etape.tranche.debut)
        return ComptesStockage(nouveaux, len(arrives) - nouveaux - inchanges, len(partis), inchanges)


def jour(stocke: CreneauStocke) -> date:
    return debut_local(stocke.creneau.debut, PARIS).date()


def jours(tranche: Tranche) -> list[date]:
    return [tranche.debut + timedelta(days=n) for n in range((tranche.fin - tranche.debut).days)]


@st.composite
def etapes(draw: st.DrawFn) -> Etape:
    tranche = draw(st.sampled_from(TRANCHES))
    choisis = draw(st.lists(st.sampled_from(IDS), unique=True))
    illisibles = [i for i in choisis if draw(st.integers(0, 5)) == 0]
    stockes = []
    for ident in (i for i in choisis if i not in illisibles):
        decrit = creneau(
            ident,
            (draw(st.sampled_from(jours(tranche))) - LUNDI).days,
            draw(st.sampled_from([0, 8, 23])),
            minutes=draw(st.sampled_from([0, 60, 450])),
            statut=draw(st.sampled_from(["VALIDATED", "PENDING"])),
        )
        stockes.append(resolu(decrit) if draw(st.booleans()) else rejete(decrit))
    return Etape(tranche, stockes, illisibles)


def verifie(tampon: Tampon | TamponMemoire, suite: list[Etape]) -> None:
    modele = Modele()
    for rang, etape in enumerate(suite):
        for tranche in TRANCHES:
            if rang:
                tampon.settle_tranche(tranche, empreinte_suivi="s", constats=[], refus=[], run="r")
        avant = {t: tampon.list_creneaux(t) for t in TRANCHES}
        comptes = tampon.store_creneaux(
            etape.tranche,
            etape.creneaux,
            illisibles=[CreneauIllisible(ident, "") for ident in etape.illisibles],
            empreinte=f"e{rang}",
            empreinte_annuaire="a",
            run="r",
        )
        assert comptes == modele.store(etape)
        apres = {t: tampon.list_creneaux(t) for t in TRANCHES}
        for tranche in TRANCHES:
            attendus = [s for s in modele.presents.values() if jour(s) in jours(tranche)]
            assert apres[tranche] == sorted(attendus, key=lambda s: (s.creneau.debut, s.creneau.id))
            if apres[tranche] != avant[tranche]:
                assert tampon.read_etat(tranche).empreinte_suivi is None
            elif rang and tranche != etape.tranche:
                assert tampon.read_etat(tranche).empreinte_suivi == "s"
        assert {r.cle: r.motif for r in tampon.list_rejets_ouverts()} == {c: m for c, (m, _) in modele.rejets.items()}


@settings(max_examples=300, deadline=None)
@given(st.lists(etapes(), min_size=1, max_size=6))
def test_in_memory_any_sequence_of_slices_leaves_what_the_model_holds(suite: list[Etape]) -> None:
    verifie(TamponMemoire(PARIS), suite)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(etapes(), min_size=1, max_size=6))
def test_any_sequence_of_slices_leaves_what_the_model_holds(url: str, suite: list[Etape]) -> None:
    with Tampon(url, uuid4().hex, PARIS) as tampon:
        verifie(tampon, suite)
