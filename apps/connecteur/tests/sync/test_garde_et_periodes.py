"""The guard, closed periods, the form of lines and first imports, through the whole flow."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from connecteur.domain.conflit import Politique
from connecteur.domain.heure import CleSuivi, Compte, DateLigne
from connecteur.domain.invariant import Nature
from connecteur.domain.plan import Geste
from connecteur.domain.run import Bilan, Fleche, Flux, Verdict
from connecteur.errors import ConfigurationInvalide
from connecteur.sync.memoire import LigneMemoire
from connecteur.sync.run import apercu

from .litiges import CLE, LIGNE, MARDI, UneFois, edite, heures, natures, q, regle

# --- the guard ------------------------------------------------------------------------------------------


def remplit(firme: Any, jours: int = 20, par_jour: int = 4) -> None:
    for jour in range(jours):
        for rang in range(par_jour):
            firme.saisit(f"{jour}-{rang}", MARDI - timedelta(days=jour, hours=-rang), 60)


def test_an_empty_answer_does_not_empty_a_payroll(avec_projets: Any) -> None:
    remplit(avec_projets)
    avec_projets.sync_heures()
    creneaux = dict(avec_projets.batisimply.creneaux)
    avec_projets.batisimply.creneaux.clear()
    avec_projets.saisit("neuf", MARDI + timedelta(days=1))
    pull = avec_projets.fleche(Fleche.PULL_HEURES)
    assert "ne donne plus aucun créneau" in pull.incidents[0].message
    push = avec_projets.fleche(Fleche.PUSH_HEURES)
    assert (len(avec_projets.heures()), push.comptes["insérées"], push.verdict) == (81, 1, Verdict.PARTIEL)
    assert push.comptes["retenues par la garde"] == 80
    assert "80 lignes d’heures sur 80" in push.incidents[0].message
    avec_projets.batisimply.creneaux |= creneaux  # BatiSimply was only ill
    bilan = avec_projets.sync_heures()
    assert (bilan.ecritures, avec_projets.tampon.read_garde(), avec_projets.verifie().tient) == (0, None, True)


def test_a_confirmed_removal_goes_through_once(avec_projets: Any) -> None:
    remplit(avec_projets)
    avec_projets.sync_heures()
    avec_projets.batisimply.creneaux.clear()
    avec_projets.sync_heures()
    garde = avec_projets.tampon.read_garde()
    avec_projets.tampon.confirme_garde(garde.id, "Léa")
    bilan = avec_projets.sync_heures()
    assert (avec_projets.heures(), bilan.comptes["retirées"], bilan.verdict) == ({}, 80, Verdict.REUSSI)
    assert avec_projets.tampon.read_garde() is None
    remplit(avec_projets)
    avec_projets.sync_heures()
    avec_projets.batisimply.creneaux.clear()
    avec_projets.sync_heures()
    assert len(avec_projets.heures()) == 80


def test_a_confirmation_is_for_what_was_shown_and_a_bigger_plan_asks_again(avec_projets: Any) -> None:
    remplit(avec_projets, par_jour=12)  # 240 lines
    avec_projets.sync_heures()
    for ident in [i for i in avec_projets.batisimply.creneaux if i.endswith(("-0", "-1", "-2"))]:
        del avec_projets.batisimply.creneaux[ident]
    avec_projets.sync_heures()
    garde = avec_projets.tampon.read_garde()
    assert garde.lignes == 60
    avec_projets.tampon.confirme_garde(garde.id, "Léa")
    avec_projets.batisimply.creneaux.clear()
    bilan = avec_projets.sync_heures()
    assert (len(avec_projets.heures()), bilan.ecritures) == (240, 0)
    autre = avec_projets.tampon.read_garde()
    assert (autre.lignes, autre.confirmee_le) == (240, None)


def test_a_few_changes_pass_and_many_changes_of_a_small_dossier_pass(avec_projets: Any) -> None:
    remplit(avec_projets, par_jour=2)  # 40 lines: under 50, whatever the share
    avec_projets.sync_heures()
    avec_projets.batisimply.creneaux.clear()
    assert avec_projets.sync_heures().comptes["retirées"] == 40


def test_slots_that_move_under_the_guard_are_not_counted_twice(avec_projets: Any) -> None:
    remplit(avec_projets)
    avec_projets.sync_heures()
    for ident, creneau in avec_projets.batisimply.creneaux.items():
        avec_projets.batisimply.creneaux[ident] = replace_creneau(creneau, debut=creneau.debut + timedelta(minutes=30))
    avec_projets.sync_heures()
    assert len(avec_projets.heures()) == 80  # nothing inserted beside what stays
    avec_projets.tampon.confirme_garde(avec_projets.tampon.read_garde().id, "Léa")
    avec_projets.sync_heures()
    assert (len(avec_projets.heures()), avec_projets.verifie().tient) == (80, True)


def replace_creneau(creneau: Any, **champs: Any) -> Any:
    return creneau._replace(**champs)


def test_what_the_guard_holds_back_is_listed_apart_and_anything_else_still_is_wrong(avec_projets: Any) -> None:
    remplit(avec_projets)
    avec_projets.sync_heures()
    for ident, creneau in list(avec_projets.batisimply.creneaux.items()):
        if ident.endswith("-0"):
            del avec_projets.batisimply.creneaux[ident]
        else:  # to another week
            ailleurs = creneau.debut - timedelta(days=25 if ident.startswith("0-") else 0, minutes=30)
            avec_projets.batisimply.creneaux[ident] = replace_creneau(creneau, debut=ailleurs)
    avec_projets.sync_heures()
    constat = avec_projets.verifie()
    assert (constat.tient, constat.cumuls, len(constat.a_part)) == (True, [], 140)
    assert {ligne.nature for ligne in constat.a_part} == {Nature.RETENUE}
    assert sum(ligne.ecart for ligne in constat.a_part) == 20
    avec_projets.batigest.suivi.append(LigneMemoire(avec_projets.batigest.suivi[0].cle, q("1")))
    assert [ligne.nature for ligne in avec_projets.verifie().a_part].count(Nature.CONFLIT) == 1
    avec_projets.batigest.suivi.pop()
    avec_projets.saisit("neuf", MARDI, 30)
    avec_projets.fleche(Fleche.PULL_HEURES)
    assert not avec_projets.verifie().tient
    avec_projets.fleche(Fleche.PUSH_HEURES)
    avec_projets.tampon.confirme_garde(avec_projets.tampon.read_garde().id, "Léa")
    avec_projets.sync_heures()
    assert (natures(avec_projets), avec_projets.verifie().tient) == ([], True)


def test_the_guard_says_how_many_hours_there_would_be_when_lines_change_their_date(avec_projets: Any) -> None:
    remplit(avec_projets)
    avec_projets.sync_heures()
    regle(avec_projets, date_ligne=DateLigne.JOUR)
    (incident,) = avec_projets.sync_heures().incidents
    assert "(80 h deviendraient 80 h)" in incident.message


def test_the_dry_run_says_that_the_guard_will_ask(avec_projets: Any) -> None:
    remplit(avec_projets)
    avec_projets.sync_heures()
    avec_projets.batisimply.creneaux.clear()
    vu = apercu(Flux.HEURES, avec_projets.bouts, avec_projets.progression)
    assert ["la garde demandera" in remarque.message for remarque in vu.remarques] == [True]
    assert avec_projets.tampon.read_garde() is None


# --- closed periods -------------------------------------------------------------------------------------

JUILLET = date(2025, 6, 25)


def test_nothing_of_a_closed_period_changes_and_what_would_have_is_listed(avec_projets: Any) -> None:
    avec_projets.saisit("1", MARDI)
    avec_projets.saisit("2", MARDI + timedelta(hours=5), 60)
    avec_projets.sync_heures()
    regle(avec_projets, periode_close=JUILLET)
    avec_projets.saisit("1", MARDI, 60)
    del avec_projets.batisimply.creneaux["2"]
    avec_projets.saisit("3", MARDI - timedelta(days=3), 120)
    bilan = avec_projets.sync_heures()
    assert (sorted(heures(avec_projets)), bilan.ecritures) == (["1", "7.5"], 0)
    assert bilan.comptes["écarts en période close, laissés tels quels"] == 3
    assert (bilan.conflits, bilan.verdict) == (0, Verdict.REUSSI)
    constat = avec_projets.verifie()
    assert constat.tient
    assert sorted((ligne.nature, ligne.ecart) for ligne in constat.a_part) == [
        (Nature.PERIODE_CLOSE, Decimal(-2)),
        (Nature.PERIODE_CLOSE, Decimal(1)),
        (Nature.PERIODE_CLOSE, Decimal("6.5")),
    ]
    regle(avec_projets)
    avec_projets.sync_heures()
    assert (sorted(heures(avec_projets)), natures(avec_projets)) == (["1", "2"], [])


def test_a_slot_paid_in_a_closed_period_and_moved_out_of_it_is_not_paid_twice(avec_projets: Any) -> None:
    avec_projets.saisit("1", MARDI)
    avec_projets.sync_heures()
    regle(avec_projets, periode_close=JUILLET)
    avec_projets.saisit("1", MARDI + timedelta(days=2))
    vu = apercu(Flux.HEURES, avec_projets.bouts, avec_projets.progression)
    assert [action.geste for action in vu.actions] == [Geste.PERIODE_CLOSE]
    avec_projets.sync_heures()
    assert list(avec_projets.heures()) == [LIGNE]
    assert natures(avec_projets) == [Nature.PERIODE_CLOSE]
    regle(avec_projets)
    avec_projets.sync_heures()
    assert list(avec_projets.heures()) == [("CH1", "S1", "26/06 08:00")]


@pytest.mark.parametrize("geste", ["supprime", "vide"])
def test_a_slot_that_left_a_line_nobody_keeps_any_more_is_counted_where_it_is_now(
    avec_projets: Any, geste: str
) -> None:
    avec_projets.saisit("1", MARDI)
    avec_projets.saisit("2", MARDI, 60)
    avec_projets.sync_heures()
    assert heures(avec_projets) == ["8.5"]
    regle(avec_projets, periode_close=JUILLET)
    if geste == "supprime":
        avec_projets.batigest.suivi.clear()
    else:
        edite(avec_projets, "0")
    avec_projets.saisit("2", MARDI + timedelta(days=2), 60)
    vu = apercu(Flux.HEURES, avec_projets.bouts, avec_projets.progression)
    assert [action.geste for action in vu.actions] == [Geste.PERIODE_CLOSE, Geste.INSERER]
    avec_projets.sync_heures()
    assert avec_projets.heures()["CH1", "S1", "26/06 08:00"] == "1"
    constat = avec_projets.verifie()
    assert constat.tient
    assert [(a_part.nature, a_part.attendu, a_part.present) for a_part in constat.a_part] == [
        (Nature.PERIODE_CLOSE, Decimal("7.5"), 0)
    ]
    assert avec_projets.sync_heures().ecritures == 0
    assert avec_projets.heures()["CH1", "S1", "26/06 08:00"] == "1"


def test_an_equal_foreign_line_of_a_closed_period_is_not_adopted(avec_projets: Any) -> None:
    avec_projets.batigest.suivi = [LigneMemoire(CLE, q("7.5"))]
    regle(avec_projets, periode_close=JUILLET)
    avec_projets.saisit("1", MARDI)
    avec_projets.sync_heures()
    avec_projets.batisimply.creneaux.clear()
    regle(avec_projets)
    avec_projets.sync_heures()
    assert heures(avec_projets) == ["7.5"]


# --- the form of lines ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "forme",
    [
        {"date_ligne": DateLigne.JOUR},
        {"panier": Compte.JOUR, "trajet": Compte.JOUR},
        {"date_ligne": DateLigne.JOUR, "panier": Compte.JOUR},
    ],
)
def test_changing_the_form_of_lines_moves_them_and_doubles_none(avec_projets: Any, forme: dict[str, Any]) -> None:
    for jour in range(5):
        for rang, projet in enumerate((101, 101, 102)):
            debut = MARDI - timedelta(days=jour, hours=-4 * rang)
            avec_projets.saisit(f"{jour}-{rang}", debut, 90, panier=True, trajet=True, projet_id=projet)
    avec_projets.sync_heures()
    etrangere = LigneMemoire(CleSuivi("CH1", "S9", CLE.debut), q("4"))
    avec_projets.batigest.suivi.append(etrangere)
    for reglages in (forme, {}):
        regle(avec_projets, **reglages)
        avec_projets.sync_heures()
        nos_lignes = [ligne for ligne in avec_projets.batigest.suivi if ligne.cle.code_salarie == "S1"]
        assert sum(ligne.quantites.heures for ligne in nos_lignes) == Decimal("22.5")
        assert sum(ligne.quantites.panier for ligne in nos_lignes) == (5 if "panier" in reglages else 15)
        assert len(nos_lignes) == (10 if "date_ligne" in reglages else 15)
        assert avec_projets.verifie().tient
        assert avec_projets.sync_heures().ecritures == 0
    assert etrangere.quantites == q("4")


# --- headings -------------------------------------------------------------------------------------------

NOUVELLES = ("NbH1", "NbH3", "NbH4")


def test_changing_the_headings_moves_what_is_ours_and_clears_the_old_ones(avec_projets: Any) -> None:
    avec_projets.saisit("1", MARDI, panier=True)
    avec_projets.saisit("2", MARDI + timedelta(hours=9), 60)
    avec_projets.sync_heures()
    avec_projets.batigest.nomme_rubriques(*NOUVELLES)
    vu = apercu(Flux.HEURES, avec_projets.bouts, avec_projets.progression)
    assert [action.geste for action in vu.actions] == [Geste.CHANGER_RUBRIQUES] * 2
    assert avec_projets.verifie().tient  # not moved yet, and counted where they stand
    avec_projets.saisit("1", MARDI, 360, panier=True)
    bilan = avec_projets.sync_heures()
    assert (bilan.comptes["changées de rubriques"], bilan.comptes["corrigées"], bilan.incidents) == (2, 1, [])
    assert sorted(heures(avec_projets)) == ["1", "6"]
    assert all(ligne.ailleurs == {} for ligne in avec_projets.batigest.suivi)
    assert (avec_projets.sync_heures().ecritures, avec_projets.verifie().tient) == (0, True)
    avec_projets.batisimply.creneaux.clear()
    avec_projets.sync_heures()
    assert avec_projets.heures() == {}


def test_a_line_edited_in_its_old_headings_stays_there_and_is_said(avec_projets: Any) -> None:
    avec_projets.saisit("1", MARDI)
    avec_projets.saisit("2", MARDI + timedelta(hours=9), 60)
    avec_projets.sync_heures()
    edite(avec_projets, "8")
    avec_projets.batigest.nomme_rubriques(*NOUVELLES)
    regle(avec_projets, conflits=Politique.BATISIMPLY)
    avec_projets.saisit("1", MARDI, 360)
    bilan = avec_projets.sync_heures()
    assert bilan.comptes["changées de rubriques"] == 1
    assert "1 lignes d’heures restent" in bilan.incidents[0].message
    assert sorted(heures(avec_projets)) == ["0", "1"]  # nothing beside the 8 h that stand in the old heading
    assert natures(avec_projets) == [Nature.CONFLIT]
    assert avec_projets.sync_heures().ecritures == 0


def test_a_line_whose_new_heading_is_used_by_somebody_is_not_moved(avec_projets: Any) -> None:
    avec_projets.saisit("1", MARDI)
    avec_projets.sync_heures()
    avec_projets.batigest.suivi[0].ailleurs = {NOUVELLES: q("2")}
    avec_projets.batigest.nomme_rubriques(*NOUVELLES)
    avec_projets.sync_heures()
    (ligne,) = avec_projets.batigest.suivi
    assert (ligne.quantites, list(ligne.ailleurs.values())) == (q("2"), [q("7.5")])
    assert avec_projets.verifie().tient


def test_lines_of_a_closed_period_keep_their_headings(avec_projets: Any) -> None:
    avec_projets.saisit("1", MARDI)
    avec_projets.sync_heures()
    regle(avec_projets, periode_close=JUILLET)
    avec_projets.batigest.nomme_rubriques(*NOUVELLES)
    bilan = avec_projets.sync_heures()
    assert (bilan.ecritures, bilan.incidents, avec_projets.verifie().a_part) == (0, [], [])
    assert avec_projets.batigest.suivi[0].quantites == q("0")


def test_the_guard_asks_before_a_whole_dossier_changes_its_headings(avec_projets: Any) -> None:
    remplit(avec_projets)
    avec_projets.sync_heures()
    avec_projets.batigest.nomme_rubriques(*NOUVELLES)
    assert (avec_projets.sync_heures().ecritures, avec_projets.tampon.read_garde().lignes) == (0, 80)
    avec_projets.tampon.confirme_garde(avec_projets.tampon.read_garde().id, "Léa")
    bilan = avec_projets.sync_heures()
    assert (bilan.comptes["changées de rubriques"], avec_projets.tampon.read_garde()) == (80, None)
    assert (avec_projets.sync_heures().ecritures, avec_projets.verifie().tient) == (0, True)


def test_the_headings_do_not_change_under_an_interrupted_write(avec_projets: Any, une_fois: UneFois) -> None:
    avec_projets.saisit("1", MARDI)
    avec_projets.batigest.panne = une_fois("apres_commit", SystemExit("power cut"))
    with pytest.raises(SystemExit):
        avec_projets.sync_heures()
    avec_projets.batigest.nomme_rubriques(*NOUVELLES)
    with pytest.raises(ConfigurationInvalide, match="interrompue"):
        avec_projets.sync_heures()
    avec_projets.batigest.nomme_rubriques("NbH0", "NbH3", "NbH4")
    avec_projets.sync_heures()
    avec_projets.batigest.nomme_rubriques(*NOUVELLES)
    assert avec_projets.sync_heures().comptes["changées de rubriques"] == 1


# --- first import ---------------------------------------------------------------------------------------


def test_a_first_import_goes_back_once(avec_projets: Any) -> None:
    ancien = MARDI - timedelta(days=400)
    avec_projets.saisit("1", ancien)
    avec_projets.sync_heures()
    assert avec_projets.heures() == {}
    depuis = ancien.date() - timedelta(days=1)
    vu = apercu(Flux.HEURES, avec_projets.bouts, avec_projets.progression, depuis)
    assert [action.geste for action in vu.actions] == [Geste.INSERER]
    avec_projets.tampon.demande_import(depuis, "Léa")
    avec_projets.sync_heures()
    assert (len(avec_projets.heures()), avec_projets.tampon.read_import()) == (1, None)
    assert avec_projets.sync_heures().ecritures == 0


def test_a_first_import_that_was_not_read_stays_asked_for(avec_projets: Any) -> None:
    avec_projets.tampon.demande_import(date(2024, 6, 24), "Léa")
    avec_projets.fleche(Fleche.PUSH_HEURES)
    assert avec_projets.tampon.read_import() is not None
    pull: Bilan = avec_projets.sync_heures()
    assert (pull.incidents, avec_projets.tampon.read_import()) == ([], None)
