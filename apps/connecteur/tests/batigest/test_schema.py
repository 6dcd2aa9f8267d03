"""A dossier that is not as expected is refused before anything is written, naming each column at fault."""

from datetime import date
from decimal import Decimal

import pytest

from connecteur.errors import SchemaInattendu
from connecteur.settings import ReglagesRubriques

from .bac import LUNDI, Bac, Declarations, inserer, q


def refus(bac: Bac) -> str:
    with pytest.raises(SchemaInattendu) as attrapee:
        bac.dossier.check_suivi()
    return attrapee.value.message


@pytest.mark.parametrize(
    ("suivi", "nommee"),
    [
        ({"NbH0": None}, "dbo.SuiviMO.NbH0"),
        ({"NbH4": None}, "dbo.SuiviMO.NbH4"),
        ({"CodeSalarie": None}, "dbo.SuiviMO.CodeSalarie"),
        ({"NbH3": "varchar(10) NULL"}, "dbo.SuiviMO.NbH3"),
        ({"Date": "date NOT NULL"}, "dbo.SuiviMO.Date"),
        ({"Date": "varchar(20) NOT NULL"}, "dbo.SuiviMO.Date"),
        ({"CodeChantier": "int NULL"}, "dbo.SuiviMO.CodeChantier"),
        ({"CodeChantier": "char(6) NULL"}, "dbo.SuiviMO.CodeChantier"),
        ({"NbH0": "int NULL"}, "dbo.SuiviMO.NbH0"),
        ({"NbH0": "decimal(9,1) NULL"}, "dbo.SuiviMO.NbH0"),
        ({"Atelier": "varchar(10) NOT NULL"}, "dbo.SuiviMO.Atelier"),
    ],
)
def test_a_drift_names_the_column(bac: Bac, suivi: Declarations, nommee: str) -> None:
    bac.cree(SuiviMO=suivi)
    assert nommee in refus(bac)


def test_every_fault_is_said_at_once(bac: Bac) -> None:
    bac.cree(SuiviMO={"NbH0": "int NULL", "NbH3": None, "Atelier": "int NOT NULL"}, Salarie={"Code": "int NOT NULL"})
    message = refus(bac)
    for nom in ("SuiviMO.NbH0", "SuiviMO.NbH3", "SuiviMO.Atelier", "Salarie.Code"):
        assert nom in message


def test_a_missing_table_is_named_once(bac: Bac) -> None:
    bac.cree()
    bac.sql("DROP TABLE dbo.SuiviMO")
    assert refus(bac).count("dbo.SuiviMO") == 1


def test_a_drift_is_refused_before_the_first_write(bac: Bac) -> None:
    bac.cree(SuiviMO={"NbH4": None})
    bac.peuple()
    with pytest.raises(SchemaInattendu, match="NbH4"):
        bac.dossier.write_lignes([inserer(q(1))])
    assert bac.suivi() == []


@pytest.mark.parametrize("nom", ["NbH9", "NbH0] = 1; DROP TABLE dbo.SuiviMO --", "Remarque"])
def test_a_heading_that_is_no_heading_is_refused(bac: Bac, nom: str) -> None:
    bac.cree()
    bac.rubriques = ReglagesRubriques(heures=nom)
    assert f"dbo.SuiviMO.{nom}" in refus(bac)
    assert bac.suivi() == []


def test_one_heading_cannot_hold_two_things(bac: Bac) -> None:
    bac.cree()
    bac.rubriques = ReglagesRubriques(heures="NbH0", trajet="nbh0")
    assert "plusieurs rubriques" in refus(bac)


def test_names_are_found_whatever_their_case(bac: Bac) -> None:
    bac.cree()
    bac.peuple()
    bac.rubriques = ReglagesRubriques(heures="nbh0", trajet="NBH3", panier="nbH4")
    bac.dossier.check_suivi()
    assert bac.dossier.write_lignes([inserer(q(1, 1, 1))]).faites


@pytest.mark.parametrize(
    ("suivi", "pas"),
    [
        ({}, "0.000001"),
        ({"NbH0": "real NULL"}, "0.0001"),
        ({"NbH0": "decimal(9,2) NULL"}, "0.01"),
        ({"NbH0": "money NULL"}, "0.0001"),
    ],
)
def test_the_step_of_hours_is_what_the_column_holds(bac: Bac, suivi: Declarations, pas: str) -> None:
    bac.cree(SuiviMO=suivi)
    assert bac.dossier.check_suivi().pas_heures == Decimal(pas)


@pytest.mark.parametrize("suivi", [{"Atelier": "varchar(4) NOT NULL DEFAULT 'A'"}, {"NbH9": "float NOT NULL"}])
def test_a_mandatory_column_that_fills_itself_or_is_a_heading_is_no_drift(bac: Bac, suivi: Declarations) -> None:
    bac.cree(SuiviMO=suivi)
    bac.dossier.check_suivi()


def test_the_selection_needs_its_own_columns_only(bac: Bac) -> None:
    bac.cree(ChantierDef={"DateFin": None, "Libelle": "datetime NULL"}, SuiviMO={"NbH0": None})
    with pytest.raises(SchemaInattendu) as attrapee:
        bac.dossier.read_selection(date(2025, 6, 24))
    assert "dbo.ChantierDef.DateFin" in attrapee.value.message
    assert "dbo.ChantierDef.Libelle" in attrapee.value.message
    assert "NbH0" not in attrapee.value.message


def test_a_column_that_changes_under_our_feet_stops_the_write(bac: Bac) -> None:
    bac.cree()
    bac.peuple()
    bac.dossier.check_suivi()
    bac.sql("ALTER TABLE dbo.SuiviMO DROP COLUMN NbH4")
    with pytest.raises(SchemaInattendu):
        bac.dossier.write_lignes([inserer(q(1))])
    assert bac.sql("SELECT COUNT(*) FROM dbo.SuiviMO WHERE [Date] = ?", LUNDI) == [(0,)]
