"""What the dashboard puts first: found in the database, said with what to do, gone once mended."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from apps.licences.tests.conftest import Atelier

from licence_manager.domain.duree import Depart, Duree
from licence_manager.domain.licence import Fiche
from licence_manager.domain.recherche import Critere, Filtre
from licence_manager.errors import DemandePerimee
from licence_manager.services.rappels import Destination, Destinations, Rappels
from licence_manager.services.validation import Demande
from licence_manager.web.vues.problemes import INCONNUES_SUSPECTES, problemes
from sages_commun.licence import make_cle

from .conftest import Pages


def codes(atelier: Atelier) -> dict[str, list[str]]:
    """Problem > the licences it names."""
    trouves = problemes(atelier.maison.tableau.read_tableau(), atelier.montre(), rappels_regles=True)
    return {un.code: [ligne.nom for ligne in un.lignes] for un in trouves}


def boite(ouverte: Callable[[], bool]) -> Destinations:
    """A letter box that is open, or not."""
    return lambda email: [Destination(email, lambda _message: ouverte(), est_client=True)]


def valide(atelier: Atelier, cle: str, machine: str = "poste", *, consomme: bool = False) -> None:
    atelier.maison.validation.validate_licence(Demande(cle, "127.0.0.1", machine, "1.0", consomme=consomme))
    atelier.maison.suivi.write()


def test_each_problem_shows_and_goes(atelier: Atelier) -> None:
    gerees = atelier.maison.licences
    assert codes(atelier) == {"cle": []}, "a fresh house only has a key to deliver"

    expiree, cle_expiree = atelier.vend(Fiche("expirée"), duree=Duree(jours=1))
    muette, cle_muette = atelier.vend(Fiche("muette"))
    pleine, cle_pleine = atelier.vend(Fiche("pleine", utilisations_max=10))
    places, cle_places = atelier.vend(Fiche("places", machines_max=2))
    _, cle_seule = atelier.vend(Fiche("une seule machine", machines_max=1))
    valide(atelier, cle_muette)
    atelier.montre.avance(timedelta(days=4))
    for _ in range(9):
        valide(atelier, cle_pleine, consomme=True)
    for machine in ("a", "b"):
        valide(atelier, cle_places, machine)
    valide(atelier, cle_seule)
    valide(atelier, cle_expiree)
    vus = codes(atelier)
    assert vus["refusees"] == ["expirée"]
    assert vus["silencieuses"] == ["muette"]
    assert sorted(vus["pleines"]) == ["places", "pleine"], "one machine on one place is as it should be"
    for filtre, attendu in (
        (Filtre.REFUSEES, {"expirée"}),
        (Filtre.SILENCIEUSES, {"muette"}),
        (Filtre.PRES_LIMITE, {"pleine", "places"}),
    ):
        page = gerees.list_licences(Critere(filtre))
        assert {une.fiche.client for une in page.lignes} == attendu
        assert gerees.count_licences(Critere(filtre)) == len(attendu)

    gerees.extend_licences([expiree.id], Duree(mois=1), Depart.MAINTENANT, "v")
    gerees.change_fiche(pleine.id, Fiche("pleine", utilisations_max=100), "v")
    gerees.remove_machine(places.id, "a", "v")
    valide(atelier, cle_muette)
    cles = atelier.maison.cles.list_cles()
    atelier.maison.cles.mark_livree(cles[1].kid, "v")
    assert codes(atelier) == {}
    with pytest.raises(DemandePerimee):
        atelier.maison.cles.rotate("v", cles[1].kid)
    atelier.maison.cles.rotate("v", cles[0].kid)
    assert codes(atelier) == {"cle": []}, "the one that was drawn is to be delivered in turn"

    for _ in range(INCONNUES_SUSPECTES):
        atelier.maison.validation.validate_licence(Demande(make_cle(), "127.0.0.1"))
    atelier.maison.suivi.write()
    assert set(codes(atelier)) == {"cle", "inconnues"}
    gerees.archive_licence(muette.id, "v")


def test_a_reminder_that_cannot_leave_is_shown_until_it_does(atelier: Atelier) -> None:
    licence, _ = atelier.vend(Fiche("à prévenir", email="p@exemple.fr"), duree=Duree(jours=6))
    ouverte = [False]
    rappels = Rappels(atelier.maison.contexte, boite(lambda: ouverte[0]))
    for _ in range(3):
        assert rappels.send_rappels() == 0
        atelier.montre.avance(timedelta(hours=1))
    (echec,) = atelier.maison.etat_rappels.read_rappels().echecs
    assert (echec.licence.id, echec.essais, echec.jours) == (licence.id, 3, 7)
    assert echec.dernier_le - echec.premier_le == timedelta(hours=2)
    assert codes(atelier)["rappels"] == ["à prévenir"]
    ouverte[0] = True
    assert rappels.send_rappels() == 1
    etat = atelier.maison.etat_rappels.read_rappels()
    assert etat.echecs == ()
    assert [(un.licence.id, un.jours) for un in etat.partis] == [(licence.id, 7)]
    assert (licence.id, 1) in [(un.licence.id, un.jours) for un in etat.a_venir]
    assert "rappels" not in codes(atelier)


def test_a_failed_reminder_of_a_licence_that_was_extended_is_no_problem(atelier: Atelier) -> None:
    licence, _ = atelier.vend(Fiche("prolongée depuis"), duree=Duree(jours=6))
    Rappels(atelier.maison.contexte, boite(lambda: False)).send_rappels()
    atelier.maison.licences.extend_licences([licence.id], Duree(mois=12), Depart.EXPIRATION, "v")
    assert "prolongée depuis" not in codes(atelier).get("rappels", [])


def test_the_home_page_of_an_empty_house_says_what_to_do(pages_vides: Pages) -> None:
    assert "Aucune licence pour l’instant" in pages_vides.client().get("/").text
