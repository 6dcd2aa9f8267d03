"""The pages of the accounts, over HTTP: what they are for."""

import re
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pyotp
import pytest
from fastapi import FastAPI

from sages_commun.acces.web.suite import lit_suite, vers_connexion
from sages_commun.licence.cle import complete_cle

from .conftest import BUREAU, MOT_DE_PASSE, Maison
from .visiteur import CLAIRE, Visiteur

CLE = complete_cle("7K2QXW4M9FPDR3V")


def test_somebody_signs_in_looks_and_signs_out(visiteur: Visiteur) -> None:
    assert visiteur.ouvre("/", 303).headers["location"] == "/connexion"
    assert visiteur.entre().headers["location"] == "/"
    assert "Bonjour Claire Martin" in visiteur.ouvre("/").text
    assert "Se déconnecter" in visiteur.html
    ancienne = visiteur.session()
    visiteur.envoie("/deconnexion")
    assert visiteur.session() == ""
    visiteur.prend("maquette_compte", ancienne)
    assert visiteur.ouvre("/", 303).headers["location"] == "/connexion"


def test_one_goes_on_to_where_one_was_going(visiteur: Visiteur, maison: Maison) -> None:
    porte = visiteur.ouvre("/utilisateurs?page=2", 303).headers["location"]
    assert parse_qs(urlsplit(porte).query) == {"suite": ["/utilisateurs?page=2"]}
    visiteur.ouvre(porte)
    ici = visiteur.envoie("/connexion", courriel=CLAIRE, mot_de_passe=MOT_DE_PASSE, suite="/utilisateurs?page=2")
    assert ici.headers["location"] == "/utilisateurs?page=2"
    assert vers_connexion("//x") == "/connexion"


@pytest.mark.parametrize(
    ("adresse", "tue"),
    [
        (f"/licenses/details/{CLE}", True),
        (f"/licenses/details/{CLE.lower().replace('-', '')}", True),
        (f"/licenses?texte={CLE.replace('-', '%20')}&tri=nom", True),
        (f"/licenses?texte={CLE.replace('-', '%2520')}", True),
        (f"/licenses/details/{CLE[:-1]}9", True),  # mistyped, it is nearly one
        ("/runs/20250624-081604-9f1c22", False),
        ("/heures?salarie=MARTIN&chantier=CH000112&jour=2025-06-23", False),
        ("/heures/creneau?id=3c1e0000-0000-4000-8000-000000000003", False),
    ],
)
def test_the_door_never_repeats_a_licence_key(adresse: str, tue: bool) -> None:
    assert lit_suite(adresse) == ("/" if tue else adresse)
    assert vers_connexion(adresse) == "/connexion" + ("" if tue else f"?suite={quote(adresse, safe='')}")


def test_the_first_start_is_a_page_until_there_is_an_administrator(app: FastAPI, maison: Maison) -> None:
    visiteur = Visiteur(app)
    code = maison.acces.premier_demarrage.tire_code()
    assert visiteur.ouvre("/connexion", 303).headers["location"] == "/premier-demarrage"
    visiteur.ouvre("/premier-demarrage")
    champs: dict[str, Any] = {"nom": "Claire Martin", "courriel": CLAIRE}
    champs |= {"mot_de_passe": MOT_DE_PASSE, "encore": MOT_DE_PASSE}
    visiteur.envoie("/premier-demarrage", 403, code="AAAA-AAAA-AAAA", **champs)
    visiteur.envoie("/premier-demarrage", 422, code=code, **champs | {"encore": "autre"})
    assert "pas les mêmes" in visiteur.html
    assert MOT_DE_PASSE not in visiteur.html
    visiteur.envoie(
        "/premier-demarrage", 422, code=code, **champs | {"mot_de_passe": "motdepasse12", "encore": "motdepasse12"}
    )
    assert visiteur.envoie("/premier-demarrage", code=code, **champs).headers["location"] == "/connexion"
    visiteur.ouvre("/premier-demarrage", 404)
    assert visiteur.client.post("/premier-demarrage", data=champs | {"code": str(code)}).status_code == 404
    assert visiteur.entre().headers["location"] == "/"


