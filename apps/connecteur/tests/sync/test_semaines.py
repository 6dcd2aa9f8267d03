"""A firm's weeks through the whole flow: edits on both sides, decisions, faults and power cuts anywhere, then peace.

After quiet runs: the invariant holds, what people typed stands unless they or the policy said otherwise, the run after
writes nothing on either side, and BatiSimply has no project twice.
"""

from collections import Counter

import pytest

from connecteur.domain.plan import ECRITURES, Geste

from .semaines import Semaines

GESTES = 60
PAR_LOT = 100
TENUES = ("tenue : conflit", "tenue : reprise", "tenue : période close")


def vit(graine: int) -> Counter[str]:
    """Live these weeks, check, and tell what happened."""
    semaines = Semaines(graine)
    semaines.joue(GESTES)
    semaines.apaise()
    firme = semaines.firme
    constat = firme.verifie()
    assert constat.tient, (graine, constat.faux, constat.inexpliques)
    for cle, quantites in semaines.batigest.a_la_main.items():
        # Not overwritten since (or it would not be listed any more): then it still is there.
        assert semaines.batigest.photo().get(cle) == quantites, (graine, cle)
    codes = Counter(objet["code"] for objet in firme.batisimply.objets.values())
    assert max(codes.values()) == 1, (graine, codes)
    assert semaines.minutes_attendues() == semaines.minutes_presentes(), graine
    voulues, presentes = semaines.nuits()
    assert voulues == presentes, graine
    firme.batisimply.appels.clear()
    assert (firme.sync_chantiers().ecritures, firme.sync_heures().ecritures) == (0, 0), graine
    assert firme.batisimply.appels == [], graine
    faites = [note.action for note in firme.tampon.ecritures if note.etat == "faite"]
    return Counter(
        [action.geste for action in faites]
        + ["réglée" for action in faites if action.jugement is not None]
        + [f"tenue : {action.geste}" for action in firme.tampon.constats.values()]
    )


@pytest.mark.parametrize("lot", range(4))
def test_after_any_weeks_quiet_runs_put_everything_right(lot: int) -> None:
    vecu: Counter[str] = Counter()
    for graine in range(lot * PAR_LOT, (lot + 1) * PAR_LOT):
        vecu += vit(graine)
    # Weeks in which nothing happens prove nothing.
    for quoi in (*ECRITURES - {Geste.CHANGER_RUBRIQUES}, Geste.ADOPTER, Geste.OUBLIER, "réglée", *TENUES):
        assert vecu[quoi] > 0, quoi


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("lot", range(4, 100))
def test_after_any_of_thousands_of_weeks_quiet_runs_put_everything_right(lot: int) -> None:
    for graine in range(lot * PAR_LOT, (lot + 1) * PAR_LOT):
        vit(graine)
