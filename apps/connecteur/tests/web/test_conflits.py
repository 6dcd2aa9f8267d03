"""Conflicts, the guard and who is who: what a person decides, on the pages and through the API."""

import httpx2
import pytest

from connecteur.domain.conflit import Cote
from connecteur.web.conflits import TOUJOURS

from .conftest import Ouvre, Sert
from .demonstration import Maison, maison_pleine, maison_vide
from .test_pages import texte

V1 = "/api/v1"
YANIS, AWA, PAUL = (f"{n}c1e0000-0000-4000-8000-00000000000{n}" for n in range(2, 5))
LIGNE = {"chantier": "CH000112", "salarie": "MARTIN", "debut": "2025-06-23T08:00"}


@pytest.fixture
def maison() -> Maison:
    return maison_pleine()


@pytest.fixture
def suivi(http: httpx2.Client) -> httpx2.Client:
    http.follow_redirects = True
    return http


# --- lines ----------------------------------------------------------------------------------------------


def test_a_conflict_shows_the_three_values_and_why(sert: Sert, http: httpx2.Client, maison: Maison) -> None:
    page = texte(http.get(sert(maison) + "/conflits"))
    for attendu in (
        "Léa Martin (MARTIN), chantier CH000112",
        "Dernière valeur commune 7,5 h, 1 panier",
        "Batigest 7,25 h",
        "BatiSimply 8 h, 1 panier, 1 trajet",
        "Les deux modifications portent la même date : à vous de décider.",
        "Une ligne saisie par quelqu’un d’autre occupe cette place.",
        "Lignes reprises à la main (1)",
        "Périodes closes (1)",
    ):
        assert attendu in page


@pytest.mark.parametrize("choix", list(Cote))
def test_a_line_is_decided_by_a_form(sert: Sert, suivi: httpx2.Client, maison: Maison, choix: Cote) -> None:
    base = sert(maison)
    page = texte(suivi.post(base + "/conflits/lignes", data=LIGNE | {"choix": choix.value}))
    assert f"la valeur de {choix.value} sera gardée" in page
    assert f"Décidé : {choix.value}" in page
    (decision,) = maison.tampon.list_decisions(TOUJOURS).values()
    assert decision.choix is choix


def test_what_is_decided_does_not_wait_any_more(sert: Sert, suivi: httpx2.Client, maison: Maison) -> None:
    base = sert(maison)
    avant = texte(suivi.get(base + "/conflits"))
    assert "Conflits à décider : 6" in avant
    apres = texte(suivi.post(base + "/conflits/lignes", data=LIGNE | {"choix": "Batigest"}))
    assert "Conflits à décider : 5" in apres


def test_a_line_that_is_not_disputed_is_refused_in_french(sert: Sert, http: httpx2.Client, maison: Maison) -> None:
    base = sert(maison)
    page = http.post(base + "/conflits/lignes", data=LIGNE | {"debut": "2025-06-23T03:00", "choix": "Batigest"})
    assert page.status_code == 409
    assert "Cette ligne n’attend pas de décision." in texte(page)
    close = LIGNE | {"debut": "2025-06-23T19:00", "choix": "BatiSimply"}
    assert "période close" in texte(http.post(base + "/conflits/lignes", data=close))
    assert http.post(base + "/conflits/lignes", data=LIGNE | {"choix": "les deux"}).status_code == 422


def test_a_script_lists_and_decides_lines(sert: Sert, http: httpx2.Client, maison: Maison) -> None:
    base = sert(maison) + V1
    lignes = http.get(base + "/conflicts/lignes").json()
    assert [ligne["geste"] for ligne in lignes].count("conflit") == 3
    ligne = next(un for un in lignes if un["motif"] == "modifiée des deux côtés")
    assert ligne["batigest"] == {"heures": 7.25, "trajet": 0.0, "panier": 0.0}
    demande = {nom: ligne[nom] for nom in ("chantier", "salarie", "debut")} | {"choix": "BatiSimply"}
    assert http.post(base + "/conflicts/lignes", json=demande).status_code == 200
    assert http.post(base + "/conflicts/lignes", json=demande | {"choix": "non"}).status_code == 422
    assert http.post(base + "/conflicts/ecritures/999/annuler").status_code == 409


