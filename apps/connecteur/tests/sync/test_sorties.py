"""What leaves the selection is closed, never deleted; what comes back is opened again by whoever closed it."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from connecteur.domain.rejet import MotifRejet
from connecteur.domain.run import Flux, Verdict
from connecteur.errors import ErreurPermanente
from connecteur.sync.run import apercu

from .conftest import chantier

PASSE = date(2025, 6, 1)


def finit(firme: Any, rang: int = 0) -> None:
    firme.batigest.chantiers[rang] = replace(firme.batigest.chantiers[rang], date_fin=PASSE)


def reprend(firme: Any, rang: int = 0) -> None:
    firme.batigest.chantiers[rang] = replace(firme.batigest.chantiers[rang], date_fin=None)


@pytest.mark.parametrize(("sortie", "drapeau"), [("terminer", "termine"), ("archiver", "archive"), ("laisser", None)])
def test_a_project_whose_site_left_the_selection_is_marked_once_as_the_setting_says(
    entreprise: Any, sortie: str, drapeau: str | None
) -> None:
    entreprise.regle(sortie=sortie)
    entreprise.sync_chantiers()
    avant = dict(entreprise.batisimply.objets[101])
    entreprise.batisimply.objets[101]["couleur"] = "#123456"
    finit(entreprise)
    bilan = entreprise.sync_chantiers()
    attendu = avant | {"couleur": "#123456"} | ({drapeau: True} if drapeau else {})
    assert entreprise.batisimply.objets[101] == attendu
    assert bilan.comptes.get("fermés", 0) == (1 if drapeau else 0)
    entreprise.batisimply.appels.clear()
    assert entreprise.sync_chantiers().ecritures == 0
    assert entreprise.batisimply.appels == []


def test_a_site_that_comes_back_is_opened_again_with_what_changed_meanwhile(entreprise: Any) -> None:
    entreprise.sync_chantiers()
    finit(entreprise)
    entreprise.sync_chantiers()
    reprend(entreprise)
    entreprise.batigest.chantiers[0] = replace(entreprise.batigest.chantiers[0], libelle="Villa des Pins")
    entreprise.batisimply.appels.clear()
    bilan = entreprise.sync_chantiers()
    objet = entreprise.batisimply.objets[101]
    assert (objet["termine"], objet["nom"], entreprise.batisimply.appels) == (False, "Villa des Pins", ["PUT"])
    assert bilan.comptes["rouverts"] == 1
    finit(entreprise)
    entreprise.sync_chantiers()
    assert entreprise.batisimply.objets[101]["termine"] is True


def test_what_a_person_closed_stays_closed(entreprise: Any) -> None:
    entreprise.sync_chantiers()
    entreprise.batisimply.objets[101]["termine"] = True
    finit(entreprise)
    assert entreprise.sync_chantiers().ecritures == 0
    reprend(entreprise)
    assert entreprise.sync_chantiers().ecritures == 0
    assert entreprise.batisimply.objets[101]["termine"] is True


def test_a_project_that_a_person_opened_again_is_not_closed_twice(entreprise: Any) -> None:
    entreprise.sync_chantiers()
    finit(entreprise)
    entreprise.sync_chantiers()
    entreprise.batisimply.objets[101]["termine"] = False
    assert entreprise.sync_chantiers().ecritures == 0
    reprend(entreprise)
    assert entreprise.sync_chantiers().ecritures == 0


def test_a_project_that_a_person_made_again_and_closed_is_not_opened_in_the_place_of_ours(entreprise: Any) -> None:
    entreprise.sync_chantiers()
    finit(entreprise)
    entreprise.sync_chantiers()
    entreprise.batisimply.objets[150] = {**entreprise.batisimply.objets.pop(101), "termine": True}
    reprend(entreprise)
    assert entreprise.sync_chantiers().ecritures == 0
    assert entreprise.batisimply.objets[150]["termine"] is True


def test_a_setting_that_changed_meanwhile_still_opens_what_was_closed(entreprise: Any) -> None:
    entreprise.sync_chantiers()
    finit(entreprise)
    entreprise.sync_chantiers()
    entreprise.regle(sortie="laisser")
    reprend(entreprise)
    entreprise.sync_chantiers()
    assert entreprise.batisimply.objets[101]["termine"] is False


def test_a_project_deleted_there_whose_site_is_over_is_nobodys_problem(entreprise: Any) -> None:
    entreprise.sync_chantiers()
    del entreprise.batisimply.objets[101]
    finit(entreprise)
    bilan = entreprise.sync_chantiers()
    assert (bilan.ecritures, bilan.rejets, bilan.verdict) == (0, 0, Verdict.REUSSI)


@pytest.fixture
def vingt(entreprise: Any) -> Any:
    """Twenty sites, sent."""
    entreprise.batigest.chantiers = [chantier(f"CH{n:02}") for n in range(20)]
    entreprise.sync_chantiers()
    entreprise.batisimply.appels.clear()
    return entreprise


def test_a_selection_that_comes_back_empty_closes_nothing_and_asks(vingt: Any) -> None:
    gardes, vingt.batigest.chantiers = vingt.batigest.chantiers, []
    bilan = vingt.sync_chantiers()
    assert vingt.batisimply.appels == []
    assert bilan.verdict is Verdict.PARTIEL
    assert "20 projets seraient fermés" in bilan.incidents[0].message
    demande = vingt.tampon.read_garde_chantiers()
    assert (len(demande.codes), demande.restent, demande.confirmee_par) == (20, 0, None)
    vingt.sync_chantiers()
    assert vingt.tampon.read_garde_chantiers() == demande
    vingt.batigest.chantiers = gardes
    assert vingt.sync_chantiers().verdict is Verdict.REUSSI
    assert (vingt.batisimply.appels, vingt.tampon.read_garde_chantiers()) == ([], None)


def test_a_confirmed_closing_goes_through_once(vingt: Any) -> None:
    for rang in range(8):
        finit(vingt, rang)
    vingt.sync_chantiers()
    demande = vingt.tampon.read_garde_chantiers()
    vingt.tampon.confirme_garde_chantiers(demande.id, "Odile Besson")
    with pytest.raises(ErreurPermanente):
        vingt.tampon.confirme_garde_chantiers(demande.id, "Odile Besson")
    bilan = vingt.sync_chantiers()
    assert (bilan.comptes["fermés"], bilan.verdict) == (8, Verdict.REUSSI)
    assert vingt.tampon.read_garde_chantiers() is None
    for rang in range(8, 16):
        finit(vingt, rang)
    assert vingt.sync_chantiers().ecritures == 0


def test_an_answer_covers_the_projects_it_was_given_for_and_no_other(vingt: Any) -> None:
    for rang in range(8):
        finit(vingt, rang)
    vingt.sync_chantiers()
    vingt.tampon.confirme_garde_chantiers(vingt.tampon.read_garde_chantiers().id, "Odile Besson")
    vingt.batigest.chantiers = []
    assert vingt.sync_chantiers().ecritures == 0
    assert vingt.tampon.read_garde_chantiers().confirmee_par is None


def test_a_question_does_not_go_away_because_new_sites_came(entreprise: Any) -> None:
    """A wrong database has sites of its own."""
    entreprise.sync_chantiers()
    entreprise.batigest.chantiers = [chantier(f"Z{n}") for n in range(30)]
    assert entreprise.sync_chantiers().comptes == {"créés": 30, "inchangés": 0}
    assert "2 projets" in entreprise.sync_chantiers().incidents[0].message
    assert not any(objet.get("termine") for objet in entreprise.batisimply.objets.values())


def test_a_few_sites_that_end_together_are_closed_without_a_question(vingt: Any) -> None:
    for rang in range(4):
        finit(vingt, rang)
    assert vingt.sync_chantiers().comptes["fermés"] == 4


def test_the_dry_run_shows_what_would_be_closed_and_asks_nothing(vingt: Any) -> None:
    finit(vingt)
    vu = apercu(Flux.CHANTIERS, vingt.bouts, vingt.progression)
    assert vu.chantiers is not None
    assert [t.suivi.chantier.code for t in vu.chantiers.fermer] == ["CH00"]
    vingt.batigest.chantiers = []
    vu = apercu(Flux.CHANTIERS, vingt.bouts, vingt.progression)
    assert vu.chantiers is not None
    assert (vu.chantiers.fermer, "20 projets" in vu.remarques[0].message) == ([], True)
    assert vingt.tampon.read_garde_chantiers() is None


def test_a_new_site_does_not_take_the_project_of_another_one(entreprise: Any) -> None:
    entreprise.sync_chantiers()
    entreprise.batisimply.objets[101]["code"] = "CH3"
    entreprise.batigest.chantiers.append(chantier("CH3"))
    bilan = entreprise.sync_chantiers()
    (rejet,) = entreprise.tampon.list_rejets_ouverts()
    assert (rejet.motif, rejet.cle, "n° 101" in rejet.detail) == (MotifRejet.CODE_DEJA_PRIS, "CH3", True)
    assert (bilan.ecritures, bilan.conflits) == (0, 1)
