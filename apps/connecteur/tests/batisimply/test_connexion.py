"""Signing in: both grants, one renewal at a time, refusals told in French and without secrets."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from urllib.parse import parse_qsl

import pytest

from banc.batisimply import Genre, Panne, ServeurBatisimply
from connecteur.batisimply.auth import Jetons
from connecteur.batisimply.client import ClientBatisimply
from connecteur.batisimply.echange import Echange
from connecteur.errors import (
    AccesRefuse,
    ConfigurationInvalide,
    ErreurConnecteur,
    ReponseIllisible,
    ServiceInjoignable,
)

from .conftest import SECRETS, Dit, Ouvre, Requete, reglages, scripte

JETONS = "POST /auth/token"


def dit_tout(exc: BaseException) -> str:
    """Everything that could end in a journal: the whole chain, with what each exception holds."""
    textes = []
    maillon: BaseException | None = exc
    while maillon is not None:
        textes += [repr(maillon), str(maillon), repr(vars(maillon))]
        maillon = maillon.__cause__ or maillon.__context__
    return " ".join(textes)


@pytest.mark.parametrize("mode", ["password", "client_credentials"])
def test_both_grants_open_the_door(serveur: ServeurBatisimply, ouvre: Ouvre, mode: str) -> None:
    assert len(ouvre(serveur.url, mode=mode).read_projets()) == 3


def test_nothing_is_opened_before_the_first_call(serveur: ServeurBatisimply, ouvre: Ouvre) -> None:
    ouvre(serveur.url)
    ouvre("http://127.0.0.1:1")
    assert serveur.appels.total() == 0


def test_one_token_serves_many_calls(serveur: ServeurBatisimply, client: ClientBatisimply) -> None:
    for _ in range(3):
        client.read_projets()
    assert serveur.appels.total(JETONS) == 1


def test_eight_threads_sign_in_once(serveur: ServeurBatisimply, client: ClientBatisimply) -> None:
    serveur.pannes.ajoute(Panne(genre=Genre.LATENCE, chemin="/auth/*", duree_ms=50))
    depart = threading.Barrier(8)

    def lit(_: int) -> int:
        depart.wait()
        return len(client.read_projets())

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lit, range(8))) == [3] * 8
    assert serveur.appels.total(JETONS) == 1


def test_eight_threads_whose_token_was_revoked_renew_it_once(
    serveur: ServeurBatisimply, client: ClientBatisimply
) -> None:
    client.read_projets()
    serveur.guichet.revoque()
    # Most of them are on their way with the old token before the first hears that it is over.
    serveur.pannes.ajoute(Panne(genre=Genre.LATENCE, chemin="/api/*", duree_ms=100, fois=8))
    depart = threading.Barrier(8)

    def lit(_: int) -> int:
        depart.wait()
        return len(client.read_projets())

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lit, range(8))) == [3] * 8
    assert serveur.appels.total(JETONS) == 2
    assert serveur.appels.comptes()["GET /api/project"]["401"] >= 1


def test_a_long_run_outlives_its_tokens(serveur: ServeurBatisimply, client: ClientBatisimply) -> None:
    serveur.guichet.duree_s = 1
    lectures = 0
    while serveur.appels.total(JETONS) < 4:
        assert len(client.read_projets()) == 3
        lectures += 1
    assert lectures > 4


def test_a_token_said_to_live_no_time_is_not_kept(ouvre: Ouvre) -> None:
    with scripte(lambda _: Dit(), sso=lambda _: Dit(b'{"access_token":"jeton","expires_in":0}')) as faux:
        client = ouvre(faux.url)
        client.check_connexion()
        client.check_connexion()
        assert len(faux.recues) == 2


@pytest.mark.parametrize(("dite", "gardee"), [(300, 270), (10, 8)])
def test_a_token_is_renewed_before_it_is_over(dite: int, gardee: int) -> None:
    corps = f'{{"access_token":"jeton-tres-secret","expires_in":{dite}}}'.encode()
    with scripte(lambda _: Dit(), sso=lambda _: Dit(corps)) as faux:
        echange = Echange(delai_s=10)
        avant = time.monotonic()
        jeton = Jetons(reglages(faux.url), echange).jeton()
        echange.close()
        assert avant + gardee <= jeton.fin <= time.monotonic() + gardee
        assert "tres-secret" not in repr(jeton)


@pytest.mark.parametrize(
    ("champs", "attendu"),
    [
        ({"mot_de_passe": "faux"}, "mot de passe"),
        ({"utilisateur": "inconnu@exemple.fr"}, "mot de passe"),
        ({"client_secret": "faux"}, "secret"),
        ({"client_id": "inconnu"}, "identifiant client"),
        ({"mode": "client_credentials", "client_secret": "faux"}, "secret"),
    ],
)
def test_a_refused_sign_in_says_what_to_correct(
    serveur: ServeurBatisimply, ouvre: Ouvre, champs: dict[str, object], attendu: str
) -> None:
    with pytest.raises(AccesRefuse, match=attendu) as info:
        ouvre(serveur.url, **champs).read_projets()
    assert info.value.remede
    assert "HTTP 401" in info.value.detail


def test_a_refused_password_is_not_tried_again_and_again(serveur: ServeurBatisimply, ouvre: Ouvre) -> None:
    client = ouvre(serveur.url, mot_de_passe="faux")
    for _ in range(5):
        with pytest.raises(AccesRefuse):
            client.read_projets()
    assert serveur.appels.total(JETONS) == 1, "insisting locks the account"


def test_a_missing_password_is_a_setting_to_fill_in(serveur: ServeurBatisimply, ouvre: Ouvre) -> None:
    with pytest.raises(ConfigurationInvalide, match="manque"):
        ouvre(serveur.url, mot_de_passe="").read_projets()


def test_an_unknown_realm_is_a_setting_to_correct(serveur: ServeurBatisimply, ouvre: Ouvre) -> None:
    with pytest.raises(ConfigurationInvalide) as info:
        ouvre(serveur.url, realm="autre").read_projets()
    assert "realm" in info.value.remede


@pytest.mark.parametrize(
    "url", ["api.exemple.fr", "ftp://exemple.fr", "https://moi:tres-secret@exemple.fr", "https://[::"]
)
def test_an_address_that_cannot_be_one_names_its_setting(ouvre: Ouvre, url: str) -> None:
    with pytest.raises(ConfigurationInvalide, match="url_api") as info:
        ouvre(url).read_projets()
    assert "tres-secret" not in dit_tout(info.value)


@pytest.mark.parametrize(
    "corps",
    [b"{}", b"[]", b'{"access_token":7}', b'{"access_token":"avec espace"}', b'{"access_token":"x\\ny"}', b"cass\xc3"],
)
def test_something_other_than_a_token_is_said_to_be_so(ouvre: Ouvre, corps: bytes) -> None:
    with scripte(lambda _: Dit(), sso=lambda _: Dit(corps)) as faux, pytest.raises(ReponseIllisible):
        ouvre(faux.url).read_projets()


def test_a_web_page_in_the_place_of_a_token_is_tried_once_more(serveur: ServeurBatisimply, ouvre: Ouvre) -> None:
    serveur.pannes.ajoute(Panne(genre=Genre.HTML, chemin="/auth/*", fois=1))
    assert len(ouvre(serveur.url).read_projets()) == 3
    assert serveur.appels.total(JETONS) == 2


@pytest.mark.parametrize(
    "panne",
    [
        Panne(genre=Genre.STATUT, statut=HTTPStatus.SERVICE_UNAVAILABLE, chemin="/auth/*", fois=2),
        Panne(genre=Genre.STATUT, statut=HTTPStatus.TOO_MANY_REQUESTS, retry_after="0", chemin="/auth/*", fois=4),
        Panne(genre=Genre.RESET, chemin="/auth/*", fois=2),
        Panne(genre=Genre.COUPE, chemin="/auth/*", fois=2),
    ],
)
def test_a_sign_in_in_trouble_is_tried_again_even_for_a_creation(
    serveur: ServeurBatisimply, client: ClientBatisimply, panne: Panne
) -> None:
    serveur.pannes.ajoute(panne)
    assert client.create_projet({"code": "CH9", "nom": "Neuf"}).champs["code"] == "CH9"
    assert serveur.depot.count_projets() == 4


def test_no_error_holds_a_secret_even_when_the_server_repeats_it(ouvre: Ouvre) -> None:
    def repete(requete: Requete) -> Dit:
        forme = dict(parse_qsl(requete.corps.decode()))
        erreur = {"error": "invalid_grant", "error_description": f"{forme['password']} {forme['client_secret']}"}
        return Dit(json.dumps(erreur).encode(), 401)

    with scripte(lambda _: Dit(), sso=repete) as faux, pytest.raises(AccesRefuse) as info:
        ouvre(faux.url).read_projets()
    assert "•••" in info.value.detail
    assert not [secret for secret in SECRETS if secret in dit_tout(info.value)]


@pytest.mark.parametrize("statut", [400, 403, 500])
def test_no_error_of_the_api_holds_the_token(ouvre: Ouvre, statut: int) -> None:
    def repete(requete: Requete) -> Dit:
        return Dit(json.dumps({"detail": requete.entetes["authorization"]}).encode(), statut)

    with scripte(repete) as faux, pytest.raises(ErreurConnecteur) as info:
        ouvre(faux.url, essais=1).read_projets()
    assert "•••" in info.value.detail
    assert "jeton-0123456789" not in dit_tout(info.value)


def test_no_error_of_the_network_holds_a_secret(serveur: ServeurBatisimply, ouvre: Ouvre) -> None:
    client = ouvre(serveur.url, essais=1)
    serveur.pannes.ajoute(Panne(genre=Genre.RESET, chemin="/auth/*", fois=1))
    with pytest.raises(ServiceInjoignable) as au_sso:
        client.read_projets()
    client.read_projets()
    serveur.pannes.ajoute(Panne(genre=Genre.RESET, chemin="/api/*", fois=1))
    with pytest.raises(ServiceInjoignable) as a_l_api:
        client.read_projets()
    for info in (au_sso, a_l_api):
        assert info.value.__cause__ is None
        assert info.value.__context__ is None, "httpx2's exception holds the request, hence the secrets"


def test_a_token_refused_twice_is_told_as_mixed_environments(ouvre: Ouvre) -> None:
    with scripte(lambda _: Dit(b"{}", 401)) as faux, pytest.raises(AccesRefuse) as info:
        ouvre(faux.url).read_projets()
    assert "url_sso" in info.value.remede
    assert [requete.chemin for requete in faux.recues].count("/api/project") == 2


def test_a_redirect_never_takes_the_token_elsewhere(ouvre: Ouvre) -> None:
    with scripte(lambda _: Dit()) as ailleurs:
        renvoi = Dit(b"", 302, {"Location": f"{ailleurs.url}/api/project"})
        with scripte(lambda _: renvoi) as faux, pytest.raises(ConfigurationInvalide, match="autre adresse"):
            ouvre(faux.url).read_projets()
        with scripte(lambda _: Dit(), sso=lambda _: renvoi) as faux, pytest.raises(ConfigurationInvalide):
            ouvre(faux.url).read_projets()
        assert ailleurs.recues == []