# --- the guard ------------------------------------------------------------------------------------------


def test_the_guard_says_what_would_change_and_waits(sert: Sert, suivi: httpx2.Client, maison: Maison) -> None:
    base = sert(maison)
    page = texte(suivi.get(base + "/conflits"))
    assert "320 lignes sur 1 800 changeraient dans Batigest, du 23/06/2025 au 02/07/2025." in page
    assert "13 400,5 h aujourd’hui, 11 020 h après." in page
    garde = maison.tampon.read_garde()
    assert garde is not None
    assert garde.confirmee_par is None
    apres = texte(suivi.post(f"{base}/garde/{garde.id}/confirmer"))
    assert "la prochaine synchronisation écrira ces changements" in apres
    confirmee = maison.tampon.read_garde()
    assert confirmee is not None
    assert confirmee.confirmee_par == "page Conflits"
    assert suivi.post(f"{base}/garde/{garde.id}/confirmer").status_code == 409


def test_a_script_confirms_what_it_was_shown_and_nothing_else(sert: Sert, http: httpx2.Client, maison: Maison) -> None:
    base = sert(maison) + V1
    garde = http.get(base + "/guard").json()
    assert (garde["lignes"], garde["possedees"], garde["confirmee_par"]) == (320, 1800, None)
    assert http.post(base + "/guard/12345/confirmer").status_code == 404
    assert http.post(f"{base}/guard/{garde['id']}/confirmer").status_code == 200
    assert http.get(base + "/guard").json()["confirmee_par"] == "API"
    assert http.get(sert(maison_vide()) + V1 + "/guard").json() is None


# --- chantiers ------------------------------------------------------------------------------------------


def test_a_field_of_a_chantier_is_decided_and_decided_otherwise(
    sert: Sert, suivi: httpx2.Client, maison: Maison
) -> None:
    base = sert(maison)
    page = texte(suivi.get(base + "/conflits"))
    assert "Nom du chantier CH000733 « École Jules-Ferry »" in page
    assert "15/08/2025 20/07/2025 Batigest" in page
    demande = {"code": "CH000733", "champ": "nom", "choix": "Batigest"}
    assert "Décidé : Batigest" in texte(suivi.post(base + "/conflits/chantiers", data=demande))
    reprise = {"code": "CH000112", "champ": "fin", "choix": "BatiSimply"}
    assert "Décidé : BatiSimply" in texte(suivi.post(base + "/conflits/chantiers", data=reprise))
    decides = {un.code: (un.decision, un.decide_par) for un in maison.tampon.conflits if un.decision}
    assert decides == {"CH000733": (Cote.BATIGEST, "page Conflits"), "CH000112": (Cote.BATISIMPLY, "page Conflits")}


def test_a_closing_of_projects_is_confirmed(sert: Sert, suivi: httpx2.Client, maison: Maison) -> None:
    base = sert(maison)
    assert "12 projets seraient fermés dans BatiSimply ; 3 resteraient ouverts." in texte(suivi.get(base + "/conflits"))
    (garde,) = suivi.get(base + V1 + "/guard/chantiers").json()
    assert len(garde["codes"]) == 12
    page = texte(suivi.post(f"{base}/garde/chantiers/{garde['id']}/confirmer"))
    assert "fermera ces projets" in page
    assert suivi.get(base + V1 + "/guard/chantiers").json()[0]["confirmee_par"] == "page Conflits"


def test_a_script_lists_and_decides_fields(sert: Sert, http: httpx2.Client, maison: Maison) -> None:
    base = sert(maison) + V1 + "/conflicts/chantiers"
    assert [un["nature"] for un in http.get(base).json()] == ["divergence", "conflit"]
    regles = [un for un in http.get(base + "?resolus=true").json() if un["resolu_le"]]
    assert [(un["champ"], un["gagnant"]) for un in regles] == [("fin", "Batigest")]
    demande = {"code": "CH000733", "champ": "nom", "choix": "BatiSimply"}
    assert http.post(base, json=demande).status_code == 200
    assert http.post(base, json=demande | {"champ": "ville"}).status_code == 409