def test_the_second_factor_from_the_account_page_to_the_door(claire: Visiteur, app: FastAPI, maison: Maison) -> None:
    claire.ouvre("/compte")
    claire.envoie("/compte/second-facteur", 422, actuel="faux")
    assert claire.envoie("/compte/second-facteur", actuel=MOT_DE_PASSE).headers["location"] == "/compte/second-facteur"
    claire.ouvre("/compte/second-facteur")
    assert "<svg" in claire.html
    secret = re.search(r'id="cle-totp">([A-Z2-7]+)<', claire.html)
    assert secret is not None
    application = pyotp.TOTP(secret[1])
    claire.envoie("/compte/second-facteur/confirmer", 422, code="000000")
    avant = claire.session()
    claire.envoie("/compte/second-facteur/confirmer", 200, code=application.at(maison.montre()))
    assert claire.session() != avant
    codes = re.findall(r"<li>([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})</li>", claire.html)
    assert len(codes) == 8
    claire.envoie("/deconnexion")  # with the token of the page of the codes: it is the new session's
    maison.montre.avance(minutes=1)
    claire.ouvre("/connexion")
    porte = claire.envoie("/connexion", courriel=CLAIRE, mot_de_passe=MOT_DE_PASSE, suite="/journal").headers[
        "location"
    ]
    assert porte == "/connexion/code?suite=%2Fjournal"
    claire.ouvre("/", 303)  # half a session opens nothing
    claire.ouvre(porte)
    code = application.at(maison.montre())
    assert claire.envoie("/connexion/code", code=code, suite="/journal").headers["location"] == "/journal"
    autre = Visiteur(app)
    autre.entre()
    autre.ouvre("/connexion/code")
    autre.envoie("/connexion/code", 403, code=code)
    assert "a déjà servi" in autre.html
    assert autre.envoie("/connexion/code", code=codes[0]).headers["location"] == "/"
    encore = Visiteur(app)
    encore.entre()
    encore.ouvre("/connexion/code")
    encore.envoie("/connexion/code", 403, code=codes[0])
    assert re.search(r"reste 7\scodes? de secours", autre.ouvre("/compte").text)
    autre.envoie("/compte/second-facteur/retirer", actuel=MOT_DE_PASSE)
    assert Visiteur(app).entre().headers["location"] == "/"


def test_somebody_is_invited_and_becomes_somebody(claire: Visiteur, app: FastAPI) -> None:
    claire.ouvre("/utilisateurs")
    claire.envoie("/utilisateurs", 422, courriel="pas une adresse", nom="Luc", role="lecture_seule")
    claire.envoie("/utilisateurs", 201, courriel="luc@exemple.fr", nom="Luc Durand", role="administrateur")
    lien = re.search(r"http://testserver(/invitation\?code=([A-Za-z0-9_-]+))<", claire.html)
    assert lien is not None
    luc = Visiteur(app)
    luc.ouvre(lien[1])
    luc.ouvre(lien[1])  # looking does not use it up
    luc.envoie("/invitation", 422, code=lien[2], mot_de_passe="court", encore="court")
    choisi = luc.envoie("/invitation", code=lien[2], mot_de_passe=MOT_DE_PASSE, encore=MOT_DE_PASSE)
    assert choisi.headers["location"] == "/connexion"
    luc.ouvre(lien[1], 404)
    luc.entre("luc@exemple.fr")
    luc.ouvre("/utilisateurs")
    numero = re.search(r"le compte de Luc Durand.*?/utilisateurs/(\d+)/role", luc.html, re.DOTALL)
    assert numero is not None
    claire.ouvre("/utilisateurs")
    claire.envoie(f"/utilisateurs/{numero[1]}/role", role="lecture_seule")
    luc.ouvre("/", 303)  # what they may do has changed: they sign in again
    luc.entre("luc@exemple.fr")
    luc.ouvre("/utilisateurs", 403)
    claire.envoie(f"/utilisateurs/{numero[1]}/desactiver")
    luc.ouvre("/", 303)
    claire.envoie(f"/utilisateurs/{numero[1]}/reactiver")
    luc.entre("luc@exemple.fr")


def test_the_last_administrator_cannot_go(claire: Visiteur, maison: Maison) -> None:
    moi = maison.acces.utilisateur_de(claire.session())
    assert moi is not None
    claire.ouvre("/utilisateurs")
    claire.envoie(f"/utilisateurs/{moi.id}/desactiver", 409)
    claire.ouvre("/utilisateurs")
    claire.envoie(f"/utilisateurs/{moi.id}/role", 409, role="lecture_seule")
    claire.ouvre("/utilisateurs")


def test_the_trail_is_read_page_by_page(claire: Visiteur, maison: Maison) -> None:
    for rang in range(60):
        maison.acces.note_refus(maison.entre()[0], f"essai {rang}", BUREAU)
    claire.ouvre("/journal")
    assert "essai 59" in claire.html
    assert "Rien de plus ancien" not in claire.html
    suivante = re.search(r'href="(/journal\?avant=\d+)"', claire.html)
    assert suivante is not None
    claire.ouvre(suivante[1])
    assert "essai 20" in claire.html
    assert "essai 59" not in claire.html
