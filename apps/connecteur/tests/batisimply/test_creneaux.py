"""Slots: read whole, parsed one by one, counted once, and never lost in silence."""

import contextlib
import copy
import json
import string
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banc.batisimply import Comportement, Genre, Panne, ServeurBatisimply
from banc.batisimply import Creneau as CreneauBanc
from connecteur.batisimply.client import ClientBatisimply
from connecteur.batisimply.creneaux import TrancheRecue, lit_creneaux
from connecteur.domain.heure import Creneau
from connecteur.errors import ErreurConnecteur, ReponseIllisible
from connecteur.sync.ports import Lecture

from .conftest import LEA, LENT, MARC, PROJETS, Dit, Ouvre, reglages, scripte

DEBUT, FIN = datetime(2025, 6, 23, 22, tzinfo=UTC), datetime(2025, 6, 24, 22, tzinfo=UTC)
BRUT: dict[str, Any] = {
    "id": 1,
    "startDate": "2025-06-24T06:00:00Z",
    "endDate": "2025-06-24T10:30:00Z",
    "user": {"id": LEA.id, "firstName": "Léa", "lastName": "D’Artois"},
    "project": {"id": 12, "projectCode": "CH000012"},
    "managementStatus": "VALIDATED",
    "totalTimeMinutes": 270,
    "hasPackedLunch": True,
    "hasHomeToWorkJourney": False,
}
SANS = object()


def brut(**champs: object) -> dict[str, Any]:
    """A slot with these fields changed, or left out (`SANS`)."""
    return {cle: valeur for cle, valeur in (copy.deepcopy(BRUT) | champs).items() if valeur is not SANS}


def lit(*elements: object) -> Lecture:
    return TrancheRecue([json.dumps(elements).encode()]).lit()


def mille(nombre: int = 300) -> list[CreneauBanc]:
    jour = datetime(2025, 6, 24, tzinfo=UTC)
    return [
        CreneauBanc(
            n, f"{jour + timedelta(minutes=n):%Y-%m-%dT%H:%M:%SZ}", None, LEA.id, 1, "VALIDATED", n,
            trajet=False, panier=False,
        )
        for n in range(1, nombre + 1)
    ]  # fmt: skip


# --- against the simulator ---------------------------------------------------------------------------------


def test_a_slice_comes_as_the_domain_knows_it(client: ClientBatisimply) -> None:
    lecture = client.read_tranche(DEBUT, FIN).lit()
    assert lecture.illisibles == []
    assert all(creneau.modifie_le is not None for creneau in lecture.creneaux)
    assert [creneau._replace(modifie_le=None) for creneau in lecture.creneaux] == [
        Creneau(
            id="1", debut=DEBUT, fin=DEBUT + timedelta(hours=1), utilisateur=LEA.id, nom_utilisateur="Léa D’Artois",
            projet_id=1, code_projet="CH000001", statut="VALIDATED", minutes=60, trajet=True, panier=False,
        ),
        Creneau(
            id="2", debut=datetime(2025, 6, 24, 6, 30, tzinfo=UTC), fin=datetime(2025, 6, 24, 8, tzinfo=UTC),
            utilisateur=MARC.id, nom_utilisateur="Marc Oury", projet_id=2, code_projet=None, statut="PENDING",
            minutes=90, trajet=False, panier=False,
        ),
        Creneau(
            id="3", debut=datetime(2025, 6, 24, 21, 59, 59, tzinfo=UTC), fin=None, utilisateur=LEA.id,
            nom_utilisateur="Léa D’Artois", projet_id=None, code_projet=None, statut="VALIDATED", minutes=0,
            trajet=False, panier=True,
        ),
    ]  # fmt: skip


def test_both_ends_are_asked_for_with_their_zone(ouvre: Ouvre) -> None:
    with scripte(lambda _: Dit()) as faux:
        paris = timezone(timedelta(hours=2))
        ouvre(faux.url).read_tranche(datetime(2025, 6, 24, tzinfo=paris), datetime(2025, 6, 25, 0, 0, 1, tzinfo=paris))
    params = faux.appels("/api/timeSlotManagement/allUsers")[0].params
    assert (params["startDate"], params["endDate"]) == ("2025-06-23T22:00:00Z", "2025-06-24T22:00:01Z")


