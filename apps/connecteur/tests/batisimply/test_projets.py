"""Projects, against the simulator: read whole in every style, created and replaced without touching people's fields."""

import copy
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banc.batisimply import Comportement, Projet, ServeurBatisimply
from connecteur.batisimply.client import ClientBatisimply
from connecteur.batisimply.mapping import apprend_orthographe, lit_projet, nouveau_projet, pose
from connecteur.domain.chantier import CHAMPS, Champs, Position
from connecteur.domain.lien import Cloture
from connecteur.errors import EnregistrementRefuse, ReponseIllisible, ReponseIncertaine
from connecteur.settings import ReglagesCreation

from .conftest import LENT, TOITURE, Dit, Ouvre, reglages, scripte

COMPLETS: Champs = {
    "code": "CH000042",
    "nom": "Surélévation « Les Érables »",
    "client": "SCI d’Aÿ",
    "debut": "2025-06-24",
    "fin": "2025-12-31",
    "heures_vendues": "87.25",
    "rue": "12 bis quai Perrache",
    "code_postal": "69002",
    "ville": "Lyon",
    "commentaire": "Accès par la cour",
}


def deux_cents(nombre: int = 207) -> list[Projet]:
    return [{"id": n, "projectCode": f"CH{n:06}", "projectName": f"Chantier {n}"} for n in range(1, nombre + 1)]


@pytest.mark.parametrize("noms", ["longs", "courts"])
def test_every_field_we_compare_is_read_in_either_spelling(
    serveur: ServeurBatisimply, client: ClientBatisimply, noms: str
) -> None:
    serveur.comportement = Comportement(noms=noms)
    projet = client.read_projets()[0]
    assert projet.champs == {
        "code": "CH000001",
        "nom": "Réfection d’une toiture",
        "client": "M. Élie",
        "debut": "2025-06-02",
        "fin": "2025-09-30",
        "heures_vendues": "120.5",
        "rue": "3 rue de l’Église",
        "code_postal": "69003",
        "ville": "Lyon",
        "commentaire": "Clé chez la gardienne",
    }
    assert set(projet.champs) == set(CHAMPS)
    assert (projet.id, projet.archive, projet.termine) == (1, False, False)
    assert projet.modifie_le is not None
    assert projet.modifie_le.tzinfo is not None
    assert client.read_projet(1) == projet


def test_an_archived_project_is_told_as_such_and_an_empty_one_says_nothing(client: ClientBatisimply) -> None:
    projet = client.read_projets()[1]
    assert projet.archive
    assert projet.champs == dict.fromkeys(CHAMPS) | {"nom": "Sans code"}


@pytest.mark.parametrize("enveloppe", ["elements", "content", "data", "items", "liste"])
def test_the_list_is_found_under_every_name_seen(
    serveur: ServeurBatisimply, client: ClientBatisimply, enveloppe: str
) -> None:
    serveur.comportement = Comportement(enveloppe_projets=enveloppe)
    assert [projet.id for projet in client.read_projets()] == [1, 2, 3]


@pytest.mark.parametrize("enveloppe", ["elements", "liste"])
@pytest.mark.parametrize(
    "style",
    [
        (True, True, 50, 2000),  # pages with a total
        (True, True, 500, 20),  # a total, and sizes cut by the server
        (True, False, 50, 2000),  # pages without a total
        (True, False, 500, 20),  # no total, sizes cut by the server: nothing says that there is more
        (True, False, 500, 2000),  # everything fits one page
        (False, False, 50, 2000),  # `page` and `size` ignored
    ],
)
def test_all_projects_come_once_whatever_the_style(
    serveur: ServeurBatisimply, ouvre: Ouvre, enveloppe: str, style: tuple[bool, bool, int, int]
) -> None:
    pages, total, taille, maximum = style
    serveur.depot.charge([], deux_cents(), [])
    serveur.comportement = Comportement(
        enveloppe_projets=enveloppe, pages_projets=pages, total=total, taille_page_max=maximum
    )
    client = ouvre(serveur.url, taille_page=taille)
    for _ in range(2):
        projets = client.read_projets()
        assert [projet.id for projet in projets] == list(range(1, 208))
        assert client.read_codes_projets() == {projet.id: projet.champs["code"] or "" for projet in projets}


def test_a_tenant_without_projects_is_an_empty_list(serveur: ServeurBatisimply, client: ClientBatisimply) -> None:
    serveur.depot.charge([], [], [])
    assert client.read_projets() == []
    serveur.comportement = Comportement(pages_projets=False)
    assert client.read_projets() == []


def test_a_project_that_does_not_exist_is_none(client: ClientBatisimply) -> None:
    assert client.read_projet(999) is None


