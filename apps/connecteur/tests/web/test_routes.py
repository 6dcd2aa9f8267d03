"""The buttons in both forms: a page for a browser, JSON for a script."""

from dataclasses import replace
from datetime import date

import httpx2
import pytest

from connecteur.domain.run import Fleche, Flux
from connecteur.errors import DossierOccupe
from connecteur.sync.ports import Progression
from connecteur.sync.run import Apercu
from connecteur.web.services import Services

from .bureau import LicenceDemo
from .conftest import Sert, en_service_de
from .demonstration import Maison, maison_a_jour
from .systemes_et_bilans import MAINTENANT
from .test_pages import texte

JSON = {"Accept": "application/json"}
FLECHES = {
    "/transfer": Fleche.PULL_CHANTIERS,
    "/transfer-batisimply": Fleche.PUSH_CHANTIERS,
    "/recup-heures": Fleche.PULL_HEURES,
    "/transfer-heure-batigest": Fleche.PUSH_HEURES,
}


@pytest.mark.parametrize(("adresse", "fleche"), FLECHES.items())
def test_an_arrow_is_started_by_a_form_and_by_a_script(
    sert: Sert, http: httpx2.Client, adresse: str, fleche: Fleche
) -> None:
    maison = maison_a_jour()
    base = sert(maison)
    formulaire = http.post(base + adresse)
    run = maison.runs[0]
    assert (formulaire.status_code, formulaire.headers["location"]) == (303, f"/runs/{run.id}")
    assert run.fleches == (fleche,)
    script = http.post(base + adresse, headers=JSON)
    assert script.status_code == 202
    assert script.json()["quoi"] == fleche.value
    assert script.json()["id"] == run.id  # the one that is already doing it
    assert maison.lances == [(fleche, "page d’accueil")]
    assert http.get(base + script.json()["adresse"]).status_code == 200


def test_codes_are_resolved_again_by_a_form_and_by_a_script(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_a_jour()
    base = sert(maison)
    script = http.post(base + "/update-code-projet", headers=JSON).json()
    assert script["comptes"] == {"créneaux réexaminés": 1284}
    formulaire = http.post(base + "/update-code-projet")
    assert formulaire.headers["location"] == f"/runs/{maison.runs[0].id}"
    assert "1 284" in texte(http.get(base + formulaire.headers["location"]))
    maison.panne = DossierOccupe("Une autre synchronisation occupe ce dossier.")
    assert http.post(base + "/update-code-projet", headers=JSON).status_code == 409


def test_the_tables_are_brought_up_to_date_and_it_says_what_was_applied(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_a_jour()
    maison.migrations = [1, 2]
    base = sert(maison)
    assert http.post(base + "/init-table", headers=JSON).json()["migrations"] == [1, 2]
    maison.migrations = [3]
    http.follow_redirects = True
    page = http.post(base + "/init-table")
    assert "Tables du tampon à jour : 1 migration appliquée." in texte(page)
    assert "déjà à jour" in texte(http.post(base + "/init-table"))


def test_what_was_done_is_said_once(sert: Sert, http: httpx2.Client) -> None:
    base = sert(maison_a_jour())
    http.follow_redirects = True
    assert "étaient déjà à jour" in texte(http.post(base + "/init-table"))
    assert "étaient déjà à jour" not in texte(http.get(base))


def test_nobody_else_can_put_words_in_our_pages(sert: Sert, http: httpx2.Client) -> None:
    base = sert(maison_a_jour())
    for faux in ("QXBwZWxleg==.abc", "QXBwZWxleg==", ".", "é.é"):
        page = http.get(base, headers={b"Cookie": b"connecteur_message=" + faux.encode()})
        assert page.status_code == 200
        assert 'class="message"' not in page.text


# --- several dossiers -----------------------------------------------------------------------------------


@pytest.fixture
def maisons() -> tuple[Maison, Maison]:
    return maison_a_jour(), maison_a_jour()


@pytest.fixture
def services(maisons: tuple[Maison, Maison]) -> Services:
    durand, moreau = maisons
    dossiers = [durand.dossier(), moreau.dossier("moreau", "BTG_DOS_MOREAU")]
    return Services(dossiers, LicenceDemo(), horloge=lambda: MAINTENANT)


def test_each_dossier_is_shown_and_acted_on_apart(
    services: Services, maisons: tuple[Maison, Maison], http: httpx2.Client
) -> None:
    durand, moreau = maisons
    moreau.runs = [replace(moreau.runs[0], id="a-moreau")]
    with en_service_de(services) as serveur:
        base = serveur.adresse
        page = http.get(base + "/?dossier=moreau")
        assert 'href="/runs/a-moreau?dossier=moreau"' in page.text
        assert 'action="/sync-batigest-to-batisimply?dossier=moreau"' in page.text
        assert 'href="/?dossier=durand"' in page.text
        reponse = http.post(base + "/recup-heures?dossier=moreau")
        assert reponse.headers["location"].endswith("?dossier=moreau")
        assert (len(durand.lances), moreau.lances) == (0, [(Fleche.PULL_HEURES, "page d’accueil")])
        assert http.get(base + "/runs/a-moreau").status_code == 404
        inconnu = http.get(base + "/?dossier=autre")
        assert inconnu.status_code == 404
        assert "Aucun dossier ne porte ce code." in texte(inconnu)
        assert set(http.get(base + "/health").json()["dossiers"]) == {"durand", "moreau"}


def test_a_lone_dossier_is_not_named_in_addresses(sert: Sert, http: httpx2.Client) -> None:
    assert "dossier=" not in http.get(sert(maison_a_jour())).text


# --- the preview ----------------------------------------------------------------------------------------


def test_a_preview_is_made_behind_the_page_one_at_a_time(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_a_jour()
    base = sert(maison)
    assert "Aucun aperçu n’a encore été demandé." in texte(http.get(base + "/apercu/heures"))
    assert http.post(base + "/apercu/heures").status_code == 303
    assert http.post(base + "/api/v1/plan/heures").json()["etat"] == "en-cours"
    assert "Lecture des deux systèmes" in texte(http.get(base + "/apercu/heures"))
    autre = http.post(base + "/api/v1/plan/chantiers")
    assert (autre.status_code, autre.headers["content-type"]) == (409, "application/problem+json")
    maison.lecture_permise.set()
    while (vu := http.get(base + "/api/v1/plan/heures").json())["etat"] == "en-cours":
        pass
    assert (vu["etat"], vu["plan"]["ecritures"], vu["total"]) == ("fini", 0, 26)
    assert "Rien ne serait écrit : tout est à jour." in texte(http.get(base + "/apercu/heures"))
    assert maison.lances == []


def test_a_preview_that_fails_says_why(sert: Sert, http: httpx2.Client) -> None:
    class MaisonMuette(Maison):
        def apercu(self, flux: Flux, progression: Progression, /, depuis: date | None = None) -> Apercu:
            raise RuntimeError(f"{flux}, {progression}, {depuis}, mot de passe : secret")

    base = sert(MaisonMuette())
    http.post(base + f"/apercu/{Flux.CHANTIERS}")
    while (vu := http.get(base + "/api/v1/plan/chantiers").json())["etat"] == "en-cours":
        pass
    assert vu["etat"] == "échec"
    page = http.get(base + "/apercu/chantiers")
    assert "L’aperçu a échoué de façon imprévue." in texte(page)
    assert "secret" not in page.text
