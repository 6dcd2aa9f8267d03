"""A simulated tenant, and a server that says exactly what a test tells it to."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest
import stamina
from hypothesis import HealthCheck, settings
from pydantic import SecretStr

from banc.batisimply import Comportement, Compte, Creneau, Projet, ServeurBatisimply, Utilisateur
from connecteur.batisimply.client import ClientBatisimply
from connecteur.settings import ReglagesBatisimply

LENT = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""For property tests: how fast the machine draws examples says nothing of the code."""
COMPTE = Compte("connecteur", "le-secret-du-client", "api@exemple.fr", "le-mot-de-passe")
SECRETS = (COMPTE.client_secret, COMPTE.mot_de_passe)
LEA = Utilisateur("5b6f3c1e-0000-4000-8000-000000000001", "Léa", "D’Artois", "lea@exemple.fr")
MARC = Utilisateur("5b6f3c1e-0000-4000-8000-000000000002", "Marc", "Oury", "marc@exemple.fr")
TOITURE: Projet = {
    "id": 1,
    "projectCode": "CH000001",
    "projectName": "Réfection d’une toiture",
    "customerName": "M. Élie",
    "comment": "Clé chez la gardienne",
    "startEstimated": "2025-06-02",
    "endEstimated": "2025-09-30",
    "hoursSold": 120.5,
    "address": {
        "street": "3 rue de l’Église",
        "postalCode": "69003",
        "city": "Lyon",
        "countryCode": "FR",
        "googleFormattedAddress": "3 Rue de l'Église, 69003 Lyon, France",
        "geoPoint": {"xLon": 4.8467, "yLat": 45.7485},
    },
    "budget": {"amount": 45000.25, "currency": "EUR"},
    "headQuarter": {"id": 7},
    "projectManager": {"id": "9d5b", "firstName": "Ana", "lastName": "Roux"},
    "projectColor": "#112233",
    "isArchived": False,
    "isFinished": False,
    "status": "IN_PROGRESS",
}
PROJETS: list[Projet] = [
    TOITURE,
    {"id": 2, "projectCode": None, "projectName": "Sans code", "isArchived": True},
    {"id": 3, "projectCode": "CH000003", "projectName": "Extension"},
]
CRENEAUX = [
    Creneau(1, "2025-06-23T22:00:00Z", "2025-06-23T23:00:00Z", LEA.id, 1, "VALIDATED", 60, trajet=True, panier=False),
    Creneau(2, "2025-06-24T06:30:00Z", "2025-06-24T08:00:00Z", MARC.id, 2, "PENDING", 90, trajet=False, panier=False),
    Creneau(3, "2025-06-24T21:59:59Z", None, LEA.id, None, "VALIDATED", 0, trajet=False, panier=True),
    Creneau(4, "2025-06-24T22:00:00Z", None, None, 3, "VALIDATED", None, trajet=False, panier=False),
]

Ouvre = Callable[..., ClientBatisimply]


@pytest.fixture(autouse=True)
def _sans_attente_entre_essais() -> Iterator[None]:
    with stamina.set_testing(testing=True, attempts=1000, cap=True):
        yield


@pytest.fixture(scope="session")
def _demarre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServeurBatisimply]:
    with ServeurBatisimply(tmp_path_factory.mktemp("batisimply") / "locataire.sqlite", compte=COMPTE) as serveur:
        yield serveur


@pytest.fixture
def serveur(_demarre: ServeurBatisimply) -> ServeurBatisimply:
    """One tenant for the whole session, as new for each test."""
    _demarre.comportement = Comportement()
    _demarre.pannes.vide(graine=0)
    _demarre.appels.vide()
    _demarre.guichet.duree_s = 300
    _demarre.depot.charge([LEA, MARC], PROJETS, CRENEAUX)
    return _demarre


def reglages(url: str, **champs: object) -> ReglagesBatisimply:
    """The settings of the account, all right unless told otherwise."""
    tous: dict[str, object] = {
        "url_api": url,
        "url_sso": url,
        "client_id": COMPTE.client_id,
        "client_secret": SecretStr(COMPTE.client_secret),
        "utilisateur": COMPTE.utilisateur,
        "mot_de_passe": SecretStr(COMPTE.mot_de_passe),
        "delai_s": 20,
        "essais": 3,
    }
    return ReglagesBatisimply.model_validate(tous | champs)


@pytest.fixture
def ouvre() -> Iterator[Ouvre]:
    """Opens clients, closed at the end of the test."""
    ouverts: list[ClientBatisimply] = []

    def ouvre(url: str, siege_id: int | None = None, **champs: object) -> ClientBatisimply:
        ouverts.append(ClientBatisimply(reglages(url, **champs), siege_id=siege_id))
        return ouverts[-1]

    yield ouvre
    for client in ouverts:
        client.close()


@pytest.fixture
def client(serveur: ServeurBatisimply, ouvre: Ouvre) -> ClientBatisimply:
    return ouvre(serveur.url)


# --- a server that says what it is told ---------------------------------------------------------------


@dataclass(frozen=True)
class Requete:
    """What the script is asked."""

    methode: str
    chemin: str
    params: dict[str, str]
    entetes: dict[str, str]
    corps: bytes


@dataclass(frozen=True)
class Dit:
    """What the script answers. `brut` takes the place of everything else: pieces written one after the other."""

    corps: bytes = b"[]"
    statut: int = 200
    entetes: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    brut: Iterator[bytes] | None = None


Script = Callable[[Requete], Dit]
JETON = Dit(b'{"access_token":"jeton-0123456789","expires_in":300}')


@dataclass
class ServeurScripte:
    """The address, and what was asked of it."""

    url: str
    recues: list[Requete] = field(default_factory=list)

    def appels(self, chemin: str) -> list[Requete]:
        return [requete for requete in self.recues if requete.chemin == chemin]


@contextmanager
def scripte(api: Script, *, sso: Script | None = None) -> Iterator[ServeurScripte]:
    """Serve this script on the loopback; sign-in succeeds unless `sso` says otherwise."""
    etat = ServeurScripte("")

    class Porte(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def repond(self) -> None:
            url = urlsplit(self.path)
            corps = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            entetes = {nom.lower(): valeur for nom, valeur in self.headers.items()}
            requete = Requete(self.command, url.path, dict(parse_qsl(url.query)), entetes, corps)
            etat.recues.append(requete)
            script = (sso or (lambda _: JETON)) if url.path.startswith("/auth/") else api
            dit = script(requete)
            if dit.brut is not None:
                self.close_connection = True
                try:
                    for morceau in dit.brut:
                        self.wfile.write(morceau)
                        self.wfile.flush()
                except OSError:
                    pass  # the client had enough, as it should
                return
            self.send_response_only(dit.statut)
            for nom, valeur in dit.entetes.items():
                self.send_header(nom, valeur)
            self.send_header("Content-Length", str(len(dit.corps)))
            self.end_headers()
            self.wfile.write(dit.corps)

        do_GET = do_POST = do_PUT = repond  # noqa: N815 - the names that http.server calls

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that http.server gives
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Porte) as ecoute:
        etat.url = f"http://127.0.0.1:{ecoute.server_address[1]}"
        fil = threading.Thread(target=ecoute.serve_forever, args=(0.01,), name="scripte", daemon=True)
        fil.start()
        try:
            yield etat
        finally:
            ecoute.shutdown()
            fil.join()