def test_a_created_project_holds_what_we_said_and_nothing_invented(serveur: ServeurBatisimply, ouvre: Ouvre) -> None:
    cree = ouvre(serveur.url, siege_id=7).create_projet(COMPLETS)
    assert cree.champs == COMPLETS
    stocke = serveur.depot.read_projet(cree.id)
    assert stocke is not None
    connus = {cle: valeur for cle, valeur in stocke.items() if valeur not in (None, False)}
    assert connus.keys() == {
        "id", "projectCode", "projectName", "customerName", "startEstimated", "endEstimated", "hoursSold", "address",
        "headQuarter", "status", "lastModifiedDate", "comment",
    }  # fmt: skip
    assert connus["headQuarter"] == {"id": 7}
    assert connus["address"]["countryCode"] == "FR"


def test_a_created_project_takes_the_spelling_of_those_there(
    serveur: ServeurBatisimply, client: ClientBatisimply
) -> None:
    serveur.comportement = Comportement(noms="courts")
    client.read_projets()
    assert client.create_projet(COMPLETS).champs == COMPLETS


@pytest.mark.parametrize("noms", ["longs", "courts"])
def test_what_people_set_survives_a_replacement(
    serveur: ServeurBatisimply, client: ClientBatisimply, noms: str
) -> None:
    serveur.comportement = Comportement(noms=noms)
    avant = serveur.depot.read_projet(1)
    projet = client.read_projet(1)
    assert projet is not None
    brut = copy.deepcopy(projet.brut)
    apres = client.replace_projet(projet, {"nom": "Toiture et zinguerie", "fin": None, "heures_vendues": "130"})
    assert projet.brut == brut, "what was read is not changed underneath"
    assert apres.champs == projet.champs | {"nom": "Toiture et zinguerie", "fin": None, "heures_vendues": "130"}
    stocke = serveur.depot.read_projet(1)
    assert avant is not None
    assert stocke is not None
    change = {"projectName": "Toiture et zinguerie", "endEstimated": None, "hoursSold": 130}
    assert stocke == avant | change | {"lastModifiedDate": stocke["lastModifiedDate"]}


def test_the_place_on_the_map_survives_a_change_of_street(serveur: ServeurBatisimply, client: ClientBatisimply) -> None:
    projet = client.read_projet(1)
    assert projet is not None
    client.replace_projet(projet, {"rue": "5 rue de l’Église", "ville": "Villeurbanne"})
    stocke = serveur.depot.read_projet(1)
    assert stocke is not None
    assert stocke["address"] == TOITURE["address"] | {"street": "5 rue de l’Église", "city": "Villeurbanne"}


def test_a_project_without_an_address_is_given_one_only_when_there_is_one(
    serveur: ServeurBatisimply, client: ClientBatisimply
) -> None:
    projet = client.read_projet(3)
    assert projet is not None
    client.replace_projet(projet, {"rue": "", "ville": "", "nom": "Extension sud"})
    assert (serveur.depot.read_projet(3) or {})["address"] is None
    client.replace_projet(projet, {"ville": "Bron"})
    assert (serveur.depot.read_projet(3) or {})["address"]["city"] == "Bron"


def test_a_project_deleted_meanwhile_is_refused_alone(client: ClientBatisimply) -> None:
    projet = client.read_projet(1)
    assert projet is not None
    disparu = lit_projet(projet.brut | {"id": 999})
    with pytest.raises(EnregistrementRefuse, match="n’existe plus"):
        client.replace_projet(disparu, {"nom": "Autre"})


def test_eight_threads_create_and_replace_at_once(serveur: ServeurBatisimply, client: ClientBatisimply) -> None:
    def travaille(n: int) -> str | None:
        cree = client.create_projet({"code": f"CH{n}", "nom": f"Chantier {n}"})
        relu = client.read_projet(cree.id)
        assert relu is not None
        return client.replace_projet(relu, {"ville": f"Ville {n}"}).champs["ville"]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(travaille, range(40))) == [f"Ville {n}" for n in range(40)]
    assert serveur.appels.total("POST /auth/token") == 1
    assert serveur.depot.count_projets() == 43


# --- answers the simulator does not give ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "reponse",
    [
        Dit(b'{"id":12}', 201),
        Dit(b"12", 201),
        Dit(b'"12"', 201),
        Dit(b"", 201, {"Location": "/api/project/12"}),
        Dit(b"", 201, {"Location": "https://api.exemple.fr/api/project/12/"}),
    ],
)
def test_a_creation_answered_in_short_is_read_again(ouvre: Ouvre, reponse: Dit) -> None:
    entier = {"id": 12, "projectCode": "CH12", "projectName": "Douze", "projectColor": "#000000"}
    suite = {"POST": reponse, "GET": Dit(json.dumps(entier).encode())}
    with scripte(lambda requete: suite[requete.methode]) as faux:
        projet = ouvre(faux.url).create_projet({"code": "CH12", "nom": "Douze"})
    assert projet.brut == entier
    assert len(faux.appels("/api/project/12")) == 1