def test_equal_answers_have_equal_digests_and_a_change_has_another(
    serveur: ServeurBatisimply, client: ClientBatisimply
) -> None:
    premiere, seconde = client.read_tranche(DEBUT, FIN), client.read_tranche(DEBUT, FIN)
    assert premiere.empreinte == seconde.empreinte
    serveur.depot.set_statut(2, "VALIDATED")
    assert client.read_tranche(DEBUT, FIN).empreinte != premiere.empreinte


def test_the_digest_tells_where_a_page_ends() -> None:
    assert TrancheRecue([b"[1]", b"[2]"]).empreinte != TrancheRecue([b"[1][2]"]).empreinte
    assert TrancheRecue([b"[1]", b"[2]"]).empreinte != TrancheRecue([b"[2]", b"[1]"]).empreinte


@pytest.mark.parametrize("enveloppe", ["elements", "content", "data", "items", "liste"])
def test_the_list_is_found_under_every_name_seen(
    serveur: ServeurBatisimply, client: ClientBatisimply, enveloppe: str
) -> None:
    serveur.comportement = Comportement(enveloppe_creneaux=enveloppe)
    assert [creneau.id for creneau in client.read_tranche(DEBUT, FIN).lit().creneaux] == ["1", "2", "3"]


@pytest.mark.parametrize("enveloppe", ["elements", "liste"])
@pytest.mark.parametrize(
    "style",
    [(True, True, 50, 2000), (True, True, 500, 20), (True, False, 50, 2000), (True, False, 500, 20),
     (True, True, 500, 2000), (False, False, 50, 2000), (False, False, 500, 2000)],
)  # fmt: skip
def test_every_slot_comes_once_whatever_the_style(
    serveur: ServeurBatisimply, ouvre: Ouvre, enveloppe: str, style: tuple[bool, bool, int, int]
) -> None:
    pages, total, taille, maximum = style
    serveur.depot.charge([LEA], PROJETS, mille())
    serveur.comportement = Comportement(
        enveloppe_creneaux=enveloppe, pages_creneaux=pages, total=total, taille_page_max=maximum
    )
    client = ouvre(serveur.url, taille_page=taille)
    for _ in range(2):
        lecture = client.read_tranche(datetime(2025, 6, 24, tzinfo=UTC), datetime(2025, 6, 25, tzinfo=UTC)).lit()
        assert [creneau.minutes for creneau in lecture.creneaux] == list(range(1, 301))
        assert lecture.illisibles == []


def test_a_server_that_ignores_pages_is_asked_once_per_slice_after_the_first(
    serveur: ServeurBatisimply, client: ClientBatisimply
) -> None:
    serveur.depot.charge([LEA], PROJETS, mille())
    for _ in range(4):
        client.read_tranche(datetime(2025, 6, 24, tzinfo=UTC), datetime(2025, 6, 25, tzinfo=UTC))
    assert serveur.appels.total("GET /api/timeSlotManagement/allUsers") == 5


@pytest.mark.parametrize("nombre", [0, 1, 3])
def test_a_long_slice_finds_out_about_pages_on_its_first_day_when_there_is_work(
    serveur: ServeurBatisimply, client: ClientBatisimply, nombre: int
) -> None:
    du_jour = [
        replace(creneau, id=1000 + rang, debut=f"2025-06-21T{rang + 8:02d}:00:00Z")
        for rang, creneau in enumerate(mille(nombre))
    ]
    serveur.depot.charge([LEA], PROJETS, [*mille(), *du_jour])
    for _ in range(4):
        tranche = client.read_tranche(datetime(2025, 6, 21, tzinfo=UTC), datetime(2025, 6, 28, tzinfo=UTC))
        assert len(tranche.lit().creneaux) == 300 + nombre
    assert serveur.appels.total("GET /api/timeSlotManagement/allUsers") == 6


