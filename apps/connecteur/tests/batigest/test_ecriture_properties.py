"""Whatever stands in SuiviMO, whatever was planned, whatever changed since: a naive model says what must be there."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connecteur.domain.heure import CleSuivi, Quantites
from connecteur.domain.plan import RIEN, Action, Geste

from .bac import LUNDI, SEMAINE, Bac, cle


@dataclass(frozen=True)
class Ligne:
    """A line as it stands: our quantities and another heading's."""

    quantites: Quantites
    autre: int


CLES = [cle(chantier, salarie, LUNDI + timedelta(hours=h)) for chantier in ("CH1", "CH2") for salarie in ("DUP", "MAR")
        for h in (0, 1)]  # fmt: skip
quantites = st.builds(
    Quantites,
    st.sampled_from([Decimal(0), Decimal("0.25"), Decimal("7.583333"), Decimal(8)]),
    st.sampled_from([Decimal(0), Decimal(1)]),
    st.sampled_from([Decimal(0), Decimal(1)]),
    st.just(()),  # the further headings have their own tests
)
lignes = st.builds(Ligne, quantites, st.sampled_from([0, 0, 2]))
etats = st.dictionaries(st.sampled_from(CLES), lignes)


@st.composite
def situations(draw: st.DrawFn) -> tuple[dict[CleSuivi, Ligne], list[Action], dict[CleSuivi, Ligne]]:
    """What the plan saw, what it decided, and what is there when it is carried out."""
    vu = draw(etats)
    actions = []
    for la in draw(st.lists(st.sampled_from(CLES), unique=True)):
        avant = vu[la].quantites if la in vu else None
        if avant is None:
            geste = Geste.INSERER
        elif vu[la].autre:
            geste = draw(st.sampled_from([Geste.CORRIGER, Geste.VIDER]))
        else:
            geste = draw(st.sampled_from([Geste.CORRIGER, Geste.RETIRER]))
        apres = {Geste.RETIRER: None, Geste.VIDER: RIEN}.get(geste, draw(quantites))
        actions.append(Action(geste, la, avant, apres, avant))
    maintenant = dict(vu)
    for la, ligne in draw(st.dictionaries(st.sampled_from(CLES), st.none() | lignes, max_size=3)).items():
        if ligne is None:
            maintenant.pop(la, None)
        else:
            maintenant[la] = ligne
    return vu, actions, maintenant


def modele(
    actions: list[Action], maintenant: dict[CleSuivi, Ligne]
) -> tuple[dict[CleSuivi, Ligne], list[Action], list[Action]]:
    """What must be there afterwards, what must be done, what must be left."""
    apres, faites, depassees = dict(maintenant), [], []
    for action in actions:
        la = maintenant.get(action.cle)
        inchangee = (la.quantites if la else None) == action.avant
        if not inchangee or (action.geste is Geste.RETIRER and la is not None and la.autre):
            depassees.append(action)
            continue
        faites.append(action)
        if action.apres is None:
            del apres[action.cle]
        else:
            apres[action.cle] = Ligne(action.apres, la.autre if la else 0)
    return apres, faites, depassees


def pose(bac: Bac, etat: dict[CleSuivi, Ligne]) -> None:
    bac.sql("DELETE FROM dbo.SuiviMO")
    for la, ligne in etat.items():
        q = ligne.quantites
        bac.ajoute(
            "SuiviMO",
            CodeChantier=la.code_chantier,
            CodeSalarie=la.code_salarie,
            Date=la.debut,
            NbH0=float(q.heures),
            NbH1=ligne.autre,
            NbH3=float(q.trajet),
            NbH4=int(q.panier),
        )


def present(bac: Bac) -> dict[tuple[str, str, datetime], tuple[object, ...]]:
    lues = bac.sql("SELECT CodeChantier, CodeSalarie, [Date], NbH0, NbH3, NbH4, COALESCE(NbH1, 0) FROM dbo.SuiviMO")
    index = {(c.strip().upper(), s.strip().upper(), debut): tuple(valeurs) for c, s, debut, *valeurs in lues}
    assert len(index) == len(lues)
    return index


def test_what_is_there_afterwards_is_what_a_naive_model_says(bac: Bac) -> None:
    bac.cree()
    bac.peuple()
    bac.dossier.check_suivi()

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(situations())
    def essai(situation: tuple[dict[CleSuivi, Ligne], list[Action], dict[CleSuivi, Ligne]]) -> None:
        _, actions, maintenant = situation
        pose(bac, maintenant)
        attendu, faites, depassees = modele(actions, maintenant)
        lues = bac.dossier.read_lignes(SEMAINE)
        ecrites = bac.dossier.write_lignes(actions)
        assert lues.empreinte_apres(ecrites.faites) == bac.dossier.read_lignes(SEMAINE).empreinte
        assert (ecrites.faites, ecrites.depassees, ecrites.refusees) == (faites, depassees, [])
        assert present(bac) == {
            (la.code_chantier, la.code_salarie, la.debut): (
                float(ligne.quantites.heures),
                float(ligne.quantites.trajet),
                int(ligne.quantites.panier),
                ligne.autre,
            )
            for la, ligne in attendu.items()
        }

    essai()
