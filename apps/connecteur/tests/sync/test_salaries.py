"""Salariés: mapped by hand, suggested by name, and what becomes of the hours."""

from datetime import UTC, datetime
from typing import Any

import pytest

from connecteur.domain.rejet import MotifRejet
from connecteur.domain.run import Fleche, Verdict
from connecteur.domain.salarie import Salarie
from connecteur.errors import ErreurPermanente, GesteRefuse, Introuvable
from connecteur.sync.heures.resolution import resolve_heures
from connecteur.sync.salaries import ecris_codebs, ressemblance, suggere, vue_salaries

MARDI = datetime(2025, 6, 24, 6, tzinfo=UTC)
ZOE = Salarie("S3", "Petit", "Zoé", None)


@pytest.fixture
def avec_zoe(avec_projets: Any) -> Any:
    """Zoé worked on Tuesday; Batigest has her card, without an identifier."""
    avec_projets.batigest.salaries.append(ZOE)
    avec_projets.saisit("1", MARDI, utilisateur="cccc-3", nom_utilisateur="PETIT Zoe")
    avec_projets.sync_heures()
    return avec_projets


def motifs(firme: Any) -> list[MotifRejet]:
    return [rejet.motif for rejet in firme.tampon.list_rejets_ouverts()]


def test_hours_that_waited_are_delivered_by_the_run_after_the_mapping(avec_zoe: Any) -> None:
    assert (avec_zoe.heures(), motifs(avec_zoe)) == ({}, [MotifRejet.SALARIE_INCONNU])
    avec_zoe.tampon.associe_salarie("cccc-3", "S3", "Anne")
    bilan = avec_zoe.sync_heures()
    assert avec_zoe.heures() == {("CH1", "S3", "24/06 08:00"): "7.5"}
    assert (bilan.verdict, motifs(avec_zoe)) == (Verdict.REUSSI, [])
    assert avec_zoe.verifie().tient
    assert avec_zoe.sync_heures().ecritures == 0


def test_a_dossier_without_codebs_works_with_mappings_alone(avec_zoe: Any) -> None:
    avec_zoe.batigest.salaries = [Salarie(s.code, s.nom, s.prenom, None) for s in avec_zoe.batigest.salaries]
    avec_zoe.saisit("2", MARDI)
    avec_zoe.sync_heures()
    assert motifs(avec_zoe) == [MotifRejet.SALARIE_INCONNU] * 2
    for utilisateur, code in (("aaaa-1", "S1"), ("cccc-3", "S3")):
        avec_zoe.tampon.associe_salarie(utilisateur, code, "Anne")
    assert avec_zoe.sync_heures().verdict is Verdict.REUSSI
    assert {cle[1] for cle in avec_zoe.heures()} == {"S1", "S3"}


def test_codebs_wins_over_the_hand_and_it_is_said_until_a_person_acts(avec_zoe: Any) -> None:
    avec_zoe.tampon.associe_salarie("cccc-3", "S3", "Anne")
    avec_zoe.sync_heures()
    avec_zoe.batigest.salaries.append(Salarie("S4", "Autre", "", "cccc-3"))
    lu = avec_zoe.fleche(Fleche.PULL_HEURES)
    avec_zoe.fleche(Fleche.PUSH_HEURES)
    assert avec_zoe.heures() == {("CH1", "S4", "24/06 08:00"): "7.5"}
    assert (lu.verdict, "S3" in lu.incidents[0].message, "S4" in lu.incidents[0].message) == (
        Verdict.PARTIEL,
        True,
        True,
    )
    constat = avec_zoe.tampon.list_evenements("salarie", "cccc-3")[0].evenement
    assert (constat.geste, constat.apres) == ("constater", {"salarie": "S3", "etat": "écartée"})
    avec_zoe.tampon.dissocie_salarie("cccc-3", "Anne")
    assert avec_zoe.fleche(Fleche.PULL_HEURES).verdict is Verdict.REUSSI


def test_a_salarie_who_leaves_batigest_breaks_the_mapping_and_the_hours_become_rejets(avec_zoe: Any) -> None:
    avec_zoe.tampon.associe_salarie("cccc-3", "S3", "Anne")
    avec_zoe.batigest.salaries.remove(ZOE)
    avec_zoe.sync_heures()
    assert motifs(avec_zoe) == [MotifRejet.SALARIE_DISPARU]
    (zoe,) = vue_salaries(avec_zoe.tampon).utilisateurs
    assert zoe.correspondance is not None
    assert (zoe.correspondance.etat, zoe.salaries, zoe.a_regarder) == ("rompue", (), True)
    assert avec_zoe.verifie().tient
    avec_zoe.batigest.salaries.append(ZOE)
    avec_zoe.sync_heures()
    assert len(avec_zoe.heures()) == 1


def test_two_users_of_one_salarie_are_both_delivered_and_shown_until_confirmed(avec_zoe: Any) -> None:
    avec_zoe.tampon.associe_salarie("cccc-3", "S3", "Anne")
    avec_zoe.batigest.salaries[-1] = Salarie("S3", "Petit", "Zoé", "dddd-4")
    avec_zoe.saisit("2", MARDI, 60, utilisateur="dddd-4")
    lu = avec_zoe.fleche(Fleche.PULL_HEURES)
    avec_zoe.fleche(Fleche.PUSH_HEURES)
    assert avec_zoe.heures() == {("CH1", "S3", "24/06 08:00"): "8.5"}
    assert (lu.verdict, len(lu.incidents)) == (Verdict.PARTIEL, 1)
    avec_zoe.tampon.associe_salarie("cccc-3", "S3", "Anne", partage=True)
    assert avec_zoe.fleche(Fleche.PULL_HEURES).verdict is Verdict.REUSSI


