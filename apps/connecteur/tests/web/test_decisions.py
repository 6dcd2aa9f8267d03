"""What a person decides on the pages, and a script through the API: rejets, settings; and the trail of it."""

import re
from collections.abc import Sequence

import httpx2
import pytest
from playwright.sync_api import expect

from connecteur.domain.rejet import EtatRejet
from connecteur.domain.run import Flux
from connecteur.errors import ServiceInjoignable

from .conftest import Ouvre, Sert
from .demonstration import Maison, RunDemo, maison_pleine, maison_vide
from .test_pages import texte

V1 = "/api/v1"


@pytest.fixture
def suivi(http: httpx2.Client) -> httpx2.Client:
    """A client that goes where forms lead."""
    http.follow_redirects = True
    return http


# --- rejets ---------------------------------------------------------------------------------------------


def test_a_rejet_is_ignored_with_a_reason_and_stands_apart(sert: Sert, suivi: httpx2.Client) -> None:
    maison = maison_pleine()
    base = sert(maison)
    cible = maison.tampon.list_rejets(recherche="Paul Étienne").elements[0]
    page = suivi.post(f"{base}/rejets/{cible.id}/ignorer", data={"raison": "Heures de test", "retour": "/rejets"})
    assert "ignoré. Il reviendra si l’enregistrement change." in texte(page)
    assert str(page.url).endswith("/rejets")
    assert "Paul Étienne" not in texte(suivi.get(base + "/rejets"))
    ignores = texte(suivi.get(base + "/rejets", params={"etat": "ignoré", "motif": ""}))
    assert "Paul Étienne" in ignores
    assert "Heures de test" in ignores
    assert maison.tampon.lit_rejet(cible.id).ignore_par == "page Rejets"


