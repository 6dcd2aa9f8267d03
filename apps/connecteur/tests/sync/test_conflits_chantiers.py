"""Both sides changed one field: who wins, why, what is kept of it, and how a person decides otherwise."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from connecteur.domain.conflit import Cote
from connecteur.domain.datation import Datation
from connecteur.domain.devis import Devis
from connecteur.domain.run import Verdict
from connecteur.errors import ErreurPermanente
from connecteur.tampon.conflits import Nature

JOUR = timedelta(days=1)


@pytest.fixture
def firme(entreprise: Any) -> Any:
    """CH1 and CH2 were sent yesterday; both sides have been read since."""
    entreprise.maintenant -= JOUR
    entreprise.batisimply.horloge = lambda: entreprise.maintenant
    entreprise.sync_chantiers()
    entreprise.maintenant += JOUR
    return entreprise


def renomme(firme: Any, libelle: str, modifie_le: datetime | None = None) -> None:
    date = None if modifie_le is None else Datation.a(modifie_le)
    firme.batigest.chantiers[0] = replace(firme.batigest.chantiers[0], libelle=libelle, modifie_le=date)


def saisit(firme: Any, nom: str, le: datetime | None = None) -> None:
    firme.batisimply.saisit(101, nom=nom)
    if le is not None:
        firme.batisimply.objets[101]["modifie_le"] = le


def nom(firme: Any) -> str:
    return str(firme.batisimply.objets[101]["nom"])


def test_both_changed_between_two_runs_and_batigest_tells_no_date_so_a_person_is_asked(firme: Any) -> None:
    saisit(firme, "Villa Martin", firme.maintenant - timedelta(hours=1))
    renomme(firme, "Villa des Pins")
    bilan = firme.sync_chantiers()
    assert nom(firme) == "Villa Martin"
    assert (bilan.conflits, bilan.verdict) == (1, Verdict.PARTIEL)
    (conflit,) = firme.tampon.list_conflits_chantiers()
    assert (conflit.base, conflit.notre, conflit.leur) == ("Chantier CH1", "Villa des Pins", "Villa Martin")
    assert (conflit.libelle, conflit.gagnant, conflit.resolu) == ("Villa des Pins", None, False)
    assert conflit.date_batisimply == firme.maintenant - timedelta(hours=1)
    firme.batisimply.appels.clear()
    assert firme.sync_chantiers().conflits == 1
    assert firme.batisimply.appels == []


@pytest.mark.parametrize(("avance", "gagnant"), [(-1, Cote.BATISIMPLY), (1, Cote.BATIGEST)])
def test_the_newer_change_wins_where_both_systems_date_theirs(firme: Any, avance: int, gagnant: Cote) -> None:
    la = firme.maintenant - timedelta(hours=3)
    saisit(firme, "Villa Martin", la)
    renomme(firme, "Villa des Pins", la + timedelta(hours=avance))
    bilan = firme.sync_chantiers()
    assert nom(firme) == ("Villa des Pins" if gagnant is Cote.BATIGEST else "Villa Martin")
    assert (bilan.conflits, bilan.comptes["conflits réglés"], bilan.verdict) == (0, 1, Verdict.REUSSI)
    (regle,) = firme.tampon.list_conflits_chantiers(resolus=True)
    assert (regle.gagnant, regle.notre, regle.leur, regle.resolu) == (gagnant, "Villa des Pins", "Villa Martin", True)
    assert gagnant.value in regle.raison
    firme.batisimply.appels.clear()
    suite = firme.sync_chantiers()
    assert (firme.batisimply.appels, suite.comptes["inchangés"], suite.remarques) == ([], 2, [])


def test_a_value_kept_in_batisimply_yields_to_a_later_change_of_batigest_only(firme: Any) -> None:
    saisit(firme, "Villa Martin", firme.maintenant - timedelta(hours=1))
    assert "Villa Martin" in firme.sync_chantiers().remarques[0].message
    firme.maintenant += JOUR
    firme.batisimply.saisit(101, couleur="#123456")  # moves lastModifiedDate, not the name
    renomme(firme, "Villa des Pins")
    assert firme.sync_chantiers().conflits == 0
    assert nom(firme) == "Villa des Pins"
    (divergence, regle) = sorted(firme.tampon.list_conflits_chantiers(resolus=True), key=lambda c: c.id)
    assert (divergence.nature, regle.gagnant) == (Nature.DIVERGENCE, Cote.BATIGEST)


def test_our_own_write_does_not_make_their_value_look_newer(firme: Any) -> None:
    """`lastModifiedDate` is of the whole project: a PUT of another field moves it."""
    saisit(firme, "Villa Martin", firme.maintenant - timedelta(hours=5))
    renomme(firme, "Villa des Pins", firme.maintenant - timedelta(hours=4))
    firme.regle(politiques={"nom": "demander"})
    firme.sync_chantiers()
    firme.batigest.chantiers[0] = replace(firme.batigest.chantiers[0], client="Mairie de Pessac")
    firme.maintenant += JOUR
    firme.sync_chantiers()
    assert firme.batisimply.objets[101]["client"] == "Mairie de Pessac"
    assert firme.batisimply.objets[101]["modifie_le"] == firme.maintenant
    firme.regle()
    firme.sync_chantiers()
    assert nom(firme) == "Villa des Pins"


def test_without_any_date_from_batisimply_what_was_first_seen_later_wins(firme: Any) -> None:
    firme.batisimply.horloge = None
    firme.batisimply.objets[101] |= {"nom": "Villa Martin", "modifie_le": None}
    firme.sync_chantiers()
    firme.maintenant += JOUR
    renomme(firme, "Villa des Pins")
    firme.sync_chantiers()
    assert nom(firme) == "Villa des Pins"


def test_a_wrong_clock_of_batisimply_is_corrected_and_told(firme: Any) -> None:
    vraie = firme.maintenant - timedelta(hours=3)
    firme.batisimply.ecart_horloge_s = -7200.0  # their clock is two hours ahead of ours
    saisit(firme, "Villa Martin", vraie + timedelta(hours=2))
    renomme(firme, "Villa des Pins", vraie + timedelta(hours=1))
    bilan = firme.sync_chantiers()
    assert nom(firme) == "Villa des Pins"
    assert "7200 secondes sur celle de BatiSimply" in bilan.remarques[0].message


@pytest.mark.parametrize(("choix", "garde"), [(Cote.BATIGEST, "Villa des Pins"), (Cote.BATISIMPLY, "Villa Martin")])
def test_a_person_decides_and_the_next_push_carries_it_out_once(firme: Any, choix: Cote, garde: str) -> None:
    saisit(firme, "Villa Martin")
    renomme(firme, "Villa des Pins")
    firme.sync_chantiers()
    firme.tampon.decide_conflit_chantier("ch1", "nom", choix, "Odile Besson")
    bilan = firme.sync_chantiers()
    assert (nom(firme), bilan.conflits) == (garde, 0)
    assert firme.tampon.list_conflits_chantiers() == []
    (regle,) = firme.tampon.list_conflits_chantiers(resolus=True)
    assert (regle.gagnant, regle.decide_par, regle.decision_suite) == (choix, "Odile Besson", "appliquée")
    (evenement,) = firme.tampon.list_evenements("chantier", "CH1")
    assert (evenement.evenement.qui, evenement.evenement.detail["choix"]) == ("Odile Besson", choix.value)
    firme.batisimply.appels.clear()
    firme.sync_chantiers()
    assert (firme.batisimply.appels, nom(firme)) == ([], garde)


def test_a_person_decides_otherwise_after_the_fact_and_gets_the_lost_value_back(firme: Any) -> None:
    saisit(firme, "Villa Martin", firme.maintenant - timedelta(hours=2))
    renomme(firme, "Villa des Pins", firme.maintenant - timedelta(hours=1))
    firme.sync_chantiers()
    assert nom(firme) == "Villa des Pins"
    firme.tampon.decide_conflit_chantier("CH1", "nom", Cote.BATISIMPLY, "Odile Besson")
    firme.sync_chantiers()
    assert nom(firme) == "Villa Martin"
    firme.batisimply.appels.clear()
    assert firme.sync_chantiers().comptes["inchangés"] == 2
    assert firme.batisimply.appels == []
    rendu, premier = firme.tampon.list_conflits_chantiers(resolus=True)
    assert (premier.gagnant, premier.decision_suite) == (Cote.BATIGEST, "appliquée")
    assert (rendu.gagnant, rendu.decide_par) == (Cote.BATISIMPLY, None)


def test_a_decision_overtaken_by_a_new_value_is_said_so_and_the_question_asked_again(firme: Any) -> None:
    saisit(firme, "Villa Martin")
    renomme(firme, "Villa des Pins")
    firme.sync_chantiers()
    firme.tampon.decide_conflit_chantier("CH1", "nom", Cote.BATIGEST, "Odile Besson")
    saisit(firme, "Villa Martin, lot 2")
    assert firme.sync_chantiers().conflits == 1
    assert nom(firme) == "Villa Martin, lot 2"
    ouvert, passe = firme.tampon.list_conflits_chantiers(resolus=True)
    assert (ouvert.leur, ouvert.decision) == ("Villa Martin, lot 2", None)
    assert (passe.leur, passe.decision_suite) == ("Villa Martin", "dépassée")


def test_nobody_can_decide_of_a_conflict_that_never_was(firme: Any) -> None:
    with pytest.raises(ErreurPermanente, match="aucun conflit"):
        firme.tampon.decide_conflit_chantier("CH1", "nom", Cote.BATIGEST, "Odile Besson")


def test_a_code_changed_in_batisimply_waits_for_a_person_whatever_the_dates(firme: Any) -> None:
    firme.batisimply.saisit(101, code="AUTRE")
    bilan = firme.sync_chantiers()
    assert (bilan.conflits, firme.batisimply.objets[101]["code"]) == (1, "AUTRE")
    (conflit,) = firme.tampon.list_conflits_chantiers()
    assert (conflit.champ, conflit.notre, conflit.leur) == ("code", "CH1", "AUTRE")
    firme.tampon.decide_conflit_chantier("CH1", "code", Cote.BATIGEST, "Odile Besson")
    firme.sync_chantiers()
    assert firme.batisimply.objets[101]["code"] == "CH1"


def test_a_crash_just_after_an_overwrite_leaves_the_lost_value_in_the_record(
    firme: Any, une_fois: Callable[[str, BaseException], Callable[[str], None]]
) -> None:
    class Coupure(BaseException):
        pass

    saisit(firme, "Villa Martin", firme.maintenant - timedelta(hours=2))
    renomme(firme, "Villa des Pins", firme.maintenant - timedelta(hours=1))
    firme.batisimply.panne = une_fois("apres_replace_projet", Coupure())
    with pytest.raises(Coupure):
        firme.sync_chantiers()
    firme.sync_chantiers()
    assert nom(firme) == "Villa des Pins"
    assert [(c.leur, c.gagnant) for c in firme.tampon.list_conflits_chantiers(resolus=True)] == [
        ("Villa Martin", Cote.BATIGEST)
    ]


def test_a_whole_record_can_wait_by_setting(firme: Any) -> None:
    firme.regle(attente="fiche")
    saisit(firme, "Villa Martin")
    renomme(firme, "Villa des Pins")
    firme.batigest.chantiers[0] = replace(firme.batigest.chantiers[0], client="Mairie de Pessac")
    firme.sync_chantiers()
    assert firme.batisimply.objets[101]["client"] == "Maçonnerie Dupré"
    firme.tampon.decide_conflit_chantier("CH1", "nom", Cote.BATISIMPLY, "Odile Besson")
    firme.sync_chantiers()
    assert (nom(firme), firme.batisimply.objets[101]["client"]) == ("Villa Martin", "Mairie de Pessac")


def test_a_second_project_with_the_code_of_a_linked_site_is_told_with_a_remedy(firme: Any) -> None:
    firme.batisimply.objets[150] = {"code": "ch1", "nom": "Copie"}
    bilan = firme.sync_chantiers()
    assert (bilan.rejets, bilan.ecritures) == (0, 0)
    assert "n° 101 est celui du chantier, le n° 150" in bilan.remarques[0].message
    assert "ne laissez ce code qu’à un seul projet" in bilan.remarques[0].remede


def test_hours_sold_that_can_no_longer_be_told_reset_nothing(entreprise: Any) -> None:
    entreprise.batigest.chantiers = [replace(c, code_client="C") for c in entreprise.batigest.chantiers[:1]]
    entreprise.batigest.devis_list = []
    entreprise.sync_chantiers()
    entreprise.batisimply.objets[101]["heures_vendues"] = "120"
    entreprise.batigest.chantiers += [replace(entreprise.batigest.chantiers[0], code="CH9")]
    entreprise.batigest.devis_list = [Devis("D1", "C", None, Decimal(10))]
    entreprise.sync_chantiers()
    assert entreprise.batisimply.objets[101]["heures_vendues"] == "120"
