"""Lists that move, lie or never end: whole or an error, never a part taken for the whole."""

import json
from collections.abc import Callable
from itertools import count

import pytest

from connecteur.batisimply import pages
from connecteur.errors import ReponseIllisible, ServiceInjoignable

from .conftest import Dit, Ouvre, Requete, scripte

JSON = {"Content-Type": "application/json"}


def liste(*idents: int, **entetes: str) -> Dit:
    corps = json.dumps([{"id": ident} for ident in idents]).encode()
    return Dit(corps, 200, JSON | {nom.replace("_", "-"): valeur for nom, valeur in entetes.items()})


def lus(ouvre: Ouvre, script: Callable[[Requete], Dit], taille: int = 2) -> list[int]:
    with scripte(script) as faux:
        return [projet.id for projet in ouvre(faux.url, taille_page=taille).read_projets()]


def decoupe(requete: Requete, idents: list[int]) -> list[int]:
    page, taille = int(requete.params["page"]), int(requete.params["size"])
    return idents[page * taille : (page + 1) * taille]


def test_a_total_that_changes_between_pages_makes_the_reading_start_again(ouvre: Ouvre) -> None:
    tour = count()

    def script(requete: Requete) -> Dit:
        # After the first page, somebody deletes record 1: record 3 slips onto the page already read.
        idents = [1, 2, 3, 4, 5] if next(tour) == 0 else [2, 3, 4, 5]
        return liste(*decoupe(requete, idents), X_Total_Count=str(len(idents)))

    assert lus(ouvre, script) == [2, 3, 4, 5]


def test_as_many_records_as_announced_are_not_enough_when_the_total_changed(ouvre: Ouvre) -> None:
    tour = count()

    def script(requete: Requete) -> Dit:
        # Record 1 goes, 5 and 6 come: the second page brings the count to four, and 3 was never seen.
        idents = [1, 2, 3, 4] if next(tour) == 0 else [2, 3, 4, 5, 6]
        return liste(*decoupe(requete, idents), X_Total_Count=str(len(idents)))

    assert lus(ouvre, script) == [2, 3, 4, 5, 6]


def test_without_a_total_two_readings_must_agree(ouvre: Ouvre) -> None:
    tour = count()

    def script(requete: Requete) -> Dit:
        idents = [1, 2, 3, 4, 5] if next(tour) < 2 else [2, 3, 4, 5]
        return liste(*decoupe(requete, idents))

    assert lus(ouvre, script) == [2, 3, 4, 5]


def test_a_list_that_never_stands_still_is_an_error(ouvre: Ouvre) -> None:
    tour = count(10)

    def script(requete: Requete) -> Dit:
        return liste(*decoupe(requete, list(range(next(tour)))))

    with pytest.raises(ServiceInjoignable, match="entière"):
        lus(ouvre, script)


@pytest.mark.parametrize("entetes", [{"X_Total_Count": "3"}, {"Link": '</api/project?page=1>; rel="next"'}])
def test_a_part_announced_as_a_part_is_never_taken_for_the_whole(ouvre: Ouvre, entetes: dict[str, str]) -> None:
    with pytest.raises(ServiceInjoignable, match="entière"):
        lus(ouvre, lambda _: liste(1, 2, **entetes))


def test_the_next_page_is_followed_by_its_link(ouvre: Ouvre) -> None:
    def script(requete: Requete) -> Dit:
        page = int(requete.params["page"])
        return liste(page * 2, page * 2 + 1, Link='<x>; rel="next"' if page < 2 else '<x>; rel="prev"')

    assert lus(ouvre, script, taille=500) == [0, 1, 2, 3, 4, 5]


def test_springs_own_page_is_understood(ouvre: Ouvre) -> None:
    def script(requete: Requete) -> Dit:
        idents = decoupe(requete, [1, 2, 3])
        return Dit(
            json.dumps({"content": [{"id": i} for i in idents], "totalElements": 3, "last": 3 in idents}).encode()
        )

    assert lus(ouvre, script) == [1, 2, 3]


def test_a_page_that_says_it_is_the_last_is_believed_without_another_call(ouvre: Ouvre) -> None:
    with scripte(lambda _: Dit(b'{"content":[{"id":1},{"id":2}],"last":true}')) as faux:
        assert len(ouvre(faux.url, taille_page=2).read_projets()) == 2
    assert len(faux.appels("/api/project")) == 1


def test_a_server_that_gives_its_last_page_again_and_again_ends(ouvre: Ouvre) -> None:
    def script(requete: Requete) -> Dit:
        return liste(*(decoupe(requete, [1, 2, 3, 4]) or [3, 4]))

    assert lus(ouvre, script) == [1, 2, 3, 4]


def test_a_server_whose_only_page_comes_back_for_every_number_ends(ouvre: Ouvre) -> None:
    assert lus(ouvre, lambda _: liste(1)) == [1]
    assert lus(ouvre, lambda _: liste(1, 2, 3)) == [1, 2, 3]


def test_a_size_fixed_by_the_server_hides_nothing(ouvre: Ouvre) -> None:
    def script(requete: Requete) -> Dit:
        page = int(requete.params["page"])
        return liste(*range(1, 12)[page * 4 : page * 4 + 4])

    assert lus(ouvre, script) == list(range(1, 12))


def test_a_record_that_comes_on_two_pages_counts_once(ouvre: Ouvre) -> None:
    tour = count()

    def script(requete: Requete) -> Dit:
        # Somebody adds record 9 in front after the first page of the first reading.
        idents = [1, 2, 3, 4] if next(tour) == 0 else [9, 1, 2, 3, 4]
        return liste(*decoupe(requete, idents), X_Total_Count="5")

    assert sorted(lus(ouvre, script)) == [1, 2, 3, 4, 9]


def test_pages_without_end_are_refused(ouvre: Ouvre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PAGES_MAX", 20)
    tour = count()
    with pytest.raises(ReponseIllisible, match="finit pas"):
        lus(ouvre, lambda _: liste(next(tour) * 2, next(tour) * 2))