def test_nothing_is_ignored_without_a_reason(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_pleine()
    base = sert(maison)
    page = http.post(f"{base}/rejets/1/ignorer", data={"raison": "  "})
    assert page.status_code == 409
    assert "il faut dire pourquoi" in texte(page)
    assert http.post(f"{base}{V1}/rejets/1/ignorer", json={"raison": ""}).status_code == 422
    assert maison.tampon.lit_rejet(1).etat is EtatRejet.OUVERT


def test_a_rejet_is_sent_again_from_its_own_page(sert: Sert, suivi: httpx2.Client) -> None:
    maison = maison_pleine()
    base = sert(maison)
    page = suivi.post(f"{base}/rejets/2/renvoyer")
    assert str(page.url).endswith("/rejets/2")
    assert "sera retenté à la prochaine synchronisation" in texte(page)
    assert maison.tampon.lit_rejet(2).renvoye_par == "page Rejets"


def test_a_form_never_leads_away(sert: Sert, http: httpx2.Client) -> None:
    base = sert(maison_pleine())
    for ailleurs in ("https://attaquant.example", "//attaquant.example", "/rejets.attaquant", "/\\attaquant.example"):
        reponse = http.post(f"{base}/rejets/1/renvoyer", data={"retour": ailleurs})
        assert reponse.headers["location"] == "/rejets/1"


def test_after_a_decision_one_may_synchronise_at_once(sert: Sert, ouvre: Ouvre) -> None:
    maison = maison_pleine()
    base = sert(maison)
    rejet = maison.tampon.list_rejets(recherche="Paul Étienne").elements[0]
    page = ouvre(f"{base}/rejets/{rejet.id}")
    tout_de_suite = page.get_by_role("button", name="Synchroniser maintenant")
    expect(tout_de_suite).to_have_count(0)
    page.get_by_role("button", name="Renvoyer").click()
    expect(tout_de_suite).to_have_accessible_name("Synchroniser maintenant : heures")
    page.goto(base + "/conflits")
    expect(tout_de_suite).to_have_count(0)
    page.goto(base + "/salaries")
    page.get_by_role("button", name=re.compile("^Associer à Yanis Le Gall")).click()
    tout_de_suite.click()
    page.wait_for_url("**/runs/*")
    assert maison.lances == [(Flux.HEURES, "page Salariés")]


def test_a_decided_conflict_offers_the_run_of_its_own_direction(sert: Sert, suivi: httpx2.Client) -> None:
    maison = maison_pleine()
    base = sert(maison)
    un = next(un for un in maison.tampon.list_conflits_chantiers() if un.decision is None)
    choix = {"code": un.code, "champ": un.champ, "choix": "Batigest"}
    page = suivi.post(base + "/conflits/chantiers", data=choix)
    assert 'action="/sync-batigest-to-batisimply"' in page.text
    assert "Synchroniser maintenant : chantiers" in texte(page)


def test_an_unknown_rejet_is_not_found(sert: Sert, http: httpx2.Client) -> None:
    base = sert(maison_pleine())
    for adresse in ("/rejets/9999", f"{V1}/rejets/9999"):
        assert http.get(base + adresse).status_code == 404
    assert http.get(base + "/rejets/0").status_code == 422


def test_a_script_lists_and_decides_rejets(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_pleine()
    base = sert(maison) + V1
    page = http.get(base + "/rejets", params={"motif": "sans_projet", "par_page": 3}).json()
    assert (len(page["elements"]), page["total"]) == (3, 4)
    assert page["elements"][0]["remede"] == "Dans BatiSimply, rattachez le créneau à un projet."
    ident = page["elements"][0]["id"]
    ignore = http.post(f"{base}/rejets/{ident}/ignorer", json={"raison": "Doublon"}).json()
    assert (ignore["etat"], ignore["ignore_raison"], ignore["ignore_par"]) == ("ignoré", "Doublon", "API")
    assert http.post(f"{base}/rejets/{ident}/renvoyer").json()["etat"] == "ouvert"
    assert http.get(base + "/rejets?recherche=N%E2%80%99Diaye").json()["total"] == 2


def test_a_person_ignores_a_rejet_without_script(sert: Sert, ouvre: Ouvre) -> None:
    maison = maison_pleine()
    page = ouvre(sert(maison) + "/rejets?motif=duree_invalide", java_script_enabled=False)
    page.get_by_text("Paul Étienne").click()
    page.get_by_text("Ignorer…").click()
    page.get_by_label("Pourquoi ?").fill("Créneau d’essai")
    page.get_by_role("button", name="Ignorer").click()
    assert page.get_by_text("Aucun rejet ne correspond.").is_visible()
    assert page.locator("#message").is_visible()


# --- settings -------------------------------------------------------------------------------------------


def test_a_setting_is_changed_said_with_its_source_and_put_back(sert: Sert, suivi: httpx2.Client) -> None:
    maison = maison_vide()
    base = sert(maison)
    page = suivi.post(base + "/reglages", data={"cle": "heures.periode_close", "valeur": "2025-05-01"})
    assert "« Période close avant le » : 01/05/2025, dès la prochaine synchronisation." in texte(page)
    assert "Changé ici" in texte(page)
    assert maison.office.changes["heures.periode_close"] == ("2025-05-01", "page Réglages")
    page = suivi.post(base + "/reglages/retirer", data={"cle": "heures.periode_close"})
    assert "Le réglage du fichier est rétabli." in texte(page)
    assert maison.office.changes == {}


@pytest.mark.parametrize(("cle", "tape", "retenu"), [
    ("fenetre_jours", "90", 90),
    ("heures.conflits", "demander", "demander"),
    ("siege_id", "", None),
    ("rubriques.heures", "NbH1", "NbH1"),
])  # fmt: skip
def test_what_is_typed_becomes_a_value(sert: Sert, suivi: httpx2.Client, cle: str, tape: str, retenu: object) -> None:
    maison = maison_vide()
    suivi.post(sert(maison) + "/reglages", data={"cle": cle, "valeur": tape})
    assert maison.office.changes[cle][0] == retenu


def test_a_value_that_may_not_be_is_kept_on_the_page_and_nothing_changes(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_vide()
    page = http.post(sert(maison) + "/reglages", data={"cle": "fenetre_jours", "valeur": "9000"})
    assert page.status_code == 422
    assert 'value="9000"' in page.text
    assert "Corrigez la valeur ci-dessous : rien n’a été changé." in texte(page)
    assert maison.office.changes == {}


def test_secrets_are_masked_everywhere(sert: Sert, http: httpx2.Client) -> None:
    base = sert(maison_vide())
    assert "••••••" in texte(http.get(base + "/reglages"))
    systemes = http.get(base + V1 + "/settings").json()["systemes"]
    assert systemes["batigest"]["mot_de_passe"] == "••••••"


def test_a_script_changes_a_setting(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_vide()
    base = sert(maison) + V1 + "/settings"
    change = http.put(base + "/fenetre_jours", json={"valeur": 365}).json()
    assert (change["valeur"], change["fichier"], change["change"], change["modifie_par"]) == (365, 180, True, "API")
    refus = http.put(base + "/fenetre_jours", json={"valeur": -1})
    assert (refus.status_code, refus.json()["champs"][0]["champ"]) == (422, "valeur")
    assert http.put(base + "/code", json={"valeur": "autre"}).status_code == 404
    assert http.delete(base + "/fenetre_jours").json()["valeur"] == 180


# --- history --------------------------------------------------------------------------------------------


def test_every_decision_is_in_the_history(sert: Sert, suivi: httpx2.Client) -> None:
    base = sert(maison_vide())
    assert "Personne n’a encore rien décidé." in texte(suivi.get(base + "/historique/decisions"))
    for jours in range(60):
        suivi.put(base + V1 + "/settings/fenetre_jours", json={"valeur": jours + 1})
    page = suivi.get(base + "/historique/decisions")
    assert "Changé : réglage « Jours relus à chaque synchronisation »" in texte(page)
    assert "Plus anciennes" in texte(page)
    suite = re.search(r'href="(/historique/decisions\?avant=\d+)"', page.text)
    assert suite is not None
    assert texte(suivi.get(base + suite[1])).count("Changé :") == 10
    corps = suivi.get(base + V1 + "/audit?limite=50").json()
    assert (len(corps["elements"]), corps["elements"][0]["apres"]) == (50, {"valeur": 60})
    assert suivi.get(f"{base}{V1}/audit?avant={corps['suite']}").json()["suite"] is None


def test_the_history_is_filtered(sert: Sert, http: httpx2.Client) -> None:
    base = sert(maison_pleine())
    page = texte(http.get(base + "/historique", params={"flux": "", "verdict": "échec"}))
    assert "Le serveur de Batigest ne répond pas." in page
    assert "1 307 lignes" not in page
    rien = texte(http.get(base + "/historique?flux=heures&verdict=%C3%A9chec"))
    assert "Aucune synchronisation ne correspond." in rien


def test_a_tampon_that_is_down_is_said_on_every_page(sert: Sert, http: httpx2.Client) -> None:
    class MaisonSourde(Maison):
        def liste(self, n: int, /) -> Sequence[RunDemo]:
            raise ServiceInjoignable("Le tampon ne répond pas.", remede=f"Redémarrez le service ({n}).")

    page = http.get(sert(MaisonSourde()) + "/historique")
    assert page.status_code == 503
    assert "Redémarrez le service" in texte(page)
