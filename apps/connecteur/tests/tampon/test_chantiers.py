"""The promises of `TamponChantiers`, kept by the real tampon and by the one in memory."""

from datetime import date
from decimal import Decimal

from connecteur.domain.chantier import Adresse
from connecteur.domain.fusion import Base
from connecteur.domain.lien import Lien
from connecteur.domain.rejet import MotifRejet, ObjetRejet, Rejet
from connecteur.sync.ports import ComptesStockage, TamponHeures
from connecteur.sync.ports.chantiers import TamponChantiers

from .exemples import chantier


class Chantiers(TamponChantiers, TamponHeures):
    """Both, for reading the rejets back."""


BASE = Base({"nom": "École", "fin": None}, {"nom": "Ecole", "fin": ""})


def codes(tampon: TamponChantiers) -> list[str]:
    return [suivi.chantier.code for suivi in tampon.list_chantiers()]


def test_a_site_comes_back_as_it_was_stored(un_tampon: Chantiers) -> None:
    plein = chantier(date_fin=date(2025, 12, 24))
    vide = chantier(
        "CH002", "", date_debut=None, heures_vendues=None, adresse=Adresse(), client="", code_client="", etat=""
    )
    un_tampon.store_chantiers([vide, plein], "r1")
    assert [suivi.chantier for suivi in un_tampon.list_chantiers()] == [plein, vide]
    assert all(suivi.projet_id is None and suivi.base is None for suivi in un_tampon.list_chantiers())


def test_what_changed_is_counted_apart_from_what_did_not(un_tampon: Chantiers) -> None:
    assert un_tampon.store_chantiers([chantier("A"), chantier("B")], "r1") == ComptesStockage(nouveaux=2)
    assert un_tampon.store_chantiers([chantier("A"), chantier("B")], "r2") == ComptesStockage(inchanges=2)
    comptes = un_tampon.store_chantiers([chantier("A", "Autre"), chantier("C")], "r3")
    assert comptes == ComptesStockage(nouveaux=1, modifies=1, sortis=1)
    assert codes(un_tampon) == ["A", "C"]


def test_a_site_that_left_the_selection_keeps_its_link_and_can_come_back(un_tampon: Chantiers) -> None:
    un_tampon.store_chantiers([chantier("A")], "r1")
    un_tampon.save_liens([Lien("A", 7, BASE)])
    assert un_tampon.store_chantiers([], "r2") == ComptesStockage(sortis=1)
    assert un_tampon.list_chantiers() == []
    assert un_tampon.store_chantiers([], "r2") == ComptesStockage()
    assert un_tampon.store_chantiers([chantier("A")], "r3") == ComptesStockage(modifies=1)
    assert un_tampon.list_chantiers()[0].projet_id == 7


def test_codes_are_the_same_whatever_their_case_and_trailing_blanks(un_tampon: Chantiers) -> None:
    un_tampon.store_chantiers([chantier("été1"), chantier("B")], "r1")
    un_tampon.save_liens([Lien("ÉTÉ1", 7, BASE)])
    assert un_tampon.store_chantiers([chantier("ÉTÉ1  "), chantier("b")], "r2") == ComptesStockage(modifies=2)
    assert codes(un_tampon) == ["b", "ÉTÉ1  "]
    assert un_tampon.list_chantiers()[1].projet_id == 7


def test_equal_numbers_are_no_change(un_tampon: Chantiers) -> None:
    un_tampon.store_chantiers([chantier(heures_vendues=Decimal("7.50"))], "r1")
    comptes = un_tampon.store_chantiers([chantier(heures_vendues=Decimal("7.5"))], "r2")
    assert comptes == ComptesStockage(inchanges=1)


def test_a_link_is_replaced_with_its_agreement(un_tampon: Chantiers) -> None:
    un_tampon.store_chantiers([chantier("A"), chantier("B")], "r1")
    un_tampon.save_liens([Lien("A", 7, BASE)])
    nouvelle = Base({"nom": "Mairie"}, {"nom": None})
    un_tampon.save_liens([Lien("A", 8, nouvelle), Lien("B", 7, BASE)])
    assert [(s.projet_id, s.base) for s in un_tampon.list_chantiers()] == [(8, nouvelle), (7, BASE)]
    un_tampon.save_liens([])
    assert [s.projet_id for s in un_tampon.list_chantiers()] == [8, 7]


def test_two_sites_can_exchange_their_projects(un_tampon: Chantiers) -> None:
    un_tampon.store_chantiers([chantier("A"), chantier("B")], "r1")
    un_tampon.save_liens([Lien("A", 1, BASE), Lien("B", 2, BASE)])
    un_tampon.save_liens([Lien("A", 2, BASE), Lien("B", 1, BASE)])
    assert [s.projet_id for s in un_tampon.list_chantiers()] == [2, 1]


def test_a_project_belongs_to_the_last_site_that_was_linked_to_it(un_tampon: Chantiers) -> None:
    un_tampon.store_chantiers([chantier("A"), chantier("B"), chantier("C")], "r1")
    un_tampon.save_liens([Lien("A", 1, BASE), Lien("C", 3, BASE)])
    un_tampon.save_liens([Lien("B", 1, BASE)])
    assert [s.projet_id for s in un_tampon.list_chantiers()] == [None, 1, 3]
    un_tampon.save_liens([Lien("C", 9, BASE), Lien("A", 9, BASE)])
    assert [s.projet_id for s in un_tampon.list_chantiers()] == [9, 1, None]


def test_text_that_postgresql_cannot_hold_does_not_stop_the_others(un_tampon: Chantiers) -> None:
    un_tampon.store_chantiers([chantier("A", "Éco\0le \ud800"), chantier("B")], "r1")
    assert un_tampon.list_chantiers()[0].chantier.libelle == "Éco\ufffdle \ufffd"
    comptes = un_tampon.store_chantiers([chantier("A", "Éco\0le \ud800"), chantier("B")], "r2")
    assert comptes == ComptesStockage(inchanges=2)


def refus(code: str, detail: str = "") -> Rejet:
    return Rejet(ObjetRejet.CHANTIER, code, MotifRejet.CHANTIER_REFUSE, f"Chantier {code}", detail)


def test_the_rejets_of_one_kind_replace_each_other(un_tampon: Chantiers) -> None:
    un_tampon.replace_rejets(ObjetRejet.CHANTIER, [refus("A"), refus("B")], "r1")
    un_tampon.replace_rejets(ObjetRejet.CHANTIER, [refus("C"), refus("B", "encore")], "r2")
    assert un_tampon.list_rejets_ouverts() == [refus("C"), refus("B", "encore")]
    un_tampon.replace_rejets(ObjetRejet.LIGNE, [], "r3")
    assert len(un_tampon.list_rejets_ouverts()) == 2
    un_tampon.replace_rejets(ObjetRejet.CHANTIER, [], "r4")
    assert un_tampon.list_rejets_ouverts() == []
