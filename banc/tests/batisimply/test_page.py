"""The page where a person plays the site."""

import re

import httpx2
import pytest

from banc.batisimply import Creneau, ServeurBatisimply

LEA = "5b6f3c1e-0000-4000-8000-000000000001"


def formulaire(**autres: str) -> dict[str, str]:
    champs = {
        "debut": "2025-06-24T08:00", "fin": "2025-06-24T12:30", "minutes": "", "utilisateur": LEA,
        "projet": "ch000003", "statut": "VALIDATED", "panier": "on",
    }  # fmt: skip
    return champs | autres


def test_the_day_shown_is_a_local_day(anonyme: httpx2.Client) -> None:
    page = anonyme.get("/", params={"jour": "2025-06-24"}).text
    assert "Mardi 24/06/2025" in page
    # 22:00 UTC the day before is midnight in Paris; 21:59:59 UTC is the end of the day; 22:00 is the next day.
    assert re.findall(r"creneaux/(\d+)/statut", page) == ["1", "2", "3"]


def test_the_last_day_with_a_slot_is_shown_first(anonyme: httpx2.Client) -> None:
    assert "Mercredi 25/06/2025" in anonyme.get("/").text


@pytest.mark.parametrize(
    ("filtre", "attendus"),
    [
        ({"salarie": "oury"}, ["2"]),
        ({"projet": "CH000001"}, ["1"]),
        ({"projet": "toiture"}, ["1"]),
        ({"statut": "PENDING"}, ["2"]),
        ({"statut": "n’importe quoi"}, ["1", "2", "3"]),
        ({"salarie": "personne"}, []),
    ],
)
def test_filters_narrow_the_day(anonyme: httpx2.Client, filtre: dict[str, str], attendus: list[str]) -> None:
    page = anonyme.get("/", params={"jour": "2025-06-24"} | filtre).text
    assert re.findall(r"creneaux/(\d+)/statut", page) == attendus


def test_a_slot_is_added_changed_validated_withdrawn_and_deleted(
    anonyme: httpx2.Client, serveur: ServeurBatisimply
) -> None:
    def etat() -> tuple[object, ...]:
        ligne = serveur.depot.read_creneau(5)
        return (
            ()
            if ligne is None
            else tuple(ligne[nom] for nom in ("debut", "fin", "code", "statut", "minutes", "panier"))
        )

    ajout = anonyme.post("/creneaux", data=formulaire())
    assert (ajout.status_code, ajout.headers["location"]) == (303, "/?jour=2025-06-24&fait=ajoute")
    assert etat() == ("2025-06-24T06:00:00Z", "2025-06-24T10:30:00Z", "CH000003", "VALIDATED", 270, 1)
    page = anonyme.get("/creneaux/5").text
    assert 'value="2025-06-24T08:00"' in page
    assert "3 — CH000003 — Extension" in page
    anonyme.post("/creneaux/5", data=formulaire(minutes="240", projet="1 — CH000001 — Réfection d’une toiture"))
    assert etat() == ("2025-06-24T06:00:00Z", "2025-06-24T10:30:00Z", "CH000001", "VALIDATED", 240, 1)
    anonyme.post("/creneaux/5/statut", data={"statut": "PENDING"})
    assert etat()[3] == "PENDING"
    anonyme.post("/creneaux/5/statut", data={"statut": "VALIDATED"})
    assert etat()[3] == "VALIDATED"
    anonyme.post("/creneaux/5/supprimer")
    assert etat() == ()


def test_saving_a_slot_unchanged_moves_nothing_in_the_hour_that_comes_twice(
    anonyme: httpx2.Client, serveur: ServeurBatisimply
) -> None:
    seconde = Creneau(
        None, "2025-10-26T01:30:20Z", "2025-10-26T01:50:00Z", LEA, 3, "VALIDATED", 15, trajet=False, panier=False
    )
    ident = serveur.depot.save_creneau(seconde)
    champs = formulaire(debut="2025-10-26T02:30", fin="2025-10-26T02:50", minutes="15")
    del champs["panier"]
    assert anonyme.post(f"/creneaux/{ident}", data=champs).status_code == 303
    ligne = serveur.depot.read_creneau(ident)
    assert ligne is not None
    assert (ligne["debut"], ligne["fin"]) == (seconde.debut, seconde.fin)


@pytest.mark.parametrize(
    "faute",
    [
        {"debut": "hier"},
        {"debut": "0001-01-01T00:00"},
        {"fin": "2025-06-24T07:00"},
        {"fin": ""},
        {"minutes": "-5"},
        {"minutes": "99999"},
        {"utilisateur": "personne"},
        {"projet": "INCONNU"},
        {"statut": "AUTRE"},
    ],
)
def test_a_wrong_entry_is_shown_again_with_the_reason(
    anonyme: httpx2.Client, serveur: ServeurBatisimply, faute: dict[str, str]
) -> None:
    reponse = anonyme.post("/creneaux", data=formulaire(**faute))
    assert reponse.status_code == 400
    assert 'role="alert"' in reponse.text
    assert serveur.depot.read_creneau(5) is None


