"""The one cell of `Salarie` that may be filled: only when it exists, is empty, and the identifier is nobody else's."""

import pytest

from connecteur.errors import GesteRefuse, Introuvable

from .bac import Bac

UUID_1 = "0b7f1b7e-0000-4000-8000-000000000001"
UUID_2 = "0b7f1b7e-0000-4000-8000-000000000002"


def cellules(bac: Bac) -> dict[str, object]:
    return {str(code).strip(): codebs for code, codebs in bac.sql("SELECT Code, codebs FROM dbo.Salarie")}


@pytest.mark.parametrize("vide", [None, "", "   "])
def test_an_empty_cell_is_filled_and_only_that_one(bac: Bac, vide: str | None) -> None:
    bac.cree()
    bac.ajoute("Salarie", Code="A", Nom="Martin", codebs=vide)
    bac.ajoute("Salarie", Code="B", Nom="Morel", codebs=None)
    assert bac.dossier.write_codebs("a ", UUID_1)
    assert cellules(bac) == {"A": UUID_1, "B": None}
    assert not bac.dossier.write_codebs("A", UUID_1)
    assert {s.code: s.utilisateur for s in bac.dossier.read_salaries()} == {"A": UUID_1, "B": None}


def test_a_cell_that_holds_something_is_never_overwritten(bac: Bac) -> None:
    bac.cree()
    bac.ajoute("Salarie", Code="A", Nom="Martin", codebs=UUID_2)
    bac.ajoute("Salarie", Code="B", Nom="Morel", codebs="à voir")
    for code in ("A", "B"):
        with pytest.raises(GesteRefuse, match="déjà autre chose"):
            bac.dossier.write_codebs(code, UUID_1)
    assert cellules(bac) == {"A": UUID_2, "B": "à voir"}


def test_an_identifier_has_one_bearer_and_a_code_one_card(bac: Bac) -> None:
    bac.cree(Salarie={"Code": "varchar(8) NOT NULL"})
    bac.ajoute("Salarie", Code="A", Nom="Martin", codebs=UUID_1.upper())
    bac.ajoute("Salarie", Code="B", Nom="Morel", codebs=None)
    bac.ajoute("Salarie", Code="C", Nom="Un", codebs=None)
    bac.ajoute("Salarie", Code="C", Nom="Deux", codebs=None)
    with pytest.raises(GesteRefuse, match="« A »"):
        bac.dossier.write_codebs("B", UUID_1)
    with pytest.raises(GesteRefuse, match="Plusieurs fiches"):
        bac.dossier.write_codebs("C", UUID_2)
    with pytest.raises(Introuvable):
        bac.dossier.write_codebs("Z", UUID_2)
    assert set(cellules(bac).values()) == {UUID_1.upper(), None}


@pytest.mark.parametrize("declaration", [None, "varchar(20) NULL"])
def test_without_a_column_that_can_hold_it_nothing_is_tried(bac: Bac, declaration: str | None) -> None:
    bac.cree(Salarie={"codebs": declaration})
    bac.ajoute("Salarie", Code="A", Nom="Martin")
    with pytest.raises(GesteRefuse, match="pas de colonne"):
        bac.dossier.write_codebs("A", UUID_1)


def test_a_column_of_identifiers_is_filled_too(bac: Bac) -> None:
    bac.cree(Salarie={"codebs": "uniqueidentifier NULL"})
    bac.ajoute("Salarie", Code="A", Nom="Martin")
    assert bac.dossier.write_codebs("A", UUID_1)
    assert [s.utilisateur for s in bac.dossier.read_salaries()] == [UUID_1]
