"""What must not work: other people's sessions, other sites, other roles, other places, too many attempts."""

import re
from datetime import timedelta

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from sages_commun.acces import Portee, Role
from sages_commun.acces.tentatives import COMPTE
from sages_commun.acces.web.routes import LIBRES
from sages_commun.acces.web.suite import lit_suite

from .chemins import chemins
from .conftest import AUTRE_MOT_DE_PASSE, BUREAU, MOT_DE_PASSE, Maison
from .visiteur import CLAIRE, HTML, PAUL, Visiteur


def test_everything_is_closed_to_who_is_not_signed_in(app: FastAPI, visiteur: Visiteur) -> None:
    """Whatever route there is, and whatever will be added: walked from the application itself."""
    vus = 0
    for methode, chemin in chemins(app.routes):
        if chemin in LIBRES:
            continue
        vus += 1
        adresse = chemin.replace("{numero}", "1")
        page = visiteur.client.request(methode, adresse, headers=HTML)
        if not chemin.startswith("/api/"):
            assert (page.status_code, page.headers["location"].partition("?")[0]) == (303, "/connexion"), adresse
        programme = visiteur.client.request(methode, adresse, headers={"accept": "application/json"})
        assert programme.status_code == 401, adresse
        assert programme.headers["content-type"] == "application/problem+json"
        assert programme.headers["www-authenticate"] == "Bearer"
    assert vus > 20


def test_who_may_look_can_change_nothing_by_any_route(app: FastAPI, paul: Visiteur, maison: Maison) -> None:
    """Posting to the routes of administrators, with every token in order."""
    paul.ouvre("/compte")
    avant = maison.compte("acces_utilisateurs")
    vus = 0
    for methode, chemin in chemins(app.routes):
        if methode == "GET" or chemin in LIBRES or chemin.startswith("/compte"):
            continue
        vus += 1
        jeton = paul.jeton()
        reponse = paul.client.request(
            methode, chemin.replace("{numero}", "1"), headers=HTML | {"x-jeton": jeton},
            data={"jeton": jeton, "role": "administrateur", "nom": "Moi", "courriel": "moi@exemple.fr"},
        )  # fmt: skip
        assert reponse.status_code == 403, (chemin, reponse.text)
    assert vus > 8
    for adresse in ("/utilisateurs", "/jetons", "/journal"):
        paul.ouvre(adresse, 403)
    assert "Utilisateurs" not in paul.ouvre("/").text
    assert maison.compte("acces_utilisateurs") == avant
    assert ("accès refusé", False) in maison.gestes()


def test_a_session_given_by_somebody_else_is_never_signed_in(visiteur: Visiteur, maison: Maison) -> None:
    visiteur.prend("maquette_compte", "choisi-par-un-autre")
    visiteur.entre()
    assert visiteur.session() != "choisi-par-un-autre"
    assert maison.acces.utilisateur_de("choisi-par-un-autre") is None
    # A session that was in force ends when the same browser signs in again.
    premiere = visiteur.session()
    voleur = Visiteur(visiteur.client.app)  # type: ignore[arg-type]
    voleur.ouvre("/connexion")
    voleur.prend("maquette_compte", premiere)
    voleur.html = voleur.client.get("/", headers=HTML).text
    voleur.envoie("/connexion", courriel=PAUL, mot_de_passe=MOT_DE_PASSE)
    assert voleur.session() != premiere
    assert maison.acces.utilisateur_de(premiere) is None


def test_forms_without_the_token_of_this_very_session_are_refused(claire: Visiteur, app: FastAPI) -> None:
    claire.ouvre("/")
    bon = claire.jeton()
    autre = Visiteur(app)
    autre.entre(PAUL)
    autre.ouvre("/")
    for jeton in ("", "0" * 64, autre.jeton(), bon[:-1], "é"):
        claire.envoie("/licences", 403, jeton=jeton)
    ici = {"origin": claire.base, "sec-fetch-site": "same-origin"}
    for entetes in (ici, {"origin": claire.base}, {"sec-fetch-site": "same-origin"}, {"referer": claire.base + "/"}):
        assert claire.client.post("/licences", data={}, headers=HTML | entetes).status_code == 403
        assert claire.client.post("/api/v1/licences", headers=entetes).status_code == 403
        assert claire.client.post("/deconnexion", data={}, headers=entetes).status_code == 403
    # The cookie alone, as by a proxy that takes away what browsers say of themselves, is not a script.
    assert claire.client.post("/licences", data={}, headers=HTML).status_code == 403
    assert claire.client.post("/api/v1/licences").status_code == 403
    assert claire.client.post("/deconnexion", data={}).status_code == 403
    assert claire.envoie("/licences", 200, jeton=bon).json() == {"fait": True}
    # Signed in again, the tokens of the pages from before are worth nothing.
    claire.envoie("/deconnexion", jeton=bon)
    claire.entre()
    claire.envoie("/licences", 403, jeton=bon)


