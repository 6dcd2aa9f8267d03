"""Any hour explained, on the pages and through the API; the check of all of them; alerts."""

import threading
from datetime import date
from decimal import Decimal

import httpx2
import pytest

from connecteur.domain.invariant import Constat, Cumul
from connecteur.errors import Introuvable

from .conftest import Ouvre, Sert
from .demonstration import Maison, maison_pleine, maison_vide
from .test_pages import texte

V1 = "/api/v1"
LIGNE = {"salarie": "MARTIN", "chantier": "CH000112", "jour": "2025-06-23"}


@pytest.fixture
def maison() -> Maison:
    return maison_pleine()


def test_three_clicks_lead_from_the_home_page_to_the_story_of_an_hour(sert: Sert, ouvre: Ouvre, maison: Maison) -> None:
    page = ouvre(sert(maison))
    page.get_by_role("navigation", name="Principale").get_by_role("link", name="Heures").click()
    page.get_by_role("link", name="Expliquer Léa Martin, CH000112").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Léa Martin"
    recit = page.locator("#recit").inner_text()
    assert "où le connecteur avait écrit 7,5" in recit.replace("\u00a0", " ")


def test_a_day_says_what_is_not_in_batigest_and_why(sert: Sert, http: httpx2.Client, maison: Maison) -> None:
    page = texte(http.get(sert(maison) + "/heures?jour=2025-06-23"))
    assert "Léa Martin (MARTIN) CH000112 7,5 h" in page
    assert "Awa N’Diaye CH000112 7,5 h" in page
    assert "ne correspond à aucun salarié" in page
    seule = texte(http.get(sert(maison) + "/heures?jour=2025-06-23&salarie=martin"))
    assert "CH000112" in seule
    assert "Awa N’Diaye CH000112" not in seule


def test_an_hour_that_is_missing_is_looked_for_under_other_names_and_on_other_days(
    sert: Sert, http: httpx2.Client, maison: Maison
) -> None:
    base = sert(maison)
    inconnu = http.get(base + "/heures?jour=2025-06-23&salarie=LEGALL")
    page = texte(inconnu)
    assert "Aucun utilisateur de BatiSimply ne lui est associé" in page
    assert "Ce jour-là, sans salarié reconnu" in page
    assert "Yanis Le Gall CH000112 7,5 h" in page
    assert 'href="/salaries"' in inconnu.text

    connue = http.get(base + "/heures?jour=2025-06-20&salarie=MARTIN")
    page = texte(connue)
    assert "BatiSimply n’a donné aucune heure de Léa Martin pour ce jour." in page
    assert "la dernière lecture ( aujourd’hui à 08:16 )" in page
    assert 'href="/heures?salarie=MARTIN&amp;jour=2025-06-23"' in connue.text
    assert "Aucun créneau n’a été reçu" in texte(http.get(base + "/heures?jour=2025-06-20&salarie=PERSONNE"))


def test_the_page_opens_on_the_last_day_with_hours(sert: Sert, http: httpx2.Client, maison: Maison) -> None:
    page = http.get(sert(maison) + "/heures").text
    assert 'value="23/06/2025"' in page
    assert "Expliquer<" in page
    assert 'value="24/06/2025"' in http.get(sert(maison_vide()) + "/heures").text


@pytest.mark.parametrize("jour", ["", "hier", "2025-02-30", "0001-01-01", "9999-12-31"])
def test_a_day_that_is_no_day_is_met(sert: Sert, http: httpx2.Client, maison: Maison, jour: str) -> None:
    assert http.get(sert(maison) + "/heures", params={"jour": jour}).status_code == 200


def test_the_story_is_told_in_the_order_of_time(sert: Sert, http: httpx2.Client, maison: Maison) -> None:
    page = texte(http.get(sert(maison) + "/heures", params=LIGNE))
    faits = [
        "Créneau n° s0 reçu de BatiSimply",
        "La ligne a été écrite dans Batigest à 08:00",
        "24/06/2025 à 06:00 · Sophie",
        "Créneau n° s0 modifié dans BatiSimply",
        "La ligne a été corrigée dans Batigest à 08:00",
        "Modifiée à la main dans Batigest",
    ]
    places = [page.index(fait) for fait in faits]
    assert places == sorted(places)
    assert "Repris à la main" in page


def test_a_slot_is_found_and_an_unknown_one_is_said_to_be(sert: Sert, http: httpx2.Client, maison: Maison) -> None:
    base = sert(maison)
    assert "Toute la ligne : Léa Martin, chantier CH000112" in texte(http.get(base + "/heures/creneau?id=s0"))
    page = http.get(base + "/heures/creneau?id=zzz")
    assert page.status_code == 200
    assert "Aucun créneau n° zzz n’a été reçu de BatiSimply" in texte(page)
    assert http.get(base + "/heures/creneau?id=%00").status_code == 422


