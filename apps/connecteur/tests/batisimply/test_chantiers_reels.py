"""The flow of the chantiers against the simulated BatiSimply, over real HTTP: what only its answers can show."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from banc.batisimply import Comportement, ServeurBatisimply
from connecteur.domain.conflit import Cote
from connecteur.domain.datation import Datation
from connecteur.domain.rejet import MotifRejet

from ..sync.conftest import Entreprise  # noqa: TID252 - the firm of the flows' tests
from .conftest import Ouvre

HEURE, JOUR = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def firme(serveur: ServeurBatisimply, ouvre: Ouvre) -> Entreprise:
    """CH1 and CH2 are projects 1 and 2."""
    serveur.depot.charge([], [], [])
    firme = Entreprise()
    firme.maintenant = datetime.now(UTC)
    firme.bouts = replace(
        firme.bouts, batisimply=ouvre(serveur.url), horloge=lambda: datetime.now(UTC), envois_paralleles=1
    )
    firme.sync_chantiers()
    return firme


def projet(serveur: ServeurBatisimply, ident: int = 1) -> dict[str, Any]:
    lu = serveur.depot.read_projet(ident)
    assert lu is not None
    return lu


def saisit(serveur: ServeurBatisimply, ident: int = 1, **champs: Any) -> None:
    """A person edits the project on BatiSimply's own pages."""
    serveur.depot.replace_projet(ident, {**projet(serveur, ident), **champs})


def renomme(firme: Entreprise, libelle: str, le: datetime) -> None:
    site = firme.batigest.chantiers[0]
    firme.batigest.chantiers[0] = replace(site, libelle=libelle, modifie_le=Datation.a(le))


@pytest.mark.parametrize(
    ("retard", "gagnant"), [(timedelta(hours=1), Cote.BATISIMPLY), (-timedelta(hours=1), Cote.BATIGEST)]
)
@pytest.mark.parametrize("avance_s", [0, 7200])
def test_the_newest_change_wins_by_dates_corrected_for_a_wrong_clock(
    serveur: ServeurBatisimply, firme: Entreprise, retard: timedelta, gagnant: Cote, avance_s: int
) -> None:
    """The change of Batigest is an hour older (or newer) than theirs; their clock may be two hours ahead."""
    serveur.comportement = Comportement(avance_horloge_s=avance_s)
    saisit(serveur, projectName="Villa Martin", projectColor="#123456")
    renomme(firme, "Villa des Pins", datetime.now(UTC) - retard)
    bilan = firme.sync_chantiers()
    attendu = "Villa Martin" if gagnant is Cote.BATISIMPLY else "Villa des Pins"
    assert (projet(serveur)["projectName"], projet(serveur)["projectColor"]) == (attendu, "#123456")
    assert bool(bilan.remarques) is bool(avance_s)
    (regle,) = firme.tampon.list_conflits_chantiers(resolus=True)
    assert (regle.gagnant, regle.leur) == (gagnant, "Villa Martin")


def test_an_unchanged_run_costs_the_reading_of_the_projects_and_no_more(
    serveur: ServeurBatisimply, firme: Entreprise
) -> None:
    firme.sync_chantiers()
    serveur.appels.vide()
    assert firme.sync_chantiers().ecritures == 0
    assert serveur.appels.comptes() == {"GET /api/project": {"200": 1}}


def test_what_leaves_is_finished_what_comes_back_is_open_and_the_rest_of_the_object_is_whole(
    serveur: ServeurBatisimply, firme: Entreprise
) -> None:
    saisit(serveur, budget={"amount": 5.0, "currency": "EUR"}, comment="Clé chez la gardienne")
    avant = projet(serveur)
    firme.batigest.chantiers[0] = replace(firme.batigest.chantiers[0], date_fin=(datetime.now(UTC) - 3 * JOUR).date())
    firme.sync_chantiers()
    quand = {"lastModifiedDate": projet(serveur)["lastModifiedDate"]}
    assert projet(serveur) == avant | {"isFinished": True} | quand
    firme.batigest.chantiers[0] = replace(firme.batigest.chantiers[0], date_fin=None)
    assert firme.sync_chantiers().comptes["rouverts"] == 1
    assert projet(serveur) == avant | {"lastModifiedDate": projet(serveur)["lastModifiedDate"]}


def test_a_project_deleted_there_a_code_changed_there_and_a_double_are_each_told(
    serveur: ServeurBatisimply, firme: Entreprise
) -> None:
    serveur.depot.delete_projet(1)
    saisit(serveur, 2, projectCode="AUTRE")
    bilan = firme.sync_chantiers()
    assert (bilan.ecritures, bilan.conflits) == (0, 1)
    assert [r.motif for r in firme.tampon.list_rejets_ouverts()] == [MotifRejet.PROJET_SUPPRIME]
    for _ in range(2):
        serveur.depot.create_projet({"projectName": "Recréé", "projectCode": "ch1"})
    firme.sync_chantiers()
    assert [r.motif for r in firme.tampon.list_rejets_ouverts()] == [MotifRejet.PROJETS_EN_DOUBLE]
    serveur.depot.delete_projet(4)
    firme.regle(politique="batigest")
    firme.sync_chantiers()
    assert firme.tampon.list_rejets_ouverts() == []
    assert projet(serveur, 3)["projectName"] == "Chantier CH1"
    firme.tampon.decide_conflit_chantier("CH2", "code", Cote.BATIGEST, "Odile")
    firme.sync_chantiers()
    assert projet(serveur, 2)["projectCode"] == "CH2"
