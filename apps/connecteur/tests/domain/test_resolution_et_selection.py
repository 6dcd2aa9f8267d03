"""Who a slot belongs to, and hours sold that are never counted twice."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from connecteur.domain.chantier import Adresse, Chantier, champs_du_chantier
from connecteur.domain.devis import Devis
from connecteur.domain.heure import Creneau
from connecteur.domain.rejet import PHRASES, MotifRejet
from connecteur.domain.resolution import Annuaire, indexe_salaries
from connecteur.domain.salarie import Salarie
from connecteur.domain.selection import attribue_heures_vendues

DEBUT = datetime(2025, 6, 24, 6, tzinfo=UTC)
CRENEAU = Creneau("1", DEBUT, None, "AA-1", "Léa Vasseur", 7, None, "VALIDATED", 60, trajet=False, panier=False)
ANNUAIRE = Annuaire({7: "ch1 ", 8: ""}, {"CH1": "Ch1"}, {"aa-1": ("S1",), "bb-2": ("S2", "S3")})


def test_a_slot_gets_the_codes_as_batigest_writes_them() -> None:
    assert ANNUAIRE.resout(CRENEAU) == ("Ch1", "S1")


@pytest.mark.parametrize(
    ("creneau", "motif"),
    [
        (CRENEAU._replace(projet_id=None), MotifRejet.SANS_PROJET),
        (CRENEAU._replace(projet_id=8), MotifRejet.PROJET_SANS_CODE),
        (CRENEAU._replace(projet_id=99), MotifRejet.PROJET_SANS_CODE),
        (CRENEAU._replace(projet_id=99, code_projet="ZZ"), MotifRejet.CHANTIER_INCONNU),
        (CRENEAU._replace(utilisateur=None), MotifRejet.SANS_UTILISATEUR),
        (CRENEAU._replace(utilisateur="cc-3"), MotifRejet.SALARIE_INCONNU),
        (CRENEAU._replace(utilisateur="bb-2"), MotifRejet.SALARIE_AMBIGU),
        (CRENEAU._replace(minutes=None), MotifRejet.DUREE_INVALIDE),
        (CRENEAU._replace(minutes=-5), MotifRejet.DUREE_INVALIDE),
        (CRENEAU._replace(minutes=1441), MotifRejet.DUREE_INVALIDE),
    ],
)
def test_a_slot_that_cannot_be_resolved_says_why(creneau: Creneau, motif: MotifRejet) -> None:
    assert ANNUAIRE.resout(creneau) is motif


def test_every_reason_has_a_sentence_and_a_remedy() -> None:
    assert set(PHRASES) == set(MotifRejet)
    assert all(phrase.endswith(".") and remede.endswith(".") for phrase, remede in PHRASES.values())


def test_employees_are_indexed_by_user_without_regard_to_case() -> None:
    salaries = [Salarie("S2", "B", "", "AA"), Salarie("S1", "A", "", "aa"), Salarie("S3", "C", "", None)]
    assert indexe_salaries(salaries) == {"aa": ("S1", "S2")}


def chantier(code: str, client: str) -> Chantier:
    return Chantier(code, f"Chantier {code}", client, "Client", None, None, Adresse(), None)


def test_a_client_with_one_open_site_gives_it_all_its_accepted_hours() -> None:
    devis = [Devis("D1", "c1", None, Decimal(10)), Devis("D2", "C1 ", None, Decimal("2.5"))]
    attribution = attribue_heures_vendues([chantier("A", "C1")], devis, devis_nomment_chantier=False)
    assert attribution.chantiers[0].heures_vendues == Decimal("12.5")
    assert attribution.remarques == []


def test_a_client_with_two_open_sites_counts_for_none_and_says_so() -> None:
    devis = [Devis("D1", "C1", None, Decimal(10))]
    attribution = attribue_heures_vendues(
        [chantier("A", "C1"), chantier("B", "C1")], devis, devis_nomment_chantier=False
    )
    assert [c.heures_vendues for c in attribution.chantiers] == [None, None]
    assert "A, B" in attribution.remarques[0].message


def test_two_open_sites_without_any_accepted_devis_are_nobodys_problem() -> None:
    attribution = attribue_heures_vendues([chantier("A", "C1"), chantier("B", "C1")], [], devis_nomment_chantier=False)
    assert [c.heures_vendues for c in attribution.chantiers] == [0, 0]
    assert attribution.remarques == []


def test_a_devis_that_names_its_site_is_counted_there_only() -> None:
    devis = [Devis("D1", "C1", "a", Decimal(10))]
    attribution = attribue_heures_vendues(
        [chantier("A", "C1"), chantier("B", "C1")], devis, devis_nomment_chantier=True
    )
    assert [c.heures_vendues for c in attribution.chantiers] == [10, 0]


def test_equal_numbers_are_equal_texts() -> None:
    champs = [
        champs_du_chantier(replace(chantier("A", "C"), heures_vendues=Decimal(n))) for n in ("7.50", "7.5", "0.0")
    ]
    assert [c["heures_vendues"] for c in champs] == ["7.5", "7.5", "0"]
