"""The gate on a real vault and a real tampon, beside a server that answers what the test says; the clock is ours."""

import json
import shutil
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest
from apps.connecteur.tests.pieces.licence import Autorite, un_bail

from connecteur.bootstrap import LicenceDuDossier
from connecteur.domain.chantier import Genre
from connecteur.domain.licence import Repere
from connecteur.domain.run import REFUS_LICENCE, Flux
from connecteur.errors import GesteRefuse, ReponseIllisible, ServiceInjoignable
from connecteur.licence.etats import Etat, Fonction, Motif
from connecteur.licence.gardien import Gardien
from connecteur.licence.portail import Portail
from connecteur.tampon.connexion import Connexions
from sages_commun.licence import Verdict, make_cle

from .conftest import DEBUT, Demande, Envoi, Poste, Serveur, coupe, reponse

JOUR = timedelta(days=1)


def test_a_fresh_machine_has_no_licence_and_makes_no_vault(poste: Poste, serveur: Serveur) -> None:
    ouvert = poste.ouvre()
    assert ouvert.ouvre().motif is Motif.SANS_CLE
    assert ouvert.permet(Fonction.HEURES) is not None
    assert serveur.recues == []
    assert not poste.coffre().existe


def test_a_key_is_verified_before_it_is_kept(
    poste: Poste, serveur: Serveur, repond: Callable[..., None], cle: str
) -> None:
    ouvert = poste.ouvre()
    with pytest.raises(GesteRefuse, match="frappe"):
        ouvert.pose(cle[:-1] + ("2" if cle[-1] != "2" else "3"), "essai")
    assert serveur.recues == []
    repond(verdict=Verdict.INACTIVE)
    with pytest.raises(GesteRefuse, match="désactivée"):
        ouvert.pose(cle, "essai")
    assert ouvert.cle() is None
    repond()
    assert ouvert.pose(cle.lower(), "essai").en_vigueur
    assert ouvert.cle() == cle


def test_a_new_key_that_does_not_do_leaves_the_one_that_does(
    poste: Poste, garde: Portail, serveur: Serveur, cle: str
) -> None:
    coupe(serveur)
    with pytest.raises(ServiceInjoignable):
        garde.pose(make_cle(), "essai")
    assert garde.cle() == cle
    assert garde.situation().en_vigueur


def test_without_internet_a_first_key_is_kept_to_be_verified_later(
    poste: Poste, serveur: Serveur, repond: Callable[..., None], cle: str
) -> None:
    ouvert = poste.ouvre()
    coupe(serveur)
    assert ouvert.pose(cle, "essai").motif is Motif.JAMAIS_VERIFIEE
    assert ouvert.permet(Fonction.HEURES) is not None
    repond()
    poste.passe(timedelta(minutes=6))
    assert ouvert.rafraichis().etat is Etat.VALIDE


def test_a_firm_whose_internet_is_down_goes_through_the_grace_and_no_further(
    poste: Poste, garde: Portail, serveur: Serveur
) -> None:
    coupe(serveur)
    vus = []
    for _ in range(24):
        vus.append((garde.rafraichis().etat, garde.permet(Fonction.HEURES) is None))
        poste.passe(JOUR)
    assert [etat for etat, _ in vus] == [Etat.VALIDE, *[Etat.A_RAFRAICHIR] * 6, *[Etat.GRACE] * 14, *[Etat.EXPIREE] * 3]
    assert [ouverte for _, ouverte in vus] == [True] * 21 + [False] * 3
    gestes = [trace.detail for trace in reversed(garde.list_traces()) if trace.geste == "état"]
    assert gestes == ["Licence en règle", "Licence en règle, à rafraîchir", "Période de grâce", "Licence expirée"]


def test_one_answer_lets_in_again(poste: Poste, garde: Portail, serveur: Serveur, repond: Callable[..., None]) -> None:
    coupe(serveur)
    poste.passe(60 * JOUR)
    assert garde.rafraichis().etat is Etat.EXPIREE
    repond()
    poste.passe(timedelta(minutes=6))
    assert garde.rafraichis().etat is Etat.VALIDE


