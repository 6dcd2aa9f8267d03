"""Signing in at Keycloak's path: what is accepted, and how each refusal is told."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
import time_machine

from banc.batisimply import Compte, ServeurBatisimply

Connexion = Callable[..., httpx2.Response]
CHEMIN = "/auth/realms/jhipster/protocol/openid-connect/token"


def test_the_right_password_opens_the_api(anonyme: httpx2.Client, connecte: Connexion) -> None:
    reponse = connecte()
    assert reponse.status_code == 200
    assert reponse.json()["expires_in"] == 300
    assert reponse.json()["token_type"] == "Bearer"
    entetes = {"Authorization": f"Bearer {reponse.json()['access_token']}"}
    assert anonyme.get("/api/project", headers=entetes).status_code == 200


def test_client_credentials_need_no_person(anonyme: httpx2.Client, connecte: Connexion) -> None:
    reponse = connecte(grant_type="client_credentials", username=None, password=None, scope=None)
    assert reponse.status_code == 200
    entetes = {"Authorization": f"Bearer {reponse.json()['access_token']}"}
    assert anonyme.get("/api/project", headers=entetes).status_code == 200


@pytest.mark.parametrize(
    ("champs", "statut", "erreur"),
    [
        ({"client_id": "autre"}, 401, "invalid_client"),
        ({"client_id": None}, 401, "invalid_client"),
        ({"client_secret": "faux"}, 401, "unauthorized_client"),
        ({"client_secret": None}, 401, "unauthorized_client"),
        ({"client_secret": "faux", "grant_type": "client_credentials"}, 401, "unauthorized_client"),
        ({"username": "autre@exemple.fr"}, 401, "invalid_grant"),
        ({"password": "faux"}, 401, "invalid_grant"),
        ({"password": None}, 401, "invalid_grant"),
        ({"username": None}, 401, "invalid_request"),
        ({"grant_type": "authorization_code"}, 400, "unsupported_grant_type"),
        ({"grant_type": None}, 400, "invalid_request"),
        ({"scope": None}, 400, "invalid_scope"),
        ({"scope": "openid admin"}, 400, "invalid_scope"),
    ],
)
def test_each_refusal_says_which(connecte: Connexion, champs: dict[str, str | None], statut: int, erreur: str) -> None:
    reponse = connecte(**champs)
    assert reponse.status_code == statut
    assert reponse.json()["error"] == erreur
    assert reponse.json()["error_description"]
    assert "access_token" not in reponse.text


def test_the_client_may_sign_with_http_basic(anonyme: httpx2.Client, compte: Compte) -> None:
    champs = {"grant_type": "client_credentials"}
    bon = anonyme.post(CHEMIN, data=champs, auth=(compte.client_id, compte.client_secret))
    mauvais = anonyme.post(CHEMIN, data=champs, auth=(compte.client_id, "faux"))
    assert (bon.status_code, mauvais.status_code) == (200, 401)


def test_only_a_form_is_taken(anonyme: httpx2.Client) -> None:
    assert anonyme.post(CHEMIN, json={"grant_type": "password"}).status_code == 415
    assert anonyme.get(CHEMIN).status_code == 405
    assert anonyme.post(CHEMIN.replace("jhipster", "autre"), data={"grant_type": "password"}).status_code == 404


def test_a_token_ends_after_its_time(api: httpx2.Client) -> None:
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=298), tick=False):
        assert api.get("/api/project").status_code == 200
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=302), tick=False):
        reponse = api.get("/api/project")
    assert reponse.status_code == 401
    assert reponse.headers["www-authenticate"] == "Bearer"
    assert reponse.headers["content-type"] == "application/problem+json"


def test_revoked_tokens_open_nothing(api: httpx2.Client, serveur: ServeurBatisimply) -> None:
    serveur.guichet.revoque()
    assert api.get("/api/project").status_code == 401


@pytest.mark.parametrize("entete", [None, "", "Bearer", "Bearer x.y.z", "Basic abc", "Bearer " + "x" * 5000])
def test_no_api_without_a_token_of_ours(anonyme: httpx2.Client, entete: str | None) -> None:
    entetes = {"Authorization": entete} if entete is not None else {}
    for chemin in ("/api/project", "/api/quote", "/api/timeSlotManagement/allUsers"):
        assert anonyme.get(chemin, headers=entetes).status_code == 401


def test_the_account_shows_no_secret(compte: Compte) -> None:
    assert compte.client_secret not in repr(compte)
    assert compte.mot_de_passe not in repr(compte)