def test_threads_that_begin_together_find_out_about_pages_once(
    serveur: ServeurBatisimply, client: ClientBatisimply
) -> None:
    serveur.depot.charge([LEA], PROJETS, mille())
    ensemble = Barrier(4)

    def lit(_: int) -> int:
        ensemble.wait(30)
        tranche = client.read_tranche(datetime(2025, 6, 24, tzinfo=UTC), datetime(2025, 6, 25, tzinfo=UTC))
        return len(tranche.lit().creneaux)

    with ThreadPoolExecutor(4) as fils:
        assert list(fils.map(lit, range(4))) == [300] * 4
    assert serveur.appels.total("GET /api/timeSlotManagement/allUsers") == 5


@pytest.mark.parametrize("genre", [Genre.COUPE, Genre.RESET, Genre.HTML])
def test_an_answer_that_is_not_whole_never_returns(
    serveur: ServeurBatisimply, client: ClientBatisimply, genre: Genre
) -> None:
    serveur.pannes.ajoute(Panne(genre=genre, chemin="/api/time*"))
    with pytest.raises(ErreurConnecteur):
        client.read_tranche(DEBUT, FIN)


# --- one slot at a time --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("champs", "raison"),
    [
        ({"startDate": SANS}, "startDate"),
        ({"startDate": None}, "startDate"),
        ({"startDate": "2025-06-24"}, "fuseau"),
        ({"startDate": "2025-06-24T06:00:00"}, "fuseau"),
        ({"startDate": "hier"}, "startDate"),
        ({"startDate": 1750744800}, "startDate"),
        ({"startDate": "9999-12-31T23:59:59-12:00"}, "possible"),
        ({"endDate": "demain"}, "endDate"),
        ({"managementStatus": SANS}, "managementStatus"),
        ({"managementStatus": 3}, "managementStatus"),
        ({"totalTimeMinutes": "270"}, "totalTimeMinutes"),
        ({"totalTimeMinutes": 270.5}, "totalTimeMinutes"),
        ({"totalTimeMinutes": True}, "totalTimeMinutes"),
        ({"totalTimeMinutes": 10**12}, "totalTimeMinutes"),
        ({"user": "Léa"}, "user"),
        ({"user": {"id": 12}}, "user.id"),
        ({"project": 12}, "project"),
        ({"project": {"id": "douze"}}, "project.id"),
        ({"project": {"id": 10**30}}, "project.id"),
        ({"project": {"id": 1, "projectCode": []}}, "projectCode"),
        ({"hasPackedLunch": "oui"}, "hasPackedLunch"),
        ({"hasHomeToWorkJourney": 1}, "hasHomeToWorkJourney"),
    ],
)
def test_a_slot_that_cannot_be_read_says_why_and_the_others_go_on(champs: dict[str, object], raison: str) -> None:
    lecture = lit(brut(id=7, **champs), brut(id=8))
    assert [creneau.id for creneau in lecture.creneaux] == ["8"]
    assert [illisible.id for illisible in lecture.illisibles] == ["7"]
    assert raison in lecture.illisibles[0].raison


@pytest.mark.parametrize("element", [None, 7, "x", [], {}, brut(id=None), brut(id=SANS), brut(id=True), brut(id=""),
                                     brut(id=[1]), brut(id=10**30), brut(id="x" * 65)])  # fmt: skip
def test_a_slot_without_an_id_is_told_without_one(element: object) -> None:
    lecture = lit(element, brut(id=8))
    assert [creneau.id for creneau in lecture.creneaux] == ["8"]
    assert [illisible.id for illisible in lecture.illisibles] == [""]


