"""A running tenant with two people, three projects and a few slots, and a caller that is signed in."""

from collections.abc import Callable, Iterator

import httpx2
import pytest

from banc.batisimply import Comportement, Compte, Creneau, Projet, ServeurBatisimply, Utilisateur

CHEMIN_JETON = "/auth/realms/jhipster/protocol/openid-connect/token"
LEA = Utilisateur("5b6f3c1e-0000-4000-8000-000000000001", "Léa", "D’Artois", "lea@exemple.fr")
MARC = Utilisateur("5b6f3c1e-0000-4000-8000-000000000002", "Marc", "Oury", "marc@exemple.fr")
PROJETS: list[Projet] = [
    {"id": 1, "projectCode": "CH000001", "projectName": "Réfection d’une toiture"},
    {"id": 2, "projectCode": None, "projectName": "Sans code"},
    {"id": 3, "projectCode": "CH000003", "projectName": "Extension", "projectColor": "#112233"},
]
CRENEAUX = [
    Creneau(1, "2025-06-23T22:00:00Z", "2025-06-23T23:00:00Z", LEA.id, 1, "VALIDATED", 60, trajet=True, panier=False),
    Creneau(2, "2025-06-24T06:30:00Z", "2025-06-24T08:00:00Z", MARC.id, 2, "PENDING", 90, trajet=False, panier=False),
    Creneau(3, "2025-06-24T21:59:59Z", None, LEA.id, None, "VALIDATED", 0, trajet=False, panier=True),
    Creneau(4, "2025-06-24T22:00:00Z", None, None, 3, "VALIDATED", None, trajet=False, panier=False),
]


@pytest.fixture(scope="session")
def compte() -> Compte:
    return Compte("connecteur", "s3cret", "api@exemple.fr", "mot-de-passe")


@pytest.fixture(scope="session")
def _demarre(tmp_path_factory: pytest.TempPathFactory, compte: Compte) -> Iterator[ServeurBatisimply]:
    with ServeurBatisimply(tmp_path_factory.mktemp("bs") / "batisimply.sqlite", compte=compte) as serveur:
        yield serveur


@pytest.fixture
def serveur(_demarre: ServeurBatisimply) -> ServeurBatisimply:
    """One server for the whole session, as new for each test."""
    _demarre.comportement = Comportement()
    _demarre.pannes.vide(graine=0)
    _demarre.appels.vide()
    _demarre.depot.charge([LEA, MARC], PROJETS, CRENEAUX)
    return _demarre


@pytest.fixture
def anonyme(serveur: ServeurBatisimply) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=serveur.url, timeout=20) as client:
        yield client


Connexion = Callable[..., httpx2.Response]


@pytest.fixture
def connecte(anonyme: httpx2.Client, compte: Compte) -> Connexion:
    """Signs in; the fields given override the right ones, None leaves one out."""

    def demande(**champs: str | None) -> httpx2.Response:
        formulaire = {
            "grant_type": "password", "client_id": compte.client_id, "client_secret": compte.client_secret,
            "username": compte.utilisateur, "password": compte.mot_de_passe, "scope": "openid",
        } | champs  # fmt: skip
        return anonyme.post(CHEMIN_JETON, data={nom: v for nom, v in formulaire.items() if v is not None})

    return demande


@pytest.fixture
def api(anonyme: httpx2.Client, connecte: Connexion) -> httpx2.Client:
    jeton = connecte().raise_for_status().json()["access_token"]
    anonyme.headers["Authorization"] = f"Bearer {jeton}"
    return anonyme