def test_editing_a_project_keeps_what_the_form_does_not_show(
    anonyme: httpx2.Client, serveur: ServeurBatisimply
) -> None:
    projet = serveur.depot.create_projet(
        {
            "projectName": "Avant", "projectCode": "C9", "budget": {"amount": 5.0, "currency": "EUR"},
            "address": {"street": "1 rue A", "geoPoint": {"xLon": 2.0, "yLat": 48.0}}, "hoursSold": 10.5,
        }
    )  # fmt: skip
    adresse = f"/projets/{projet['id']}"
    assert "10,5" in anonyme.get(adresse).text
    champs = {
        "nom": "Après", "code": "C9", "client": "Mairie", "rue": "2 rue B", "ville": "Évry", "heures_vendues": "12,25",
        "avec_couleur": "on", "couleur": "#336699", "responsable": LEA, "debut": "2025-01-02", "archive": "on",
    }  # fmt: skip
    assert anonyme.post(adresse, data=champs).status_code == 303
    apres = serveur.depot.read_projet(projet["id"])
    assert apres is not None
    assert (apres["projectName"], apres["hoursSold"], apres["isArchived"]) == ("Après", 12.25, True)
    assert (apres["projectColor"], apres["projectManager"]["lastName"]) == ("#336699", "D’Artois")
    assert apres["budget"] == {"amount": 5.0, "currency": "EUR"}
    assert apres["address"]["geoPoint"] == {"xLon": 2.0, "yLat": 48.0}
    refus = anonyme.post(adresse, data=champs | {"nom": " ", "fin": "2024-01-01"})
    assert refus.status_code == 400
    assert "Le nom manque" in refus.text
    assert serveur.depot.read_projet(projet["id"]) == apres


def test_a_deleted_project_leaves_its_slots_without_one(anonyme: httpx2.Client, serveur: ServeurBatisimply) -> None:
    adresse = "/projets/1/supprimer"
    assert f'formaction="{adresse}"' in anonyme.get("/projets/1").text
    reponse = anonyme.post(adresse)
    assert reponse.status_code == 303
    assert "est supprimé" in anonyme.get(reponse.headers["location"]).text
    assert serveur.depot.read_projet(1) is None
    assert "1" not in {str(ligne["projet"]) for ligne in serveur.depot.list_creneaux("2000", "2100")}
    assert anonyme.post(adresse).status_code == 404


def test_projects_are_searched_and_paged(anonyme: httpx2.Client, serveur: ServeurBatisimply) -> None:
    for numero in range(60):
        serveur.depot.create_projet({"projectName": f"Chantier {numero}", "projectCode": f"P{numero:03}"})
    assert "63 projets" in anonyme.get("/projets").text
    assert "Page 2 sur 2" in anonyme.get("/projets", params={"page": "2"}).text
    assert "Page 2 sur 2" in anonyme.get("/projets", params={"page": "99999999"}).text
    assert "Page 1 sur 2" in anonyme.get("/projets", params={"page": "-1"}).text
    assert "1 projet." in anonyme.get("/projets", params={"recherche": "p007"}).text


def test_everything_shown_is_escaped(anonyme: httpx2.Client, serveur: ServeurBatisimply) -> None:
    piege = "<script>alert(1)</script>\"'"
    serveur.depot.create_projet({"projectName": piege, "projectCode": piege, "comment": piege})
    anonyme.post("/creneaux", data=formulaire(projet="4 — x"))
    adresses = ["/?jour=2025-06-24", "/projets", "/projets/4", "/creneaux/5", "/creneaux/nouveau"]
    adresses += [f"/?salarie={piege}&jour={piege}", f"/projets?recherche={piege}"]
    for adresse in adresses:
        reponse = anonyme.get(adresse)
        assert reponse.status_code == 200
        assert "<script" not in reponse.text
        assert "default-src 'none'" in reponse.headers["content-security-policy"]


@pytest.mark.parametrize(
    "adresse", ["/creneaux/99", "/projets/99", "/creneaux/99/statut", "/creneaux/99/supprimer", "/creneaux/1/statut"]
)
def test_what_is_not_there_is_said_on_a_page(anonyme: httpx2.Client, adresse: str) -> None:
    demande = "POST" if adresse.count("/") == 3 else "GET"
    reponse = anonyme.request(demande, adresse)
    assert reponse.status_code == 404
    assert "n’existe pas" in reponse.text


@pytest.mark.parametrize("jour", ["0001-01-01", "9999-12-31", "hier", "2025-02-30"])
def test_any_day_can_be_asked_for(anonyme: httpx2.Client, jour: str) -> None:
    assert anonyme.get("/", params={"jour": jour}).status_code == 200


def test_the_style_comes_from_here(anonyme: httpx2.Client) -> None:
    assert anonyme.get("/statique/style.css").headers["content-type"].startswith("text/css")
