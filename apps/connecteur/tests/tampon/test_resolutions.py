"""Known slots resolved again: their codes and rejets change, nothing is added, lost or read again."""

import pytest

from connecteur.domain.rejet import MotifRejet
from connecteur.sync.ports import CreneauIllisible, CreneauStocke
from connecteur.tampon.memoire import TamponMemoire
from connecteur.tampon.tampon import Tampon

from .exemples import SEMAINE, creneau, rejete, resolu


@pytest.fixture
def lus(un_tampon: Tampon | TamponMemoire) -> Tampon | TamponMemoire:
    """A week with one slot that goes somewhere and one whose site nobody knows."""
    stocke(un_tampon, [resolu(creneau("1")), rejete(creneau("2", 1))])
    return un_tampon


def stocke(
    tampon: Tampon | TamponMemoire, creneaux: list[CreneauStocke], illisibles: tuple[CreneauIllisible, ...] = ()
) -> None:
    tampon.store_creneaux(
        SEMAINE, creneaux, illisibles=illisibles, empreinte="octets", empreinte_annuaire="avant", run="r1"
    )


def test_a_rejected_slot_finds_its_place_and_its_rejet_is_resolved(lus: Tampon | TamponMemoire) -> None:
    lus.settle_tranche(SEMAINE, empreinte_suivi="suivi", constats=[], refus=[], run="r1")
    changes = lus.store_resolutions(
        SEMAINE, [resolu(creneau("1")), resolu(creneau("2", 1), "CH002")], empreinte_annuaire="apres", run="r2"
    )
    assert changes == 1
    assert [(s.creneau.id, s.code_chantier) for s in lus.list_creneaux(SEMAINE)] == [("1", "CH001"), ("2", "CH002")]
    assert lus.list_rejets_ouverts() == []
    etat = lus.read_etat(SEMAINE)
    # What was read stays read; Batigest must be looked at again.
    assert (etat.empreinte_creneaux, etat.empreinte_annuaire, etat.empreinte_suivi) == ("octets", "apres", None)


def test_a_slot_that_lost_its_salarie_becomes_a_rejet(lus: Tampon | TamponMemoire) -> None:
    perdu = rejete(creneau("1"), MotifRejet.SALARIE_INCONNU)
    assert lus.store_resolutions(SEMAINE, [perdu], empreinte_annuaire="apres", run="r2") == 1
    assert {r.cle: r.motif for r in lus.list_rejets_ouverts()} == {
        "1": MotifRejet.SALARIE_INCONNU,
        "2": MotifRejet.CHANTIER_INCONNU,
    }
    # Not among what was resolved again, and not gone for all that.
    assert [s.creneau.id for s in lus.list_creneaux(SEMAINE)] == ["1", "2"]


def test_nothing_that_changes_costs_nothing(lus: Tampon | TamponMemoire) -> None:
    lus.settle_tranche(SEMAINE, empreinte_suivi="suivi", constats=[], refus=[], run="r1")
    assert lus.store_resolutions(SEMAINE, lus.list_creneaux(SEMAINE), empreinte_annuaire="apres", run="r2") == 0
    assert lus.read_etat(SEMAINE).empreinte_suivi == "suivi"
    assert [r.cle for r in lus.list_rejets_ouverts()] == ["2"]


def test_a_slot_that_cannot_be_read_now_is_left_alone(lus: Tampon | TamponMemoire) -> None:
    stocke(lus, [rejete(creneau("2", 1))], (CreneauIllisible("1", "sa durée est un texte"),))
    changes = lus.store_resolutions(
        SEMAINE, [resolu(creneau("1"), "CH009"), resolu(creneau("2", 1))], empreinte_annuaire="apres", run="r3"
    )
    assert changes == 1
    assert {r.cle: r.motif for r in lus.list_rejets_ouverts()} == {"1": MotifRejet.CRENEAU_ILLISIBLE}
    assert next(s for s in lus.list_creneaux(SEMAINE) if s.creneau.id == "1").code_chantier == "CH001"