def test_rejets_and_conflicts_lead_to_the_story(sert: Sert, http: httpx2.Client, maison: Maison) -> None:
    base = sert(maison)
    assert (
        'href="/heures?salarie=MARTIN&amp;chantier=CH000112&amp;jour=2025-06-23"' in http.get(base + "/conflits").text
    )
    assert 'href="/heures/creneau?id=p0"' in http.get(base + "/rejets").text


def test_a_script_gets_the_story_and_its_facts(sert: Sert, http: httpx2.Client, maison: Maison) -> None:
    base = sert(maison) + V1 + "/heures"
    ligne = http.get(base + "/ligne", params=LIGNE).json()
    assert ligne["recit"].startswith("Léa Martin (salarié MARTIN)")
    assert [un["etat"] for un in ligne["faits"]["ecritures"]] == ["faite", "faite"]
    assert ligne["faits"]["batigest"][0]["heures"] == 8.0
    creneau = http.get(base + "/creneau?id=s0").json()
    assert creneau["faits"]["situation"] == "livré"
    assert http.get(base + "/ligne", params=LIGNE | {"jour": "hier"}).status_code == 422


def test_the_check_lists_what_does_not_add_up(sert: Sert, http: httpx2.Client, maison: Maison) -> None:
    base = sert(maison)
    assert "Tout est juste." in texte(http.get(base + "/heures/verification"))
    cumul = Cumul("MARTIN", "CH000112", date(2025, 6, 23), Decimal("7.5"), Decimal(8), 1)
    maison.constat = Constat([cumul], [], ["s9"])
    page = texte(http.get(base + "/heures/verification"))
    assert "1 total ne tombe pas juste, 1 créneau inexpliqué." in page
    lue = http.get(base + V1 + "/heures/verification").json()
    assert (lue["tient"], lue["faux"][0]["ecart"], lue["inexpliques"]) == (False, 0.5, ["s9"])


def test_one_check_at_a_time(sert: Sert, http: httpx2.Client) -> None:
    class MaisonLente(Maison):
        commencee, peut_finir = threading.Event(), threading.Event()

        def verifie(self) -> Constat:
            self.commencee.set()
            assert self.peut_finir.wait(20)
            return Constat()

    base = sert(MaisonLente())
    reponses: list[int] = []

    def demande() -> None:
        reponses.append(httpx2.get(base + "/heures/verification", timeout=20, trust_env=False).status_code)

    premiere = threading.Thread(target=demande)
    premiere.start()
    assert MaisonLente.commencee.wait(20)
    seconde = http.get(base + V1 + "/heures/verification")
    assert (seconde.status_code, seconde.json()["detail"]) == (
        409,
        "Une vérification est déjà en cours pour ce dossier.",
    )
    MaisonLente.peut_finir.set()
    premiere.join(20)
    assert reponses == [200]
    assert http.get(base + "/heures/verification").status_code == 200


def test_what_does_not_exist_any_more_is_a_page(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_vide()
    maison.panne = Introuvable("Ce salarié n’existe plus.", remede="Relisez la liste.")
    page = http.get(sert(maison) + "/heures", params=LIGNE)
    assert page.status_code == 404
    assert "Relisez la liste." in texte(page)


def test_another_site_cannot_have_batigest_read(sert: Sert, http: httpx2.Client, maison: Maison) -> None:
    base = sert(maison)
    for adresse in ("/heures/verification", V1 + "/heures/verification"):
        assert http.get(base + adresse, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
        assert http.get(base + adresse, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200


def test_a_page_that_cost_a_reading_is_not_asked_for_again_by_itself(sert: Sert, ouvre: Ouvre) -> None:
    class MaisonComptee(Maison):
        lectures = 0

        def verifie(self) -> Constat:
            MaisonComptee.lectures += 1
            return Constat()

    page = ouvre(sert(MaisonComptee()) + "/heures/verification")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    # Whatever a refresh would fetch has been fetched once the page has nothing left to load.
    page.wait_for_load_state("networkidle")
    assert MaisonComptee.lectures == 1


# --- alerts ---------------------------------------------------------------------------------------------


def test_a_trial_is_sent_and_a_refusal_is_said(sert: Sert, http: httpx2.Client, maison: Maison) -> None:
    base = sert(maison)
    assert "bureau@durand.example" in texte(http.get(base + "/horaires"))
    http.follow_redirects = True
    assert "Message d’essai parti à bureau@durand.example." in texte(http.post(base + "/alertes/essai"))
    maison.alertes.refus = "le serveur de messagerie refuse le mot de passe"
    page = http.post(base + "/alertes/essai")
    assert page.status_code == 409
    assert "le serveur de messagerie refuse le mot de passe" in texte(page)
    assert http.post(base + V1 + "/alerts/essai").json() == [
        {"adresse": "bureau@durand.example", "parti": False, "erreur": maison.alertes.refus}
    ]
    assert maison.alertes.essais == 3


def test_nobody_being_told_is_said(sert: Sert, http: httpx2.Client) -> None:
    base = sert(maison_vide())
    assert "personne n’est averti de rien" in texte(http.get(base + "/horaires"))
    assert http.get(base + V1 + "/alerts").json() == {"adresses": [], "messages": []}