def test_a_revoked_licence_is_refused_at_the_next_contact_and_stays_so_without_internet(
    poste: Poste, garde: Portail, serveur: Serveur, repond: Callable[..., None]
) -> None:
    repond(verdict=Verdict.INACTIVE)
    assert garde.situation().en_vigueur
    refus = garde.admet("r1", Fonction.HEURES)
    assert refus is not None
    assert "désactivée" in refus.message
    coupe(serveur)
    poste.passe(2 * JOUR)
    assert garde.rafraichis().etat is Etat.REFUSEE
    repond()
    poste.passe(timedelta(minutes=6))
    assert garde.admet("r2", Fonction.HEURES) is None


def test_a_run_makes_one_use_however_often_it_is_resumed(poste: Poste, garde: Portail, serveur: Serveur) -> None:
    serveur.recues.clear()
    run = f"run-{uuid.uuid4().hex[:8]}"
    assert [garde.admet(run, Fonction.HEURES), poste.ouvre().admet(run, Fonction.HEURES)] == [None, None]
    (demande,) = serveur.recues
    assert demande["consume"] is True
    assert demande["use_id"].endswith(f":{run}")


def test_a_use_that_could_not_be_counted_is_owed_and_counted_once_later(
    poste: Poste, garde: Portail, serveur: Serveur, repond: Callable[..., None]
) -> None:
    serveur.repond = lambda _: Envoi(coupe=True)  # it may have been counted: the same name will tell
    run = f"run-{uuid.uuid4().hex[:8]}"
    assert garde.admet(run, Fonction.HEURES) is None
    perdue = serveur.recues[-1]
    serveur.recues.clear()
    repond()
    poste.passe(2 * JOUR)
    assert garde.rafraichis().etat is Etat.VALIDE
    assert [(d["consume"], d["use_id"]) for d in serveur.recues] == [(False, None), (True, perdue["use_id"])]
    serveur.recues.clear()
    poste.passe(2 * JOUR)
    garde.rafraichis()
    assert [demande["consume"] for demande in serveur.recues] == [False]


def test_a_server_that_does_not_answer_makes_nobody_wait_again_at_once(
    garde: Portail, serveur: Serveur, poste: Poste
) -> None:
    coupe(serveur)
    serveur.recues.clear()
    for _ in range(5):
        assert garde.admet(f"run-{uuid.uuid4().hex[:8]}", Fonction.HEURES) is None
    assert len(serveur.recues) == 1


def test_several_programs_that_start_together_ask_once(poste: Poste, garde: Portail, serveur: Serveur) -> None:
    poste.passe(3 * JOUR)
    serveur.recues.clear()
    programmes = [poste.ouvre() for _ in range(6)]
    barriere = threading.Barrier(len(programmes))

    def demarre(programme: Portail) -> Etat:
        barriere.wait()
        return programme.ouvre().etat

    with ThreadPoolExecutor(len(programmes)) as fils:
        assert set(fils.map(demarre, programmes)) == {Etat.VALIDE}
    assert len(serveur.recues) == 1


def test_what_is_asked_again_and_again_is_asked_when_it_is_time(poste: Poste, garde: Portail, serveur: Serveur) -> None:
    serveur.recues.clear()
    for _ in range(10):
        garde.rafraichis()
        poste.passe(timedelta(minutes=10))
    assert serveur.recues == []
    garde.rafraichis(qui="Claire")
    assert len(serveur.recues) == 1
    assert garde.list_traces()[0].qui == "Claire"


def test_a_clock_set_back_gives_nothing_and_is_named(poste: Poste, garde: Portail, serveur: Serveur) -> None:
    coupe(serveur)
    poste.passe(20 * JOUR)
    assert garde.rafraichis().jours_restants == 1
    poste.maintenant -= 15 * JOUR
    situation = garde.rafraichis()
    assert situation.horloge_reculee
    assert situation.etat is Etat.EXPIREE
    assert any(trace.geste == "horloge" for trace in garde.list_traces())


