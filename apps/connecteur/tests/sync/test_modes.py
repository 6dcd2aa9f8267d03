"""Mode devis, and the way there and back: what was sent in one mode is not orphaned by the other."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from connecteur.domain.chantier import Chantier, Genre
from connecteur.domain.rejet import MotifRejet
from connecteur.domain.run import Verdict

from .conftest import chantier

LUNDI = datetime(2025, 6, 23, 6, tzinfo=UTC)


def devis(code: str, **champs: Any) -> Chantier:
    return chantier(
        code,
        **{
            "libelle": "Réfection",
            "heures_vendues": Decimal(40),
            "genre": Genre.DEVIS,
            "commentaire": "Toiture",
            **champs,
        },
    )


@pytest.fixture
def firme(entreprise: Any) -> Any:
    """CH1 and CH2 are projects 101 and 102; two devis are accepted."""
    entreprise.batigest.devis = [devis("D1"), devis("D2")]
    entreprise.sync_chantiers()
    entreprise.batisimply.appels.clear()
    return entreprise


def test_in_mode_devis_the_accepted_devis_become_projects_with_their_subject(firme: Any) -> None:
    firme.regle(Genre.DEVIS)
    bilan = firme.sync_chantiers()
    assert bilan.comptes["créés"] == 2
    assert firme.batisimply.objets[103] == {
        "code": "D1", "nom": "Réfection", "client": "Maçonnerie Dupré", "debut": "2025-01-06", "fin": None,
        "heures_vendues": "40", "rue": "3 rue de l’Église", "code_postal": "33000", "ville": "Bordeaux",
        "commentaire": "Toiture",
    }  # fmt: skip
    firme.batigest.devis[0] = devis("D1", commentaire="Toiture et zinguerie")
    firme.sync_chantiers()
    assert firme.batisimply.objets[103]["commentaire"] == "Toiture et zinguerie"


def test_a_comment_that_a_person_edited_is_kept_in_both_modes(firme: Any) -> None:
    firme.batisimply.objets[101]["commentaire"] = "Clé chez la gardienne"
    firme.batigest.chantiers[0] = replace(firme.batigest.chantiers[0], libelle="Villa")
    assert firme.sync_chantiers().remarques == []
    assert firme.batisimply.objets[101]["commentaire"] == "Clé chez la gardienne"
    firme.regle(Genre.DEVIS)
    firme.sync_chantiers()
    firme.batisimply.objets[103]["commentaire"] = "Échafaudage à prévoir"
    assert "commentaire" in firme.sync_chantiers().remarques[0].message
    assert firme.batisimply.objets[103]["commentaire"] == "Échafaudage à prévoir"


def test_changing_the_mode_closes_nothing_of_the_other_and_coming_back_finds_every_link(firme: Any) -> None:
    firme.regle(Genre.DEVIS)
    firme.sync_chantiers()
    assert firme.batisimply.appels == ["POST", "POST"]
    firme.regle(Genre.CHANTIER)
    bilan = firme.sync_chantiers()
    assert (bilan.ecritures, bilan.comptes["inchangés"], bilan.verdict) == (0, 2, Verdict.REUSSI)
    firme.regle(Genre.DEVIS)
    bilan = firme.sync_chantiers()
    assert (bilan.ecritures, bilan.comptes["inchangés"], len(firme.batisimply.objets)) == (0, 2, 4)
    assert not any(objet.get("termine") for objet in firme.batisimply.objets.values())


def test_what_changed_in_the_other_mode_is_sent_on_the_way_back(firme: Any) -> None:
    firme.regle(Genre.DEVIS)
    firme.sync_chantiers()
    firme.batigest.chantiers[0] = replace(firme.batigest.chantiers[0], libelle="Villa des Pins")
    firme.regle(Genre.CHANTIER)
    firme.sync_chantiers()
    assert firme.batisimply.objets[101]["nom"] == "Villa des Pins"


def test_a_devis_and_a_site_of_one_code_do_not_fight_over_one_project(firme: Any) -> None:
    firme.batigest.devis = [devis("ch1"), devis("D2")]
    firme.regle(Genre.DEVIS)
    avant = dict(firme.batisimply.objets[101])
    bilan = firme.sync_chantiers()
    assert (firme.batisimply.objets[101], bilan.comptes["créés"]) == (avant, 1)
    (rejet,) = firme.tampon.list_rejets_ouverts()
    assert (rejet.motif, rejet.detail) == (MotifRejet.CODE_DEJA_PRIS, "Projet n° 101, lié à CH1 (chantier)")
    firme.regle(Genre.CHANTIER)
    assert firme.sync_chantiers().verdict is Verdict.REUSSI


def test_a_devis_that_is_no_longer_accepted_closes_its_project_only(firme: Any) -> None:
    firme.regle(Genre.DEVIS)
    firme.sync_chantiers()
    del firme.batigest.devis[0]
    firme.sync_chantiers()
    assert [ident for ident, objet in firme.batisimply.objets.items() if objet.get("termine")] == [103]


def test_hours_of_a_devis_are_written_and_stay_when_the_mode_changes(firme: Any) -> None:
    firme.regle(Genre.DEVIS)
    firme.sync_chantiers()
    firme.saisit("1", LUNDI, projet_id=103)
    firme.saisit("2", LUNDI, projet_id=101, utilisateur="bbbb-2")
    bilan = firme.sync_heures()
    assert bilan.rejets == 0
    ecrites = {("D1", "S1", "23/06 08:00"): "7.5", ("CH1", "S2", "23/06 08:00"): "7.5"}
    assert firme.heures() == ecrites
    firme.regle(Genre.CHANTIER)
    firme.sync_chantiers()
    assert firme.sync_heures().ecritures == 0
    assert (firme.heures(), firme.verifie().tient) == (ecrites, True)
