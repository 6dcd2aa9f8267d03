"""Hours that stay where they were written although their slots went elsewhere: never twice, and named."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from connecteur.domain.conflit import Politique

from .litiges import CLE, LIGNE, MARDI, edite, q, regle

CLOTURE = date(2025, 6, 25)


@pytest.mark.parametrize("conflits", [Politique.PLUS_RECENT, Politique.BATIGEST])
def test_a_line_of_a_closed_period_that_was_edited_and_left_by_its_slot_is_named(
    avec_projets: Any, conflits: Politique
) -> None:
    for rang in range(7):
        avec_projets.saisit(f"{rang}", MARDI + timedelta(hours=rang), 60)
    avec_projets.sync_heures()
    regle(avec_projets, periode_close=CLOTURE, conflits=conflits)
    avec_projets.saisit("1", MARDI + timedelta(days=2))
    assert avec_projets.sync_heures().remarques == []  # counted, and listed with the others
    edite(avec_projets, "3.5")
    (edition,) = [ligne for ligne in avec_projets.batigest.suivi if ligne.quantites.heures == Decimal("3.5")]
    assert edition.cle == CLE
    avec_projets.saisit("0", MARDI + timedelta(days=2))
    (remarque,) = avec_projets.sync_heures().remarques
    assert "24/06/2025 08:00, salarié S1, chantier CH1 : 3,5 h dans Batigest, 0 h d’après les créneaux." in (
        remarque.message
    )
    for ligne in avec_projets.batigest.suivi:
        ligne.quantites = q("2")
    for rang in range(2, 7):
        avec_projets.saisit(f"{rang}", MARDI + timedelta(days=2), 60)
    (remarque,) = avec_projets.sync_heures().remarques
    assert (remarque.message.count("salarié S1"), remarque.detail.count("salarié S1")) == (5, 7)
    assert "et 2 de plus." in remarque.message
    assert len(avec_projets.heures()) == 7


def test_a_slot_that_comes_from_days_too_old_to_be_read_is_not_counted_twice(avec_projets: Any) -> None:
    avec_projets.saisit("1", MARDI)
    avec_projets.saisit("2", MARDI, 60)
    avec_projets.sync_heures()
    avec_projets.maintenant += timedelta(days=60)
    plus_tard = MARDI + timedelta(days=59)
    del avec_projets.batisimply.creneaux["2"]  # too old: nobody looks any more
    avec_projets.sync_heures()
    avec_projets.saisit("1", plus_tard)
    for _ in range(2):
        (remarque,) = avec_projets.sync_heures().remarques
        assert avec_projets.heures() == {LIGNE: "8.5"}
        assert avec_projets.verifie().tient
        assert "(depuis le 21/07/2025)" in remarque.message
        assert remarque.message.endswith(" : 1.")
        assert "« connecteur import-initial --depuis 2025-06-24 »" in remarque.remede
    avec_projets.tampon.demande_import(MARDI.date(), "Léa")
    assert avec_projets.sync_heures().remarques == []
    assert avec_projets.heures() == {("CH1", "S1", "22/08 08:00"): "7.5"}
    assert avec_projets.sync_heures().remarques == []