@pytest.mark.parametrize("vide", ["salaries", "chantiers", "objets"])
def test_an_empty_answer_does_not_empty_the_payroll(avec_projets: Any, vide: str) -> None:
    avec_projets.saisit("1", MARDI)
    avec_projets.sync_heures()
    bout = avec_projets.batisimply if vide == "objets" else avec_projets.batigest
    gardes = getattr(bout, vide)
    setattr(bout, vide, type(gardes)())
    with pytest.raises(ErreurPermanente, match="rien n’a été changé") as faute:
        avec_projets.fleche(Fleche.PULL_HEURES)
    assert faute.value.remede
    with pytest.raises(ErreurPermanente, match="rien n’a été changé"):
        resolve_heures(
            avec_projets.batisimply,
            avec_projets.batigest,
            avec_projets.tampon,
            tranches=avec_projets.bouts.tranches(),
            fuseau=avec_projets.bouts.fuseau,
            run="essai",
        )
    avec_projets.fleche(Fleche.PUSH_HEURES)
    assert len(avec_projets.heures()) == 1
    setattr(bout, vide, gardes)
    assert avec_projets.sync_heures().verdict is Verdict.REUSSI


# --- suggestions --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("nom", "prenom_nom"),
    [
        ("Léa Martin", ("Léa", "Martin")),
        ("MARTIN LEA", ("Léa", "Martin")),
        ("martin  léa", ("", "MARTIN Léa")),
        ("Jean Pierre De La Tour", ("Jean-Pierre", "de la Tour")),
        ("Jean Dupont", ("Jean-Pierre", "Dupont")),
        ("N'Guyen Anh", ("Anh", "Nguyen")),
        ("Françoise Béranger", ("Francoise", "BERENGER")),
        ("Durand-Petit Zoé", ("Zoé", "Durand")),
    ],
)
def test_a_name_is_recognised_however_it_is_written(nom: str, prenom_nom: tuple[str, str]) -> None:
    prenom, nom_salarie = prenom_nom
    assert ressemblance(nom, Salarie("X", nom_salarie, prenom, None)) >= 70


@pytest.mark.parametrize(
    ("nom", "prenom_nom"),
    [
        ("Léa Martin", ("Ugo", "Morel")),
        ("Jean Dupont", ("Jean", "Lefebvre")),
        ("", ("Léa", "Martin")),
        ("Martin", ("", "")),
    ],
)
def test_other_people_are_not_suggested(nom: str, prenom_nom: tuple[str, str]) -> None:
    prenom, nom_salarie = prenom_nom
    assert ressemblance(nom, Salarie("X", nom_salarie, prenom, None)) < 70


def test_suggestions_are_the_free_salaries_best_first_and_change_nothing(avec_zoe: Any) -> None:
    avec_zoe.batigest.salaries += [Salarie("S5", "Petitt", "Zoé", None), Salarie("S6", "Petit", "Zoé", "eeee-5")]
    avec_zoe.fleche(Fleche.PULL_HEURES)
    suggestions = suggere(avec_zoe.tampon)
    assert [(s.utilisateur.id, s.salarie.code) for s in suggestions] == [("cccc-3", "S3"), ("cccc-3", "S5")]
    assert [s.ressemblance == 100 for s in suggestions] == [True, False]
    assert [s.salarie.code for s in suggere(avec_zoe.tampon, "cccc-3", limite=1)] == ["S3"]
    assert suggere(avec_zoe.tampon, "personne") == []
    assert avec_zoe.tampon.list_correspondances() == []


# --- codebs -------------------------------------------------------------------------------------------


def test_codebs_is_written_only_when_permitted_asked_for_and_unambiguous(avec_zoe: Any) -> None:
    tampon, batigest = avec_zoe.tampon, avec_zoe.batigest
    with pytest.raises(Introuvable):
        ecris_codebs(tampon, batigest, "S3", "Anne", permis=True)
    tampon.associe_salarie("cccc-3", "S3", "Anne")
    with pytest.raises(GesteRefuse, match="réglages"):
        ecris_codebs(tampon, batigest, "S3", "Anne", permis=False)
    assert not batigest.salaries[-1].utilisateur
    assert ecris_codebs(tampon, batigest, "s3", "Anne", permis=True)
    assert batigest.salaries[-1].utilisateur == "cccc-3"
    assert not ecris_codebs(tampon, batigest, "S3", "Anne", permis=True)
    gestes = [n.evenement.geste for n in tampon.list_evenements("salarie", "cccc-3")]
    assert gestes == [
        "codebs déjà écrit",
        "demander l’écriture de codebs",
        "écrire codebs",
        "demander l’écriture de codebs",
        "associer",
    ]
    avec_zoe.sync_heures()
    assert vue_salaries(tampon).utilisateurs[0].source == "codebs"
    avec_zoe.saisit("9", MARDI, utilisateur="ffff-6")
    avec_zoe.fleche(Fleche.PULL_HEURES)
    tampon.associe_salarie("ffff-6", "S3", "Anne", partage=True)
    with pytest.raises(GesteRefuse, match="Plusieurs"):
        ecris_codebs(tampon, batigest, "S3", "Anne", permis=True)
