"""Slices overlap; for each of them the order is announce, write, confirm, and what stops a run stops the next write."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connecteur.domain.heure import CleSuivi
from connecteur.domain.periode import Tranche
from connecteur.domain.plan import Action
from connecteur.domain.reprise import Annonce
from connecteur.domain.run import Fleche
from connecteur.errors import Annule, ErreurTransitoire, ReponseIncertaine, ServiceInjoignable
from connecteur.sync.memoire import LigneMemoire
from connecteur.tampon.memoire import TamponMemoire

from .conftest import PARIS, Entreprise

MARDI = datetime(2025, 6, 24, 6, tzinfo=UTC)
FENETRE = Tranche(datetime(2025, 1, 1, tzinfo=UTC).date(), datetime(2026, 1, 1, tzinfo=UTC).date())


@pytest.fixture
def trois_semaines(avec_projets: Any) -> Any:
    """One slot to write in each of three slices."""
    for rang in range(3):
        avec_projets.saisit(str(rang), MARDI - timedelta(days=7 * rang))
    avec_projets.fleche(Fleche.PULL_HEURES)
    return avec_projets


def note_les_etapes(firme: Any, *, puis: Any = lambda _etape, _fois: None) -> list[str]:
    """The steps Batigest goes through; `puis` is told of each and of how many times it came."""
    etapes: list[str] = []

    def panne(etape: str) -> None:
        etapes.append(etape)
        puis(etape, etapes.count(etape))

    firme.batigest.panne = panne
    return etapes


def test_each_write_is_announced_before_and_none_is_left_open(trois_semaines: Any) -> None:
    ouvertes: list[int] = []

    def regarde(etape: str, _fois: int) -> None:
        if etape == "avant_commit":
            ouvertes.append(len(trois_semaines.tampon.list_annoncees(FENETRE)))

    note_les_etapes(trois_semaines, puis=regarde)
    assert trois_semaines.fleche(Fleche.PUSH_HEURES).ecritures == 3
    assert len(ouvertes) == 3
    assert min(ouvertes) >= 1
    assert trois_semaines.tampon.list_annoncees(FENETRE) == []
    assert trois_semaines.verifie().tient


def test_what_was_written_exactly_is_not_read_back(trois_semaines: Any) -> None:
    etapes = note_les_etapes(trois_semaines)
    trois_semaines.fleche(Fleche.PUSH_HEURES)
    assert etapes.count("read_lignes") == len(trois_semaines.bouts.tranches())


def test_nothing_more_is_written_after_an_uncertain_commit(trois_semaines: Any) -> None:
    def coupe(etape: str, fois: int) -> None:
        if (etape, fois) == ("apres_commit", 2):
            raise ReponseIncertaine("La connexion a été coupée.")

    etapes = note_les_etapes(trois_semaines, puis=coupe)
    with pytest.raises(ReponseIncertaine):
        trois_semaines.fleche(Fleche.PUSH_HEURES)
    assert etapes.count("write_lignes") == 2
    trois_semaines.batigest.panne = lambda _etape: None
    bilan = trois_semaines.sync_heures()
    assert bilan.comptes["écritures d’un run interrompu retrouvées"] == 1
    assert (bilan.ecritures, trois_semaines.verifie().tient) == (1, True)


def test_a_slice_that_cannot_be_written_is_told_and_the_others_are(trois_semaines: Any) -> None:
    def refuse(etape: str, fois: int) -> None:
        if etape == "write_lignes" and fois in {2, 4}:  # the fourth is the second attempt of the second slice
            raise ServiceInjoignable("Batigest ne répond pas.")

    note_les_etapes(trois_semaines, puis=refuse)
    bilan = trois_semaines.fleche(Fleche.PUSH_HEURES)
    assert (bilan.ecritures, len(bilan.incidents)) == (2, 1)
    assert "non écrites" in bilan.incidents[0].message
    trois_semaines.batigest.panne = lambda _etape: None
    assert trois_semaines.sync_heures().ecritures == 1
    assert trois_semaines.verifie().tient


class TamponSature(TamponMemoire):
    """Takes announcements and, while `sature`, no confirmation."""

    sature = True

    def confirm_annonce(self, run: str, annonce: Annonce, *, sauf: Sequence[Action] = ()) -> None:
        if self.sature:
            raise ErreurTransitoire("La base tampon est occupée.")
        super().confirm_annonce(run, annonce, sauf=sauf)


def test_a_tampon_that_confirms_nothing_stops_the_run_and_the_next_one_looks() -> None:
    firme = Entreprise()
    firme.tampon = tampon = TamponSature(PARIS)
    firme.bouts = replace(firme.bouts, tampon=tampon)
    firme.sync_chantiers()
    for rang in range(5):
        firme.saisit(str(rang), MARDI - timedelta(days=7 * rang))
    firme.fleche(Fleche.PULL_HEURES)
    with pytest.raises(ErreurTransitoire):
        firme.fleche(Fleche.PUSH_HEURES)
    assert len(firme.heures()) < 5
    tampon.sature = False
    bilan = firme.sync_heures()
    assert bilan.comptes["écritures d’un run interrompu retrouvées"] + bilan.ecritures == 5
    assert firme.verifie().tient


def test_a_run_that_is_stopped_takes_note_of_what_it_was_writing(trois_semaines: Any) -> None:
    def arrete(etape: str, _fois: int) -> None:
        if etape == "apres_commit":
            trois_semaines.progression.arret = True

    note_les_etapes(trois_semaines, puis=arrete)
    with pytest.raises(Annule):
        trois_semaines.fleche(Fleche.PUSH_HEURES)
    ecrites = len(trois_semaines.heures())
    assert ecrites in {1, 2}
    assert len(trois_semaines.tampon.list_lignes(FENETRE)) == ecrites


def test_what_is_typed_beside_our_write_is_seen_by_the_next_run(trois_semaines: Any) -> None:
    def quelquun_saisit(etape: str, fois: int) -> None:
        if (etape, fois) == ("apres_commit", 1):
            (ligne,) = trois_semaines.batigest.suivi
            ligne.quantites = ligne.quantites._replace(heures=ligne.quantites.heures + 1)
            cle = CleSuivi("CH2", "S2", ligne.cle.debut)
            trois_semaines.batigest.suivi.append(LigneMemoire(cle, ligne.quantites))

    note_les_etapes(trois_semaines, puis=quelquun_saisit)
    assert trois_semaines.fleche(Fleche.PUSH_HEURES).comptes["insérées"] == 3
    bilan = trois_semaines.sync_heures()
    assert (bilan.ecritures, bilan.comptes["lignes reprises à la main dans Batigest"]) == (0, 1)