def test_a_vault_that_was_brought_back_gives_no_time_back(poste: Poste, garde: Portail, serveur: Serveur) -> None:
    ancien = poste.donnees.parent / "ancien"
    shutil.copytree(poste.donnees, ancien)
    coupe(serveur)
    poste.passe(20 * JOUR)
    garde.rafraichis()
    poste.maintenant -= 20 * JOUR
    shutil.rmtree(poste.donnees)
    shutil.copytree(ancien, poste.donnees)
    situation = poste.ouvre().situation()
    assert situation.horloge_reculee
    assert situation.etat is Etat.EXPIREE


def test_a_tampon_changed_by_hand_gives_no_time_back(
    poste: Poste, garde: Portail, serveur: Serveur, url_tampon: str
) -> None:
    coupe(serveur)
    poste.passe(20 * JOUR)
    garde.rafraichis()
    faux = Repere(DEBUT, poste.maintenant - 19 * JOUR, contact=DEBUT + 9999 * JOUR).en_json()
    with psycopg.connect(url_tampon) as connexion:
        connexion.execute("UPDATE sages.licence_temps SET repere = %s", (json.dumps(faux),))
    assert garde.situation().jours_restants == 1
    with psycopg.connect(url_tampon) as connexion:
        connexion.execute("UPDATE sages.licence_temps SET repere = '{}'")
    assert garde.situation().jours_restants == 1


def test_a_clock_set_forward_by_mistake_is_mended_by_the_next_answer(
    poste: Poste, garde: Portail, serveur: Serveur, repond: Callable[..., None]
) -> None:
    coupe(serveur)
    poste.maintenant += 400 * JOUR
    assert garde.rafraichis().etat is Etat.EXPIREE
    poste.maintenant -= 400 * JOUR
    assert garde.rafraichis().etat is Etat.EXPIREE
    poste.passe(timedelta(minutes=1))
    repond()
    assert garde.rafraichis(qui="Claire").etat is Etat.VALIDE
    assert not garde.situation().horloge_reculee
    assert poste.ouvre().situation().etat is Etat.VALIDE


@pytest.mark.parametrize("ecart", [-4000 * JOUR, -3 * JOUR, 90 * JOUR, 4000 * JOUR])
def test_a_machine_whose_clock_has_always_been_wrong_works_online(
    ecart: timedelta, poste: Poste, serveur: Serveur, repond: Callable[..., None], cle: str
) -> None:
    poste.maintenant += ecart
    repond()
    ouvert = poste.ouvre()
    assert ouvert.pose(cle, "essai").etat is Etat.VALIDE
    coupe(serveur)
    poste.passe(8 * JOUR)
    situation = ouvert.rafraichis()
    assert (situation.etat, situation.jours_restants) == (Etat.GRACE, 13)