@pytest.mark.parametrize("corps", [b"", b"{}", b'{"id":null}', b"[]", b'{"id":true}', b'{"id":12}'])
def test_a_creation_that_shows_nothing_is_uncertain(ouvre: Ouvre, corps: bytes) -> None:
    suite = {"POST": Dit(corps, 201), "GET": Dit(b"", 404)}
    with scripte(lambda requete: suite[requete.methode]) as faux, pytest.raises(ReponseIncertaine):
        ouvre(faux.url).create_projet({"code": "CH12", "nom": "Douze"})


def test_a_replacement_answered_by_nothing_is_read_again(ouvre: Ouvre) -> None:
    suite = {"PUT": Dit(b"", 204, {}), "GET": Dit(b'{"id":1,"projectName":"Neuf"}')}
    with scripte(lambda requete: suite[requete.methode]) as faux:
        assert ouvre(faux.url).replace_projet(lit_projet({"id": 1}), {"nom": "Neuf"}).champs["nom"] == "Neuf"
    (put,) = [requete for requete in faux.recues if requete.methode == "PUT"]
    assert json.loads(put.corps) == {"id": 1, "projectName": "Neuf"}


@pytest.mark.parametrize(
    "element", [7, None, [], {}, {"id": None}, {"id": "douze"}, {"id": 1.5}, {"id": True}, {"id": 10**30}]
)
def test_a_project_without_an_id_makes_the_list_unreadable_by_name(ouvre: Ouvre, element: object) -> None:
    if isinstance(element, dict):
        element["projectName"] = "Le coupable"
    corps = json.dumps({"elements": [{"id": 1}, element]}).encode()
    with scripte(lambda _: Dit(corps)) as faux, pytest.raises(ReponseIllisible) as info:
        ouvre(faux.url).read_projets()
    assert not isinstance(element, dict) or "Le coupable" in info.value.message


@pytest.mark.parametrize("corps", [b"{}", b'{"elements":null}', b'{"autre":[]}', b"12", b'"texte"', b"null"])
def test_an_answer_that_is_not_a_list_says_what_was_expected(ouvre: Ouvre, corps: bytes) -> None:
    with scripte(lambda _: Dit(corps)) as faux, pytest.raises(ReponseIllisible) as info:
        ouvre(faux.url).read_projets()
    assert "elements" in info.value.detail


def test_another_project_in_the_place_of_the_one_asked_for_is_refused(ouvre: Ouvre) -> None:
    with scripte(lambda _: Dit(b'{"id":2}')) as faux, pytest.raises(ReponseIllisible, match="n° 2"):
        ouvre(faux.url).read_projet(1)


# --- mapping ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("brut", "champ", "attendu"),
    [
        ({"startEstimated": "2025-06-23T22:00:00Z"}, "debut", "2025-06-24"),
        ({"startEstimated": "2025-06-24T00:00:00"}, "debut", "2025-06-24"),
        ({"startEstimated": "24/06/2025"}, "debut", "24/06/2025"),
        ({"startEstimated": None, "startDate": "2025-06-24"}, "debut", "2025-06-24"),
        ({"startEstimated": "2025-06-24", "startDate": "2024-01-01"}, "debut", "2025-06-24"),
        ({"endDate": ""}, "fin", ""),
        ({"hoursSold": 7.50}, "heures_vendues", "7.5"),
        ({"hoursSold": 100}, "heures_vendues", "100"),
        ({"hoursSold": "12.0"}, "heures_vendues", "12"),
        ({"hoursSold": 0}, "heures_vendues", "0"),
        ({"hoursSold": "beaucoup"}, "heures_vendues", "beaucoup"),
        ({"hoursSold": 1e300}, "heures_vendues", "1e+300"),
        ({"projectCode": 42}, "code", "42"),
        ({"projectCode": " CH1\u0000 "}, "code", "CH1"),
        ({"address": "ailleurs"}, "ville", None),
    ],
)
def test_a_field_is_read_as_one_canonical_text(brut: dict[str, Any], champ: str, attendu: str | None) -> None:
    assert lit_projet({"id": 1} | brut).champs[champ] == attendu


def test_an_object_that_uses_both_spellings_is_written_where_it_was_read() -> None:
    brut = {"id": 1, "startEstimated": None, "startDate": "2025-01-01", "projectName": "A", "name": "alias"}
    objet = pose(brut, {"debut": "2025-06-24", "nom": "B"}, {})
    assert objet == brut | {"startDate": "2025-06-24", "projectName": "B"}