@pytest.mark.parametrize(
    ("champs", "attendus"),
    [
        ({"endDate": SANS}, {"fin": None}),
        ({"startDate": "2025-06-24T08:00:00+02:00"}, {"debut": datetime(2025, 6, 24, 6, tzinfo=UTC)}),
        ({"startDate": "2025-06-24T06:00:00.000Z"}, {"debut": datetime(2025, 6, 24, 6, tzinfo=UTC)}),
        ({"user": None}, {"utilisateur": None, "nom_utilisateur": ""}),
        ({"user": {"id": LEA.id.upper()}}, {"utilisateur": LEA.id, "nom_utilisateur": ""}),
        ({"user": {"id": "", "name": "Léa\u0000 "}}, {"utilisateur": None, "nom_utilisateur": "Léa"}),
        ({"user": {"id": "a", "lastName": "Roux"}}, {"nom_utilisateur": "Roux"}),
        ({"project": None}, {"projet_id": None, "code_projet": None}),
        ({"project": {"id": 12}}, {"projet_id": 12, "code_projet": None}),
        ({"project": {"id": 12, "projectCode": 42}}, {"code_projet": "42"}),
        ({"managementStatus": None}, {"statut": ""}),
        ({"totalTimeMinutes": 270.0}, {"minutes": 270}),
        ({"totalTimeMinutes": None}, {"minutes": None}),
        ({"totalTimeMinutes": -5}, {"minutes": -5}),
        ({"hasPackedLunch": SANS, "hasHomeToWorkJourney": None}, {"panier": False, "trajet": False}),
        ({"id": "b0c1"}, {"id": "b0c1"}),
    ],
)
def test_what_may_be_missing_or_differ_is_understood(champs: dict[str, object], attendus: dict[str, object]) -> None:
    lecture = lit(brut(**champs))
    assert lecture.illisibles == []
    (creneau,) = lecture.creneaux
    assert {nom: getattr(creneau, nom) for nom in attendus} == attendus


def test_a_slot_told_twice_alike_counts_once() -> None:
    lecture = lit(brut(), brut(comment="autre"), brut(id="1"))
    assert [creneau.minutes for creneau in lecture.creneaux] == [270]
    assert lecture.illisibles == []


@pytest.mark.parametrize("second", [brut(totalTimeMinutes=60), brut(totalTimeMinutes="illisible")])
def test_a_slot_told_in_two_ways_is_not_counted_at_all(second: dict[str, Any]) -> None:
    for elements in ((brut(), second, brut(id=2)), (second, brut(), brut(id=2))):
        lecture = lit(*elements)
        assert [creneau.id for creneau in lecture.creneaux] == ["2"]
        assert [illisible.id for illisible in lecture.illisibles] == ["1"]


def test_one_broken_name_does_not_hide_a_week() -> None:
    corps = b'[{"id":1,"startDate":"2025-06-24T06:00:00Z","managementStatus":"VALIDATED","totalTimeMinutes":60,'
    corps += b'"user":{"id":"a","firstName":"L\\ud800a"}}]'
    (creneau,) = TrancheRecue([corps]).lit().creneaux
    assert creneau.nom_utilisateur == "L?a"


@pytest.mark.parametrize(
    "corps", [b"", b"[", b"{}", b"7", b'{"elements":7}', b"[" * 100_000, b'["\xff"]', b"[" + b"9" * 5000 + b"]"]
)
def test_a_slice_that_is_no_list_is_refused(corps: bytes) -> None:
    with pytest.raises(ReponseIllisible) as info:
        TrancheRecue([corps]).lit()
    assert info.value.remede


# --- properties ------------------------------------------------------------------------------------------------