def test_another_site_can_neither_change_anything_nor_sign_anybody_in(claire: Visiteur, app: FastAPI) -> None:
    claire.ouvre("/")
    jeton = claire.jeton()
    for entetes in (
        {"origin": "https://voleur.exemple"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"referer": "https://voleur.exemple/page"},
    ):
        reponse = claire.client.post("/licences", data={"jeton": jeton}, headers=HTML | entetes)
        assert reponse.status_code == 403, entetes
        vierge = TestClient(app, follow_redirects=False)
        champs = {"courriel": CLAIRE, "mot_de_passe": MOT_DE_PASSE}
        assert vierge.post("/connexion", data=champs, headers=HTML | entetes).status_code == 403
        assert not vierge.cookies.get("maquette_compte")
    sans_jeton = {"origin": "http://testserver", "sec-fetch-site": "same-origin"}
    vierge = TestClient(app, follow_redirects=False)
    champs = {"courriel": CLAIRE, "mot_de_passe": MOT_DE_PASSE}
    assert vierge.post("/connexion", data=champs, headers=HTML | sans_jeton).status_code == 403


@pytest.mark.parametrize(
    "suite",
    ["//voleur.exemple", "/\\voleur.exemple", "\\\\voleur.exemple", "https://voleur.exemple", "https:voleur.exemple",
     "javascript:alert(1)", "/\t/voleur.exemple", "/\n/voleur.exemple", " //voleur.exemple", "voleur.exemple",
     "/%09/\\voleur", "///voleur.exemple", "/é", "/" + "a" * 3000, "", "/\x00"],
)  # fmt: skip
def test_signing_in_leads_nowhere_else(visiteur: Visiteur, suite: str) -> None:
    if "%" not in suite:
        assert lit_suite(suite) == "/"
    assert "\\" not in lit_suite(suite)
    if len(suite) > 2000:
        return
    visiteur.ouvre("/connexion")
    lieu = visiteur.envoie("/connexion", courriel=CLAIRE, mot_de_passe=MOT_DE_PASSE, suite=suite).headers["location"]
    assert lieu == "/"
    # Already in, the address of the door leads nowhere else either.
    if "\x00" not in suite:
        assert visiteur.client.get("/connexion", params={"suite": suite}, headers=HTML).headers["location"] == "/"


def test_cookies_are_kept_from_scripts_from_other_hosts_and_from_http(app: FastAPI, visiteur: Visiteur) -> None:
    sur = Visiteur(app, "https://testserver")
    sur.ouvre("/connexion")
    poses = sur.envoie("/connexion", courriel=CLAIRE, mot_de_passe=MOT_DE_PASSE).headers.get_list("set-cookie")
    assert len(poses) == 2
    for cookie in poses:
        assert cookie.startswith(("__Host-maquette_compte=", "__Host-maquette_appareil="))
        drapeaux = {morceau.strip().lower() for morceau in cookie.split(";")[1:]}
        assert {"httponly", "secure", "path=/", "samesite=lax"} <= drapeaux
        assert not any(drapeau.startswith("domain") for drapeau in drapeaux)
    assert "Bonjour" in sur.ouvre("/").text
    # A cookie of the plain name, which another host or an HTTP page could have set, is not looked at.
    autre = Visiteur(app, "https://testserver")
    autre.prend("maquette_compte", sur.session("__Host-maquette_compte"))
    autre.ouvre("/", 303)
    simple = visiteur.entre().headers.get_list("set-cookie")
    assert all("secure" not in cookie.lower() and "httponly" in cookie.lower() for cookie in simple)


def test_brute_force_gets_429_with_when_to_come_back(visiteur: Visiteur, maison: Maison) -> None:
    visiteur.ouvre("/connexion")
    for _ in range(COMPTE.libres):
        visiteur.envoie("/connexion", 403, courriel=CLAIRE, mot_de_passe="faux")
        assert "n’est pas le bon" in visiteur.html
    trop = visiteur.envoie("/connexion", 429, courriel=CLAIRE, mot_de_passe=MOT_DE_PASSE)
    assert trop.headers["retry-after"] == "1"
    maison.montre.avance(seconds=1)
    assert visiteur.envoie("/connexion", courriel=CLAIRE, mot_de_passe=MOT_DE_PASSE).headers["location"] == "/"


def test_what_was_typed_is_shown_again_but_never_the_password(visiteur: Visiteur) -> None:
    visiteur.ouvre("/connexion")
    visiteur.envoie("/connexion", 403, courriel='x"><script>alert(1)</script>', mot_de_passe="secret-canari")
    assert "secret-canari" not in visiteur.html
    assert "<script>alert" not in visiteur.html


