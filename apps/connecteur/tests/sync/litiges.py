"""Disputed lines, set up in a word: what the tests of conflicts, of the guard and of forms share."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from connecteur.domain.heure import CleSuivi, Quantites
from connecteur.domain.invariant import Nature
from connecteur.settings import ReglagesHeures

MARDI = datetime(2025, 6, 24, 6, tzinfo=UTC)
CLE = CleSuivi("CH1", "S1", datetime(2025, 6, 24, 8))  # noqa: DTZ001  Batigest keeps local time
LIGNE = ("CH1", "S1", "24/06 08:00")
UneFois = Callable[[str, BaseException], Callable[[str], None]]


def q(heures: str) -> Quantites:
    return Quantites(Decimal(heures), Decimal(0), Decimal(0))


def regle(firme: Any, **reglages: Any) -> None:
    firme.bouts = replace(firme.bouts, heures=ReglagesHeures(**reglages))


def edite(firme: Any, heures: str) -> None:
    firme.batigest.suivi[0].quantites = q(heures)


def en_conflit(firme: Any) -> None:
    """7,5 h written, 8 typed by hand, 6 validated: both at once."""
    firme.saisit("1", MARDI)
    firme.sync_heures()
    edite(firme, "8")
    firme.saisit("1", MARDI, 360)


def natures(firme: Any) -> list[Nature]:
    constat = firme.verifie()
    assert constat.tient
    return [ligne.nature for ligne in constat.a_part]


def heures(firme: Any) -> list[str]:
    return list(firme.heures().values())
