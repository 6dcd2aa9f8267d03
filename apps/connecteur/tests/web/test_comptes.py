"""The interface with accounts: nothing without signing in, nothing changed by who may only look, names in the trail."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from libs.commun.tests.acces.chemins import chemins
from libs.commun.tests.acces.pages_des_comptes import parcourt
from playwright.sync_api import expect
from schemathesis.core.result import Ok
from starlette.testclient import TestClient

from connecteur.coffre import Coffre
from connecteur.coffre.scellement import NOM, Scellement
from connecteur.domain.run import Flux
from connecteur.errors import CoffreIllisible, ConfigurationInvalide
from connecteur.settings import ReglagesWeb
from connecteur.tampon.comptes import SCHEMA, base_comptes
from connecteur.tampon.connexion import Connexions
from connecteur.tampon.migration import migre
from connecteur.web.app import create_app
from sages_commun.acces import Acces, Base, Client, Contexte, Portee, Role, schema_sql
from sages_commun.acces.web.routes import LIBRES
from sages_commun.postgres_embarque import PostgresEmbarque

from .conftest import Ouvre, en_service_de
from .demonstration import maison_pleine
from .test_accessibilite import examine
from .test_contrat_api import operations, routes_de

MOT_DE_PASSE = "quatre tuiles bleues au vent"
ICI = Client("127.0.0.1", "essai")
HTML = {"accept": "text/html"}
OUVERTES = {*LIBRES, "/health"}
COURRIELS = {Role.ADMINISTRATEUR: "claire.martin@exemple.fr", Role.LECTURE_SEULE: "paul@exemple.fr"}


@pytest.fixture(scope="module")
def connexions() -> Iterator[Connexions]:
    """A real tampon."""
    dossier = Path(tempfile.mkdtemp(prefix="comptes-", dir="/tmp"))
    dossier.chmod(0o755)
    with PostgresEmbarque(dossier, durable=False) as serveur:
        connexions = Connexions(serveur.create_base("comptes"))
        migre(connexions)
        yield connexions
        connexions.close()
    shutil.rmtree(dossier)


@pytest.fixture(scope="module")
def scellement(tmp_path_factory: pytest.TempPathFactory) -> Scellement:
    """A real vault."""
    coffre = tmp_path_factory.mktemp("coffre")
    return Scellement(Coffre(coffre), coffre)


@pytest.fixture(scope="module")
def acces(connexions: Connexions, scellement: Scellement) -> Acces:
    """The accounts: Claire administers, Paul may look."""
    comptes = Acces(Contexte(base_comptes(connexions), scellement, "Connecteur SAGES"))
    console = comptes.premier_demarrage.cree_de_la_console
    claire, _ = console(COURRIELS[Role.ADMINISTRATEUR], "Claire Martin", MOT_DE_PASSE, par="essai")
    par = comptes.connexion.identite(session(comptes, Role.ADMINISTRATEUR), ICI)
    assert par is not None
    assert claire.est_administrateur
    _, code = comptes.gestion.invite(par, COURRIELS[Role.LECTURE_SEULE], "Paul", Role.LECTURE_SEULE, ICI)
    comptes.gestion.suit_invitation(code, MOT_DE_PASSE, ICI)
    return comptes


@pytest.fixture
def vierge(connexions: Connexions, scellement: Scellement) -> Acces:
    """Accounts without anybody."""
    with connexions.transaction() as connexion:
        connexion.execute("CREATE SCHEMA vierge")
        connexion.execute(schema_sql("vierge").encode())
    return Acces(Contexte(Base(connexions.transaction, "vierge"), scellement, "Connecteur SAGES"))


def session(acces: Acces, role: Role) -> str:
    """The secret of a new session."""
    return acces.connexion.connecte(COURRIELS[role], MOT_DE_PASSE, ICI).secret


@pytest.fixture
def maison() -> Any:
    """A dossier with everything in it."""
    pleine = maison_pleine()
    pleine.lecture_permise.set()
    return pleine


@pytest.fixture
def client(acces: Acces, maison: Any) -> TestClient:
    """Nobody, in front of an interface with accounts."""
    return TestClient(
        create_app(replace(maison.services(frozenset({"testserver"})), acces=acces)),
        follow_redirects=False,
        raise_server_exceptions=False,
    )


def connecte(client: TestClient, acces: Acces, role: Role) -> TestClient:
    """Signed in."""
    client.cookies.set("connecteur_compte", session(acces, role), domain="testserver.local")
    return client


def jeton(client: TestClient) -> str:
    """The token of the forms of this session."""
    trouve = re.search(r'name="jeton" value="([^"]+)"', client.get("/compte", headers=HTML).text)
    assert trouve is not None
    return trouve[1]


def adresses(app: object) -> Iterator[tuple[str, str]]:
    """Every method and address that the application answers, each with something in its place."""
    for methode, chemin in chemins(app.routes):  # type: ignore[attr-defined]
        yield methode, re.sub(r"{[^}]+}", "1", chemin)


def test_every_page_and_every_call_needs_a_session_or_a_token(client: TestClient) -> None:
    vus = 0
    for methode, chemin in adresses(client.app):
        if chemin in OUVERTES:
            continue
        vus += 1
        reponse = client.request(methode, chemin, headers={"accept": "application/json"})
        assert reponse.status_code == 401, (methode, chemin, reponse.text)
        if not chemin.startswith("/api/"):
            page = client.request(methode, chemin, headers=HTML)
            assert (page.status_code, page.headers["location"].partition("?")[0]) == (303, "/connexion"), chemin
    assert vus > 60


def test_who_may_only_look_sees_everything_and_changes_nothing(client: TestClient, acces: Acces, maison: Any) -> None:
    connecte(client, acces, Role.LECTURE_SEULE)
    envoye = jeton(client)
    vus = 0
    for methode, chemin in adresses(client.app):
        if methode == "GET" or chemin in OUVERTES or chemin.startswith("/compte"):
            continue
        vus += 1
        reponse = client.request(methode, chemin, headers=HTML | {"x-jeton": envoye}, data={"jeton": envoye})
        assert reponse.status_code == 403, (methode, chemin)
    assert vus > 30
    assert maison.lances == []
    lues = set()
    for methode, page in adresses(client.app):
        if methode != "GET" or "/api/" in page or page.endswith("/evenements") or page.startswith("/compte"):
            continue
        lue = client.get(page, headers=HTML)
        if lue.status_code == 200:
            lues.add(page)
        envois = [un for un in re.findall(r"<form[^>]*>", lue.text) if 'method="post"' in un]
        assert all("/deconnexion" in un for un in envois), (page, envois)  # nothing that would be refused
    assert lues >= {
        "/", "/conflits", "/rejets", "/salaries", "/heures", "/import-initial", "/horaires", "/historique", "/reglages",
        "/configuration",
    }  # fmt: skip
    # A question whose answer would be refused is not asked.
    assert client.get("/salaries/codebs?code=NDIAYE", headers=HTML).status_code == 403
    assert client.get("/api/v1/rejets").status_code == 200


def test_the_histories_name_who_did_it(client: TestClient, acces: Acces, maison: Any) -> None:
    connecte(client, acces, Role.ADMINISTRATEUR)
    envoye = jeton(client)
    origine = {"origin": "http://testserver", "sec-fetch-site": "same-origin"}
    lance = client.post("/sync-batisimply-to-batigest", data={"jeton": envoye}, headers=HTML | origine)
    assert lance.status_code == 303
    assert maison.lances[-1][1] == "Claire Martin (claire.martin@exemple.fr), page d’accueil"
    numero = maison.tampon.rejets[0].id
    client.post(f"/rejets/{numero}/renvoyer", data={"jeton": envoye}, headers=HTML | origine)
    (dernier,) = maison.tampon.list_evenements(limite=1)
    assert dernier.evenement.qui == "Claire Martin (claire.martin@exemple.fr), page Rejets"


def test_the_licence_key_is_whole_for_administrators_alone(client: TestClient, acces: Acces) -> None:
    connecte(client, acces, Role.LECTURE_SEULE)
    assert client.get("/get-license-key").json()["masked"]
    assert client.get("/get-license-key?reveal=true").status_code == 403
    client.cookies.clear()
    connecte(client, acces, Role.ADMINISTRATEUR)
    assert not client.get("/get-license-key?reveal=true").json()["masked"]


def test_a_script_with_a_token_does_what_its_scope_allows(client: TestClient, acces: Acces, maison: Any) -> None:
    par = acces.connexion.identite(session(acces, Role.ADMINISTRATEUR), ICI)
    assert par is not None
    entetes = {
        portee: {"authorization": f"Bearer {acces.jetons.cree(par, 'Script', portee, timedelta(days=1), ICI)[1]}"}
        for portee in Portee
    }
    assert client.get("/api/v1/openapi.json", headers=entetes[Portee.LECTURE]).json()["info"]["version"] == "1"
    demande = {"quoi": "heures"}
    assert client.post("/api/v1/runs", json=demande, headers=entetes[Portee.LECTURE]).status_code == 403
    assert client.post("/api/v1/runs", json=demande, headers=entetes[Portee.GESTION]).status_code == 202
    assert maison.lances[-1][1].startswith("jeton « Script » (sages_")


def statuts_de(operation: Any, entetes: dict[str, str]) -> set[int]:
    """What this operation of the description answers to somebody."""
    statuts: set[int] = set()

    @given(case=operation.as_strategy())
    @settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    def essaie(case: "schemathesis.Case[Any]") -> None:
        statuts.add(case.call(headers=entetes).status_code)

    essaie()
    return statuts


@pytest.mark.parametrize("qui", ["personne", "jeton en lecture", "session en lecture seule"])
def test_whatever_is_sent_to_the_api_nothing_opens_without_rights(client: TestClient, acces: Acces, qui: str) -> None:
    """By its own description, bad bodies and good ones: nothing to nobody, reading alone to who may look."""
    par = acces.connexion.identite(session(acces, Role.ADMINISTRATEUR), ICI)
    assert par is not None
    lecture = {"authorization": f"Bearer {acces.jetons.cree(par, 'Lit', Portee.LECTURE, timedelta(days=1), ICI)[1]}"}
    secret = session(acces, Role.LECTURE_SEULE)
    sienne = {"cookie": f"connecteur_compte={secret}", "x-jeton": client.app.state.jetons.jeton(secret)}  # type: ignore[attr-defined]
    entetes = {"personne": {}, "jeton en lecture": lecture, "session en lecture seule": sienne}[qui]
    description = schemathesis.openapi.from_asgi("/api/v1/openapi.json", client.app, headers=lecture)
    assert operations(description) == routes_de(client.app)  # type: ignore[arg-type]
    for resultat in description.exclude(path_regex="evenements$").get_all_operations():
        assert isinstance(resultat, Ok)
        operation = resultat.ok()
        statuts = statuts_de(operation, entetes)
        if qui == "personne":
            assert statuts == {401}, (operation.method, operation.path)
        elif operation.method.upper() == "GET":
            assert not statuts & {401, 403}, operation.path
        else:
            assert statuts == {403}, (operation.method, operation.path)


def test_who_is_not_signed_in_learns_nothing_of_the_firm(client: TestClient, acces: Acces) -> None:
    porte = client.get("/connexion", headers=HTML)
    assert porte.status_code == 200
    assert "BTG" not in porte.text
    assert set(client.get("/health").json()) == {"etat"}
    connecte(client, acces, Role.LECTURE_SEULE)
    assert set(client.get("/health").json()) == {"etat", "version", "systemes"}


def test_with_accounts_a_proxy_in_front_is_as_good_as_none(client: TestClient) -> None:
    assert client.get("/connexion", headers=HTML | {"x-forwarded-for": "192.0.2.7"}).status_code == 200
    assert client.get("/", headers=HTML | {"via": "1.1 mandataire"}).headers["location"] == "/connexion"


def test_on_its_own_machine_nobody_signs_in_and_everything_is_as_before(maison: Any) -> None:
    client = TestClient(create_app(maison.services(frozenset({"testserver"}))), follow_redirects=False)
    assert client.get("/", headers=HTML).status_code == 200
    assert "data-lance" in client.get("/", headers=HTML).text
    assert client.get("/connexion", headers=HTML).status_code == 404
    assert client.post("/transfer", headers=HTML).status_code == 303
    assert maison.lances[-1][1] == "page d’accueil"


@pytest.mark.parametrize(
    ("hote", "comptes", "exiges"),
    [
        ("127.0.0.1", None, False),
        ("localhost", None, False),
        ("::1", False, False),
        ("127.0.0.1", True, True),
        ("0.0.0.0", None, True),
        ("192.168.1.20", True, True),
        ("serveur.exemple", None, True),
    ],
)
def test_on_the_network_one_has_to_sign_in(hote: str, comptes: bool | None, exiges: bool) -> None:
    assert ReglagesWeb(hote=hote, comptes=comptes).comptes_exiges is exiges


def test_behind_a_proxy_of_the_same_machine_one_has_to_sign_in_too() -> None:
    assert ReglagesWeb(mandataires=("127.0.0.1",)).comptes_exiges
    # Named otherwise than this machine names itself, it is opened from elsewhere: a proxy that was not said.
    assert ReglagesWeb(hotes=("connecteur.exemple",)).comptes_exiges
    assert not ReglagesWeb(hotes=("localhost",)).comptes_exiges
    with pytest.raises(ConfigurationInvalide, match="hotes"):
        _ = ReglagesWeb(hotes=("connecteur.exemple",), comptes=False).comptes_exiges
    with pytest.raises(ConfigurationInvalide, match="mandataires"):
        _ = ReglagesWeb(mandataires=("127.0.0.1",), comptes=False).comptes_exiges


@pytest.mark.parametrize("hote", ["0.0.0.0", "::", "192.168.1.20", "serveur.exemple"])
def test_the_network_without_accounts_is_refused(hote: str) -> None:
    with pytest.raises(ConfigurationInvalide, match="à tout le réseau"):
        _ = ReglagesWeb(hote=hote, comptes=False).comptes_exiges


def test_the_migration_is_the_shared_schema_in_this_one() -> None:
    migrations = files("connecteur.tampon.migrations").iterdir()
    (texte,) = (un.read_text("utf-8") for un in migrations if un.name.endswith("_comptes.sql"))
    assert texte.endswith(schema_sql(SCHEMA))


def test_second_factors_are_encrypted_by_a_key_of_the_vault_alone(tmp_path: Path) -> None:
    ici, ailleurs = tmp_path / "ici", tmp_path / "ailleurs"
    ici.mkdir()
    ailleurs.mkdir()
    scellement = Scellement(Coffre(ici), ici)
    scelle = scellement.scelle(b"JBSWY3DP", "acces/totp/1")
    assert b"JBSWY3DP" not in scelle
    assert Coffre(ici).noms() == [NOM]
    assert Scellement(Coffre(ici), ici).ouvre(scelle, "acces/totp/1") == b"JBSWY3DP"
    autre = Scellement(Coffre(ailleurs), ailleurs)
    autre.scelle(b"x", "y")
    for faux, place in ((scellement, "acces/totp/2"), (autre, "acces/totp/1")):
        with pytest.raises(CoffreIllisible, match="autre coffre"):
            faux.ouvre(scelle, place)


def test_no_page_keeps_anybody_out_with_accounts(
    acces: Acces, vierge: Acces, maison: Any, navigateur_tolerant: Ouvre
) -> None:
    services = replace(maison.services(), horloge=lambda: datetime.now(UTC))
    with en_service_de(replace(services, acces=vierge)) as serveur:
        page = navigateur_tolerant(f"{serveur.adresse}/")
        expect(page).to_have_url(f"{serveur.adresse}/premier-demarrage")
        fautes = examine(page, "premier démarrage", 390)
    with en_service_de(replace(services, acces=acces)) as serveur:
        page = navigateur_tolerant(f"{serveur.adresse}/connexion")
        fautes += parcourt(page, serveur.adresse, acces, services.horloge, examine)
        secret = session(acces, Role.LECTURE_SEULE)
        page.context.add_cookies([{"name": "connecteur_compte", "value": secret, "url": serveur.adresse}])
        for chemin in ("/configuration", "/salaries"):
            page.goto(serveur.adresse + chemin)
            fautes += examine(page, f"{chemin}, en lecture seule", 390)
    assert fautes == []


def test_a_page_that_follows_a_run_is_let_go_once_its_session_is_closed(acces: Acces, maison: Any) -> None:
    run = maison.lance(Flux.HEURES, declencheur="page d’accueil")
    par = acces.connexion.identite(session(acces, Role.ADMINISTRATEUR), ICI)
    assert par is not None
    numero, clair = acces.jetons.cree(par, "Suivi", Portee.LECTURE, timedelta(days=1), ICI)
    secret = session(acces, Role.LECTURE_SEULE)
    ceux = ({"cookie": f"connecteur_compte={secret}"}, {"authorization": f"Bearer {clair}"})
    with (
        en_service_de(replace(maison.services(), acces=acces)) as serveur,
        httpx2.Client(base_url=serveur.adresse, timeout=20, trust_env=False) as http,
        http.stream("GET", f"/runs/{run}/evenements", headers=ceux[0]) as page,
        http.stream("GET", f"/api/v1/runs/{run}/evenements", headers=ceux[1]) as script,
    ):
        lignes = [page.iter_lines(), script.iter_lines()]
        assert [next(suite) for suite in lignes] == ["event: progression"] * 2
        acces.connexion.deconnecte(secret, ICI)
        acces.jetons.revoque(par, numero.id, ICI)
        for suite in lignes:
            reste = list(islice(suite, 100))
            assert len(reste) < 100, "it goes on and on"
            assert "event: fin" not in reste  # it ends; the run goes on
        assert maison.attend_auditeurs(0)
        assert maison.lit(run).verdict is None
        for adresse, entetes in zip(("/", "/api/v1/runs"), ceux, strict=True):
            assert http.get(adresse, headers={"accept": "application/json"} | entetes).status_code == 401