def test_a_revoked_session_is_refused_at_once(claire: Visiteur, app: FastAPI, maison: Maison) -> None:
    ailleurs = Visiteur(app)
    ailleurs.entre()
    ailleurs.ouvre("/")
    claire.ouvre("/compte")
    numero = re.search(r"/compte/sessions/(\d+)/fermer", claire.html)
    assert numero is not None
    claire.envoie(f"/compte/sessions/{numero[1]}/fermer")
    ailleurs.ouvre("/", 303)
    claire.envoie(f"/compte/sessions/{numero[1]}/fermer", 404)
    claire.ouvre("/")
    troisieme = Visiteur(app)
    troisieme.entre()
    claire.envoie("/compte/mot-de-passe", actuel=MOT_DE_PASSE, nouveau=AUTRE_MOT_DE_PASSE, encore=AUTRE_MOT_DE_PASSE)
    troisieme.ouvre("/", 303)
    claire.ouvre("/")


def test_a_token_opens_what_its_scope_allows_and_no_account(claire: Visiteur, app: FastAPI, maison: Maison) -> None:
    claire.ouvre("/jetons")
    claire.envoie("/jetons", 201, nom="Supervision", portee="lecture", jours=30)
    trouve = re.search(r'value="(sages_[A-Za-z0-9_-]{43})"', claire.html)
    assert trouve is not None
    assert trouve[1] not in claire.ouvre("/jetons").text
    qui = maison.acces.connexion.identite(claire.session(), BUREAU)
    assert qui is not None
    gestion = maison.acces.jetons.cree(qui, "Import", Portee.GESTION, timedelta(days=1), BUREAU)[1]
    script = TestClient(app, follow_redirects=False)
    lecture, ecriture = ({"authorization": f"Bearer {jeton}"} for jeton in (trouve[1], gestion))
    assert script.get("/api/v1/licences", headers=lecture).json()["qui"].startswith("jeton « Supervision » (sages_")
    refus = script.post("/api/v1/licences", headers=lecture)
    assert refus.status_code == 403
    assert refus.headers["content-type"] == "application/problem+json"
    assert script.post("/api/v1/licences", headers=ecriture).status_code == 200
    for adresse in ("/utilisateurs", "/jetons", "/journal", "/compte"):
        assert script.get(adresse, headers=ecriture).status_code == 403
    assert script.post("/utilisateurs", headers=ecriture, data={"courriel": "x@y.fr", "nom": "x"}).status_code == 403
    for faux in ("", "sages_", "sages_" + "x" * 43, trouve[1].upper(), "x" * 4000):
        assert script.get("/api/v1/licences", headers={"authorization": f"Bearer {faux}"}).status_code == 401
    # A token that is refused is not made good by the session of the same browser.
    assert claire.client.get("/api/v1/licences", headers={"authorization": "Bearer sages_faux"}).status_code == 401
    claire.ouvre("/jetons")
    numero = re.search(r"Supervision.*?/jetons/(\d+)/revoquer", claire.html, re.DOTALL)
    assert numero is not None
    claire.envoie(f"/jetons/{numero[1]}/revoquer")
    assert script.get("/api/v1/licences", headers=lecture).status_code == 401
    assert ("jeton refusé", False) in maison.gestes()


@pytest.mark.parametrize("numero", ["0", "-1", "99999999999999999999", "abc", "1%00"])
def test_addresses_of_nobody_are_refused_without_a_fault(claire: Visiteur, numero: str) -> None:
    claire.ouvre("/utilisateurs")
    for adresse in (
        f"/utilisateurs/{numero}/desactiver",
        f"/jetons/{numero}/revoquer",
        f"/compte/sessions/{numero}/fermer",
    ):
        reponse = claire.client.post(adresse, data={"jeton": claire.jeton()}, headers=HTML)
        assert reponse.status_code in {404, 422}, adresse
    assert claire.client.get(f"/invitation?code={numero}", headers=HTML).status_code == 404


def test_texts_that_no_field_takes_are_refused_without_a_fault(claire: Visiteur) -> None:
    claire.ouvre("/utilisateurs")
    for nom, courriel in (("a\x00b", "x@y.fr"), ("x", "x\x00@y.fr"), ("\u202e", "x@y.fr"), ("x" * 400, "x@y.fr")):
        claire.envoie("/utilisateurs", 422, nom=nom, courriel=courriel, role=Role.LECTURE_SEULE.value)
        claire.ouvre("/utilisateurs")
    visiteur = claire
    visiteur.envoie("/deconnexion")
    visiteur.ouvre("/connexion")
    visiteur.envoie("/connexion", 403, courriel="\x00", mot_de_passe="\x00")
