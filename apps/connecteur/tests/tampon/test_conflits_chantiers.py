"""Conflicts, decisions, dates, guard and places: the promises of `TamponChantiers`, kept by both tampons."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString

import psycopg
import pytest

from connecteur.domain.arbitrage import Decision
from connecteur.domain.chantier import Adresse, Genre, Position
from connecteur.domain.conflit import Cote
from connecteur.domain.datation import Datation
from connecteur.domain.fusion import Base, Ecart
from connecteur.domain.lien import Cloture, ConflitChantier, Lien, Vue
from connecteur.errors import ErreurPermanente
from connecteur.sync.ports import ComptesStockage
from connecteur.tampon.conflits import Nature
from connecteur.tampon.tampon import Tampon

from .exemples import chantier

LUNDI = datetime(2025, 6, 23, 8, tzinfo=UTC)
MARDI = LUNDI + timedelta(days=1)
Requete = Callable[..., list[tuple[object, ...]]]
NOM = Ecart("nom", "a", "b", "c", MARDI, LUNDI, raison="À vous de décider.")
FIN = Ecart("fin", None, "2025-06-24", None)


def conflit(code: str, *ecarts: Ecart) -> ConflitChantier:
    return ConflitChantier(code, ecarts, f"Chantier {code}")


def test_open_differences_are_listed_with_all_that_is_known_of_them(un_tampon: Any) -> None:
    un_tampon.replace_conflits_chantiers([conflit("B", NOM)], [conflit("A", FIN)], "r1")
    a, b = un_tampon.list_conflits_chantiers()
    assert (a.code, a.nature, a.ecart) == ("A", Nature.DIVERGENCE, FIN)
    assert (b.code, b.libelle, b.nature, b.ecart, b.run) == ("B", "Chantier B", Nature.CONFLIT, NOM, "r1")
    assert (b.champ, b.base, b.notre, b.leur, b.date_batigest, b.date_batisimply) == (
        "nom",
        "a",
        "b",
        "c",
        MARDI,
        LUNDI,
    )
    assert (b.gagnant, b.raison, b.resolu, b.decision) == (None, "À vous de décider.", False, None)


def test_a_difference_whose_values_moved_is_another_entry_open_since_the_first(un_tampon: Any) -> None:
    un_tampon.replace_conflits_chantiers([conflit("B", NOM)], [conflit("A", FIN)], "r1")
    (premier,) = [c for c in un_tampon.list_conflits_chantiers() if c.code == "B"]
    un_tampon.replace_conflits_chantiers([conflit("b", NOM)], [], "r2")
    (revu,) = un_tampon.list_conflits_chantiers()
    assert (revu.id, revu.run) == (premier.id, "r2")
    un_tampon.replace_conflits_chantiers([conflit("b", Ecart("nom", "a", "b", "d"))], [], "r3")
    (reste,) = un_tampon.list_conflits_chantiers()
    assert (reste.leur, reste.ouvert_le, reste.id != premier.id) == ("d", premier.ouvert_le, True)
    finis = [c for c in un_tampon.list_conflits_chantiers(resolus=True) if c.resolu]
    assert [(c.code, c.champ, c.leur, c.gagnant) for c in finis] == [("B", "nom", "c", None), ("A", "fin", None, None)]


REGLE = Ecart("nom", "a", "b", "c", MARDI, LUNDI, Cote.BATIGEST, "La plus récente.")


def test_what_was_settled_is_in_the_record_once_however_often_it_is_told(un_tampon: Any) -> None:
    for _ in range(2):
        un_tampon.annonce_reglements([conflit("B", REGLE)], "r1")
    un_tampon.replace_conflits_chantiers([], [], "r1", regles=[conflit("B", REGLE)])
    (regle,) = un_tampon.list_conflits_chantiers(resolus=True)
    assert (regle.gagnant, regle.raison, regle.resolu, regle.nature) == (
        Cote.BATIGEST,
        "La plus récente.",
        True,
        Nature.CONFLIT,
    )
    assert un_tampon.list_conflits_chantiers() == []


def test_an_open_conflict_that_gets_settled_is_one_entry_from_its_opening_to_its_winner(un_tampon: Any) -> None:
    un_tampon.replace_conflits_chantiers([conflit("B", NOM)], [], "r1")
    un_tampon.annonce_reglements([conflit("B", REGLE)], "r2")
    un_tampon.replace_conflits_chantiers([], [], "r2", regles=[conflit("B", REGLE)])
    (regle,) = un_tampon.list_conflits_chantiers(resolus=True)
    assert (regle.run, regle.gagnant, regle.resolu) == ("r2", Cote.BATIGEST, True)


def decisions(un_tampon: Any, code: str = "B") -> dict[str, Decision]:
    (suivi,) = [s for s in un_tampon.list_chantiers() if s.chantier.code == code]
    return dict(suivi.decisions)


def test_a_decision_comes_with_its_site_until_it_was_carried_out(un_tampon: Any) -> None:
    un_tampon.store_chantiers([chantier("B")], "r0")
    un_tampon.replace_conflits_chantiers([conflit("B", NOM)], [], "r1")
    un_tampon.decide_conflit_chantier("b ", "nom", Cote.BATISIMPLY, "Odile")
    assert decisions(un_tampon) == {"nom": Decision("nom", Cote.BATISIMPLY, "b", "c", None, "Odile")}
    gagnant = Ecart("nom", "a", "b", "c", gagnant=Cote.BATISIMPLY, raison="Décidé.", decide=True)
    un_tampon.replace_conflits_chantiers([], [], "r2", regles=[conflit("B", gagnant)])
    assert decisions(un_tampon) == {}
    (fini,) = un_tampon.list_conflits_chantiers(resolus=True)
    assert (fini.gagnant, fini.decision, fini.decide_par, fini.decision_suite) == (
        Cote.BATISIMPLY,
        Cote.BATISIMPLY,
        "Odile",
        "appliquée",
    )
    assert un_tampon.list_evenements("chantier", "B")[0].evenement.geste == "décider un conflit"


def test_a_decision_against_what_was_settled_waits_is_carried_out_and_leaves_both_entries(un_tampon: Any) -> None:
    un_tampon.store_chantiers([chantier("B")], "r0")
    un_tampon.annonce_reglements([conflit("B", REGLE)], "r1")
    un_tampon.decide_conflit_chantier("B", "nom", Cote.BATISIMPLY, "Odile")
    assert decisions(un_tampon)["nom"].gagnant is Cote.BATIGEST
    rendu = Ecart("nom", None, "b", "c", gagnant=Cote.BATISIMPLY, raison="Décidé.", decide=True)
    un_tampon.replace_conflits_chantiers([], [], "r2", regles=[conflit("B", rendu)])
    assert decisions(un_tampon) == {}
    assert [(c.gagnant, c.decision_suite) for c in un_tampon.list_conflits_chantiers(resolus=True)] == [
        (Cote.BATISIMPLY, None),
        (Cote.BATIGEST, "appliquée"),
    ]


def test_a_person_may_think_again_and_a_decision_can_be_overtaken(un_tampon: Any) -> None:
    un_tampon.store_chantiers([chantier("B")], "r0")
    un_tampon.annonce_reglements([conflit("B", REGLE)], "r1")
    un_tampon.decide_conflit_chantier("B", "nom", Cote.BATISIMPLY, "Odile")
    un_tampon.decide_conflit_chantier("B", "nom", Cote.BATIGEST, "Odile")
    assert decisions(un_tampon) == {}
    un_tampon.decide_conflit_chantier("B", "nom", Cote.BATISIMPLY, "Odile")
    un_tampon.replace_conflits_chantiers([], [], "r2", depassees=[("b", "nom")])
    assert decisions(un_tampon) == {}
    with pytest.raises(ErreurPermanente, match="aucun conflit"):
        un_tampon.decide_conflit_chantier("B", "ville", Cote.BATIGEST, "Odile")


def test_a_decision_is_void_once_another_difference_of_that_field_followed(un_tampon: Any) -> None:
    un_tampon.store_chantiers([chantier("B")], "r0")
    un_tampon.annonce_reglements([conflit("B", REGLE)], "r1")
    un_tampon.decide_conflit_chantier("B", "nom", Cote.BATISIMPLY, "Odile")
    suivant = Ecart("nom", "b", "x", "y", gagnant=Cote.BATISIMPLY, raison="La plus récente.")
    un_tampon.annonce_reglements([conflit("B", suivant)], "r2")
    assert decisions(un_tampon) == {}
    un_tampon.replace_conflits_chantiers([], [], "r2", regles=[conflit("B", suivant)])
    assert [(c.leur, c.decision_suite) for c in un_tampon.list_conflits_chantiers(resolus=True)] == [
        ("y", None),
        ("c", "dépassée"),
    ]


def dates(un_tampon: Any, genre: Genre = Genre.CHANTIER) -> dict[str, Datation]:
    (suivi,) = un_tampon.list_chantiers(genre)
    return dict(suivi.dates)


def test_a_change_that_batigest_does_not_date_happened_since_the_reading_before(un_tampon: Any) -> None:
    un_tampon.store_chantiers([chantier("A")], "r1", Genre.CHANTIER, LUNDI)
    assert dates(un_tampon) == {}
    un_tampon.store_chantiers([chantier("A", "Autre")], "r2", Genre.CHANTIER, MARDI)
    assert dates(un_tampon) == {"nom": Datation(LUNDI, MARDI)}
    un_tampon.store_chantiers([chantier("A", "Autre")], "r3", Genre.CHANTIER, MARDI + timedelta(days=1))
    assert dates(un_tampon) == {"nom": Datation(LUNDI, MARDI)}


def test_a_record_that_is_dated_dates_its_fields_but_not_the_hours_sold(un_tampon: Any) -> None:
    premiere = Datation.a(LUNDI - timedelta(days=90), timedelta(seconds=1))
    un_tampon.store_chantiers([chantier("A", modifie_le=premiere)], "r1", Genre.CHANTIER, LUNDI)
    assert dates(un_tampon)["nom"] == premiere
    assert "heures_vendues" not in dates(un_tampon)
    seconde = Datation.a(MARDI - timedelta(hours=2), timedelta(seconds=1))
    un_tampon.store_chantiers(
        [chantier("A", "Autre", heures_vendues=None, modifie_le=seconde)], "r2", Genre.CHANTIER, MARDI
    )
    assert dates(un_tampon)["nom"] == seconde
    assert dates(un_tampon)["client"] == premiere
    assert dates(un_tampon)["heures_vendues"] == Datation(LUNDI, MARDI)


def test_a_date_that_did_not_move_with_the_record_is_not_believed(un_tampon: Any) -> None:
    ancienne = Datation.a(LUNDI - timedelta(days=90))
    un_tampon.store_chantiers([chantier("A", modifie_le=ancienne)], "r1", Genre.CHANTIER, LUNDI)
    un_tampon.store_chantiers([chantier("A", "Autre", modifie_le=ancienne)], "r2", Genre.CHANTIER, MARDI)
    assert dates(un_tampon)["nom"] == Datation(LUNDI, MARDI)


def test_sites_and_devis_of_one_code_live_side_by_side(un_tampon: Any) -> None:
    base = Base({"nom": "x"}, {"nom": "x"})
    un_tampon.store_chantiers([chantier("A")], "r1")
    un_tampon.save_liens([Lien("A", 1, base)])
    devis = chantier("a", "Toiture", genre=Genre.DEVIS, commentaire="Réfection")
    assert un_tampon.store_chantiers([devis], "r2", Genre.DEVIS) == ComptesStockage(nouveaux=1)
    un_tampon.save_liens([Lien("a", 2, base)], Genre.DEVIS)
    (du_devis,), (du_chantier,) = un_tampon.list_chantiers(Genre.DEVIS), un_tampon.list_chantiers()
    assert (du_devis.chantier, du_devis.projet_id, du_chantier.projet_id) == (devis, 2, 1)
    assert un_tampon.list_projets_lies(Genre.DEVIS) == {2: "a"}
    un_tampon.store_chantiers([], "r3", Genre.DEVIS)
    assert [s.chantier.code for s in un_tampon.list_sortis(Genre.DEVIS)] == ["a"]
    assert (un_tampon.list_sortis(), len(un_tampon.list_chantiers())) == ([], 1)
    un_tampon.replace_conflits_chantiers([conflit("a", NOM)], [], "r4", genre=Genre.DEVIS)
    un_tampon.replace_conflits_chantiers([], [], "r5")
    assert [c.genre for c in un_tampon.list_conflits_chantiers()] == [Genre.DEVIS]


def test_a_link_keeps_what_was_seen_how_it_was_closed_and_where_it_was_put(un_tampon: Any) -> None:
    vues = {"nom": Vue("b", Datation(LUNDI, MARDI)), "fin": Vue(None, Datation.a(MARDI))}
    lien = Lien("A", 1, Base({"nom": "a"}, {"nom": "a"}), vues, None, Position(-0.57, 44.84))
    un_tampon.store_chantiers([chantier("A")], "r1")
    un_tampon.save_liens([lien])
    assert un_tampon.list_chantiers()[0].lien() == lien
    un_tampon.save_liens([Lien("A", 1, lien.base, {}, Cloture.TERMINE)])
    un_tampon.store_chantiers([], "r2")
    assert un_tampon.list_sortis() == []
    un_tampon.store_chantiers([chantier("A")], "r3")
    assert un_tampon.list_chantiers()[0].cloture is Cloture.TERMINE


def test_the_reading_of_the_projects_is_remembered_by_kind(un_tampon: Any) -> None:
    assert un_tampon.read_lecture_projets() is None
    un_tampon.note_lecture_projets(LUNDI)
    un_tampon.store_chantiers([], "r", Genre.CHANTIER, MARDI)
    un_tampon.note_lecture_projets(MARDI, Genre.DEVIS)
    assert (un_tampon.read_lecture_projets(), un_tampon.read_lecture_projets(Genre.DEVIS)) == (LUNDI, MARDI)


def test_a_question_stands_until_it_is_answered_changed_or_without_object(un_tampon: Any) -> None:
    un_tampon.demande_garde_chantiers(["B", "a "], 3, "r1")
    premiere = un_tampon.read_garde_chantiers()
    un_tampon.demande_garde_chantiers(["A", "b"], 3, "r2")
    assert un_tampon.read_garde_chantiers() == premiere
    assert (premiere.codes, premiere.restent, premiere.confirmee_par) == ({"A", "B"}, 3, None)
    assert un_tampon.read_garde_chantiers(Genre.DEVIS) is None
    un_tampon.confirme_garde_chantiers(premiere.id, "Odile")
    assert un_tampon.read_garde_chantiers().confirmee_par == "Odile"
    un_tampon.demande_garde_chantiers(["A"], 3, "r3")
    assert un_tampon.read_garde_chantiers().confirmee_par is None
    with pytest.raises(ErreurPermanente):
        un_tampon.confirme_garde_chantiers(premiere.id, "Odile")
    un_tampon.leve_garde_chantiers("r4")
    assert un_tampon.read_garde_chantiers() is None


def test_places_are_remembered_doubts_included(un_tampon: Any) -> None:
    ici, la = Adresse("1 rue A", "33000", "Bordeaux"), Adresse("", "27000", "Évreux")
    un_tampon.save_positions({ici: Position(-0.5, 44.8), la: None})
    assert un_tampon.list_positions([ici, la, Adresse()]) == {ici: Position(-0.5, 44.8), la: None}
    un_tampon.save_positions({la: Position(1.15, 49.02)})
    assert un_tampon.list_positions([la]) == {la: Position(1.15, 49.02)}
    assert un_tampon.list_positions([]) == {}


@pytest.mark.parametrize(
    "faute",
    [
        "DELETE FROM sages.conflits_chantiers WHERE dossier = %s",
        "UPDATE sages.conflits_chantiers SET leur = 'x' WHERE dossier = %s",
        "UPDATE sages.conflits_chantiers SET ouvert_le = now() WHERE dossier = %s",
    ],
)
def test_nobody_rewrites_the_history_of_conflicts(
    tampon: Tampon, dossier: str, requete: Requete, faute: LiteralString
) -> None:
    tampon.replace_conflits_chantiers([conflit("A", NOM)], [], "r1")
    with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
        requete(faute, dossier)


def test_unchanged_links_and_conflicts_rewrite_no_row(tampon: Tampon, dossier: str, requete: Requete) -> None:
    lien = Lien("A", 1, Base({"nom": "a"}, {"nom": "a"}), {"nom": Vue("b", Datation(LUNDI, MARDI))})
    tampon.store_chantiers([chantier("A")], "r1")
    tampon.save_liens([lien])
    texte = "SELECT ctid::text, xmin::text FROM sages.liens WHERE dossier = %s"
    avant = requete(texte, dossier)
    tampon.save_liens([lien])
    assert requete(texte, dossier) == avant