def test_the_spelling_is_learned_from_most_projects() -> None:
    courts = [lit_projet({"id": n, "name": "x", "startDate": None, "endDate": None}) for n in range(2)]
    longs = [lit_projet({"id": 9, "projectName": "x"})]
    appris = apprend_orthographe([*longs, *courts])
    assert (appris["nom"], appris["debut"], appris["fin"]) == ("name", "startDate", "endDate")
    assert apprend_orthographe([])["nom"] == "projectName"
    assert pose({"id": 1}, {"nom": "y"}, appris) == {"id": 1, "name": "y"}


def test_a_new_project_says_nothing_empty() -> None:
    champs: Champs = {"code": "CH1", "nom": "A", "fin": None, "rue": "", "ville": ""}
    assert nouveau_projet(champs, {}, creation=ReglagesCreation()) == {"projectCode": "CH1", "projectName": "A"}
    belge = nouveau_projet({"nom": "A", "ville": "Mons", "code_postal": "7000"}, {}, creation=ReglagesCreation())
    assert belge["address"] == {"city": "Mons", "postalCode": "7000"}


CREATION = ReglagesCreation(
    responsable_id="3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    couleur="#2E86AB",
    budget_montant=15000,
    budget_devise="CHF",
    pays="CH",
)


def test_a_created_project_gets_what_the_settings_give_and_a_later_change_gives_it_no_more(
    serveur: ServeurBatisimply,
) -> None:
    with ClientBatisimply(reglages(serveur.url), siege_id=7, creation=CREATION) as client:
        cree = client.create_projet(COMPLETS)
        assert cree.position is None
        stocke = serveur.depot.read_projet(cree.id)
        assert stocke is not None
        assert stocke["projectManager"]["id"] == CREATION.responsable_id
        assert (stocke["projectColor"], stocke["budget"]) == ("#2E86AB", {"amount": 15000.0, "currency": "CHF"})
        assert stocke["address"]["countryCode"] == "CH"
        situe = client.create_projet(COMPLETS, Position(4.83, 45.75))
        assert situe.position == Position(4.83, 45.75)
        lu = client.read_projet(1)
        assert lu is not None
        client.replace_projet(lu, {"nom": "Autre"})
        autre = serveur.depot.read_projet(1)
        assert autre is not None
        assert autre["budget"] == TOITURE["budget"]


def test_a_project_is_closed_opened_again_and_moved_without_losing_anything(
    serveur: ServeurBatisimply, client: ClientBatisimply
) -> None:
    avant, projet = serveur.depot.read_projet(1), client.read_projet(1)
    assert avant is not None
    assert projet is not None
    ferme = client.replace_projet(projet, {}, {Cloture.TERMINE: True, Cloture.ARCHIVE: True}, Position(4.83, 45.75))
    assert (ferme.termine, ferme.archive, ferme.position) == (True, True, Position(4.83, 45.75))
    rouvert = client.replace_projet(ferme, {}, {Cloture.TERMINE: False})
    assert (rouvert.termine, rouvert.archive) == (False, True)
    stocke = serveur.depot.read_projet(1)
    assert stocke is not None
    adresse = avant["address"] | {"geoPoint": {"xLon": 4.83, "yLat": 45.75}}
    assert stocke == avant | {
        "isArchived": True,
        "address": adresse,
        "lastModifiedDate": stocke["lastModifiedDate"],
    }


@pytest.mark.parametrize("point", [None, 3, {}, {"xLon": "2", "yLat": 48}, {"xLon": 2}])
def test_a_place_that_cannot_be_read_is_none(point: object) -> None:
    assert lit_projet({"id": 1, "address": {"geoPoint": point}}).position is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda enfants: st.lists(enfants, max_size=3) | st.dictionaries(st.text(max_size=8), enfants, max_size=3),
    max_leaves=8,
)
CLES = st.sampled_from(
    ["projectCode", "projectName", "name", "startDate", "startEstimated", "endDate", "hoursSold", "address", "comment"]
)
TEXTES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=20)


@LENT
@given(st.dictionaries(CLES, JSON), st.fixed_dictionaries({}, optional=dict.fromkeys(["code", "nom", "ville"], TEXTES)))
def test_laying_fields_over_any_object_changes_these_fields_only(brut: dict[str, Any], champs: Champs) -> None:
    lu = lit_projet({"id": 1} | brut)
    pose_ = pose(lu.brut, champs, {})
    relu = lit_projet(pose_)
    assert all(relu.champs[champ] == valeur for champ, valeur in champs.items())
    touches = {champ for champ in CHAMPS if relu.champs[champ] != lu.champs[champ]}
    assert touches <= champs.keys()
    assert {cle for cle in brut if pose_.get(cle) != brut[cle]} <= {"projectCode", "projectName", "name", "address"}
    assert json.loads(json.dumps(pose_, allow_nan=False)) == pose_