FEUILLES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
JSON = st.recursive(
    FEUILLES,
    lambda enfants: st.lists(enfants, max_size=3) | st.dictionaries(st.sampled_from([*BRUT, "name"]), enfants),
    max_leaves=10,
)
MOMENTS = st.datetimes(datetime(1950, 1, 1), datetime(2150, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
TEXTES = st.text(string.ascii_letters + "éèç’ ", max_size=20).map(str.strip)


@LENT
@given(st.lists(JSON | st.dictionaries(st.sampled_from([*BRUT]), JSON).map(lambda d: brut(**d)), max_size=6))
def test_any_json_is_read_or_told_and_never_raises(elements: list[object]) -> None:
    lecture = lit_creneaux(elements)
    lus = [creneau.id for creneau in lecture.creneaux]
    assert len(lus) == len(set(lus))
    assert not set(lus) & {illisible.id for illisible in lecture.illisibles}
    assert len(lus) + len(lecture.illisibles) <= len(elements)
    assert bool(elements) == bool(lus or lecture.illisibles)
    for creneau in lecture.creneaux:
        textes = [creneau.id, creneau.nom_utilisateur, creneau.utilisateur or "", creneau.code_projet or ""]
        "".join([*textes, creneau.statut]).encode()
        assert "\x00" not in "".join(textes)
        assert creneau.debut.utcoffset() == timedelta()


@LENT
@given(st.binary(max_size=60) | JSON.map(lambda valeur: json.dumps(valeur).encode()))
def test_any_answer_raises_the_promised_error_or_none(corps: bytes) -> None:
    with contextlib.suppress(ReponseIllisible):
        TrancheRecue([corps]).lit()


@LENT
@given(
    st.builds(
        Creneau,
        id=st.integers(0, 2**63 - 1).map(str),
        debut=MOMENTS,
        fin=st.none() | MOMENTS,
        utilisateur=st.none() | st.uuids().map(str),
        nom_utilisateur=TEXTES,
        projet_id=st.none() | st.integers(0, 2**63 - 1),
        code_projet=st.none() | TEXTES,
        statut=TEXTES,
        minutes=st.none() | st.integers(-1000, 100_000),
        trajet=st.booleans(),
        panier=st.booleans(),
        plus=st.just(()),
        modifie_le=st.none(),
    )
)
def test_every_known_field_survives_the_journey(creneau: Creneau) -> None:
    dit = {
        "id": int(creneau.id),
        "startDate": creneau.debut.isoformat(),
        "endDate": creneau.fin and creneau.fin.isoformat(),
        "user": {"id": creneau.utilisateur, "lastName": creneau.nom_utilisateur},
        "project": {"id": creneau.projet_id, "projectCode": creneau.code_projet},
        "managementStatus": creneau.statut,
        "totalTimeMinutes": creneau.minutes,
        "hasPackedLunch": creneau.panier,
        "hasHomeToWorkJourney": creneau.trajet,
    }
    lecture = lit(dit)
    assert lecture.illisibles == []
    assert lecture.creneaux == [creneau]


def test_further_fields_are_read_where_the_settings_name_them(serveur: ServeurBatisimply, ouvre: Ouvre) -> None:
    serveur.comportement = Comportement(
        champs_creneaux={"*": {"isNightWork": False, "overtimeMinutes": 0}, "1": {"isNightWork": True, "prime": 2.5}}
    )
    debut, fin = datetime(2025, 6, 1, tzinfo=UTC), datetime(2025, 7, 1, tzinfo=UTC)
    sans = ouvre(serveur.url).read_tranche(debut, fin)
    assert sans.inconnus() == {"isNightWork": "oui/non", "overtimeMinutes": "nombre", "prime": "nombre"}
    assert all(creneau.plus == () for creneau in sans.lit().creneaux)
    client = ClientBatisimply(reglages(serveur.url), champs_en_plus=["isNightWork", "prime", "rien"])
    with client:
        avec = client.read_tranche(debut, fin)
    lecture = avec.lit()
    assert avec.empreinte != sans.empreinte
    assert {c.id: c.plus for c in lecture.creneaux if c.plus} == {
        "1": (("isNightWork", Decimal(1)), ("prime", Decimal("2.5")))
    }
    assert lecture.champs_absents == {"rien"}


def test_a_further_field_that_is_no_number_makes_its_slot_unreadable() -> None:
    dit = {"id": 1, "startDate": "2025-06-24T06:00:00Z", "managementStatus": "VALIDATED", "nuit": "oui"}
    (illisible,) = lit_creneaux([dit], ("nuit",)).illisibles
    assert "nuit" in illisible.raison
    assert lit_creneaux([{**dit, "nuit": float("nan")}], ("nuit",)).illisibles
    assert lit_creneaux([{**dit, "nuit": None}], ("nuit",)).creneaux