@pytest.mark.parametrize("quoi", ["autre autorité", "modifié", "autre machine", "tronqué", "rien"])
def test_a_lease_put_into_the_vault_by_somebody_else_is_worth_nothing(
    quoi: str, poste: Poste, garde: Portail, autorite: Autorite, cle: str
) -> None:
    coffre = poste.coffre()
    machine, bon = coffre.lit("licence.machine"), coffre.lit("licence.bail")
    assert machine is not None
    assert bon is not None
    faux = {
        "autre autorité": Autorite().signe(un_bail(cle, machine, emis=DEBUT)),
        "modifié": bon[:-4] + "AAAA",
        "autre machine": autorite.signe(un_bail(cle, "une-autre", emis=DEBUT)),
        "tronqué": bon[: len(bon) // 2],
        "rien": "x",
    }[quoi]
    coffre.ecrit({"licence.bail": faux})
    situation = garde.situation()
    assert (situation.etat, situation.motif) == (Etat.ABSENTE, Motif.BAIL_REFUSE)
    assert garde.permet(Fonction.HEURES) is not None


def test_a_server_that_lies_changes_nothing(poste: Poste, garde: Portail, serveur: Serveur, cle: str) -> None:
    def ment(demande: Demande) -> Envoi:
        bail = un_bail(cle, demande["machine_id"], nonce=demande["nonce"], emis=poste.reel + 900 * JOUR)
        return reponse(bail, Autorite().signe(bail))

    serveur.repond = ment
    avant = garde.situation()
    poste.passe(2 * JOUR)
    apres = garde.rafraichis()
    assert apres.emis == avant.emis
    assert apres.echec is not None
    assert "ne connaît pas" in apres.echec.message


def test_a_page_in_place_of_the_server_lets_no_new_key_in(poste: Poste, serveur: Serveur, cle: str) -> None:
    serveur.repond = lambda _: Envoi(corps=b"<html>", type_contenu="text/html")
    ouvert = poste.ouvre()
    with pytest.raises(ReponseIllisible, match="autre chose"):
        ouvert.pose(cle, "essai")
    assert ouvert.cle() is None


def test_without_the_tampon_the_vault_does(poste: Poste, garde: Portail, serveur: Serveur) -> None:
    coupe(serveur)
    poste.connexions = Connexions("postgresql://127.0.0.1:9/rien?connect_timeout=1")
    seul = poste.ouvre()
    assert seul.situation().etat is Etat.VALIDE
    poste.passe(30 * JOUR)
    assert seul.rafraichis().etat is Etat.EXPIREE
    poste.connexions.close()


def test_a_damaged_vault_is_named_with_its_way_out(poste: Poste, garde: Portail) -> None:
    poste.coffre().fichier.write_text("{")
    situation = garde.situation()
    assert situation.motif is Motif.COFFRE_ILLISIBLE
    refus = garde.permet(Fonction.HEURES)
    assert refus is not None
    assert "coffre" in refus.message.lower()
    assert refus.remede


def test_a_run_that_a_damaged_vault_stops_is_told_why(poste: Poste, garde: Portail) -> None:
    poste.coffre().fichier.write_text("{")
    refus = garde.admet("r-abime", Fonction.HEURES)
    assert refus is not None
    assert "abîmé" in refus.message


def test_a_server_whose_clock_was_ahead_for_a_while_leaves_nobody_out(
    poste: Poste, garde: Portail, serveur: Serveur
) -> None:
    poste.reel += 400 * JOUR
    assert garde.rafraichis(qui="essai").en_vigueur
    poste.reel -= 400 * JOUR
    assert garde.rafraichis(qui="essai").etat is Etat.VALIDE
    coupe(serveur)
    poste.passe(2 * JOUR)
    assert poste.ouvre().situation().etat is Etat.A_RAFRAICHIR


def test_the_mode_of_the_dossier_says_which_function_is_needed(
    poste: Poste, repond: Callable[..., None], cle: str
) -> None:
    repond(fonctions=("devis",))
    ouvert = poste.ouvre()
    ouvert.pose(cle, "essai")
    en_devis, en_chantiers = (
        LicenceDuDossier(ouvert, lambda: Genre.DEVIS),
        LicenceDuDossier(ouvert, lambda: Genre.CHANTIER),
    )
    assert en_devis.permet(Flux.CHANTIERS) is None
    refus = en_chantiers.permet(Flux.CHANTIERS)
    assert refus is not None
    assert (refus.code, "chantiers" in refus.message) == (REFUS_LICENCE, True)
    assert en_devis.permet(Flux.HEURES) is not None


def test_a_program_asks_by_itself_when_it_starts(poste: Poste, garde: Portail, serveur: Serveur) -> None:
    poste.passe(2 * JOUR)
    demande = threading.Event()
    avant = serveur.repond

    def repond(question: Demande) -> Envoi:
        demande.set()
        return avant(question)

    serveur.repond = repond
    with Gardien(garde):
        assert demande.wait(20)
    assert garde.situation().etat is Etat.VALIDE