# --- who is who -----------------------------------------------------------------------------------------


def test_who_waits_comes_first_with_names_that_are_alike(sert: Sert, http: httpx2.Client, maison: Maison) -> None:
    page = texte(http.get(sert(maison) + "/salaries"))
    assert page.index("Yanis Le Gall") < page.index("Awa N’Diaye")
    assert "Associer à Yanis Le Gall (LEGALL)" in page
    assert "Salariés à associer : 2" in page
    assert "à la main, Sophie" in page


def test_a_person_associates_in_one_click_and_undoes_it(sert: Sert, ouvre: Ouvre, maison: Maison) -> None:
    page = ouvre(sert(maison) + "/salaries", java_script_enabled=False)
    page.get_by_role("button", name="Yanis Le Gall (LEGALL)").click()
    assert page.get_by_text("Associé au salarié LEGALL").is_visible()
    assert {lien.utilisateur: lien.par for lien in maison.tampon.list_correspondances()}[YANIS] == "page Salariés"
    ligne = page.get_by_role("row").filter(has_text="Yanis Le Gall")
    ligne.get_by_text("Dissocier…").click()
    ligne.get_by_role("button", name="Dissocier").click()
    assert page.get_by_text("Dissocié :").is_visible()
    assert YANIS not in {lien.utilisateur for lien in maison.tampon.list_correspondances()}


def test_a_fresh_site_with_hundreds_of_users_makes_a_small_page(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_vide()
    maison.tampon.charge_inconnus(300)
    page = http.get(sert(maison) + "/salaries")
    assert "Et 250 autres" in texte(page)
    assert len(page.content) < 500_000


def test_two_users_of_one_salarie_are_asked_about_in_so_many_words(
    sert: Sert, suivi: httpx2.Client, maison: Maison
) -> None:
    base = sert(maison)
    demande = {"utilisateur": PAUL, "code": "NDIAYE"}
    page = suivi.post(base + "/salaries/associer", data=demande)
    assert page.status_code == 409
    assert "Ce salarié a déjà un autre utilisateur BatiSimply." in texte(page)
    assert PAUL not in {lien.utilisateur for lien in maison.tampon.list_correspondances()}
    assert suivi.put(f"{base}{V1}/salaries/correspondances/{PAUL}", json={"code": "NDIAYE"}).status_code == 409
    page = suivi.post(base + "/salaries/associer", data=demande | {"partage": "true"})
    assert page.status_code == 200
    assert PAUL in {lien.utilisateur for lien in maison.tampon.list_correspondances()}


def test_a_script_associates_and_dissociates(sert: Sert, http: httpx2.Client, maison: Maison) -> None:
    base = sert(maison) + V1 + "/salaries"
    tous = http.get(base).json()
    assert {un["utilisateur"]["id"] for un in tous["utilisateurs"] if un["a_regarder"]} == {YANIS, PAUL}
    (premiere, *_) = http.get(base + "/suggestions", params={"utilisateur": YANIS}).json()
    assert (premiere["salarie"]["code"], premiere["ressemblance"]) == ("LEGALL", 100)
    lien = http.put(f"{base}/correspondances/{YANIS}", json={"code": "LEGALL"}).json()
    assert (lien["code_salarie"], lien["par"]) == ("LEGALL", "API")
    assert http.put(f"{base}/correspondances/{YANIS}", json={"code": "PERSONNE"}).status_code == 409
    assert http.delete(f"{base}/correspondances/{YANIS}").status_code == 200
    assert http.delete(f"{base}/correspondances/{YANIS}").status_code == 404
    assert AWA in {un["utilisateur"]["id"] for un in http.get(base).json()["utilisateurs"]}
