"""Reading the dossier, through the real driver."""

import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from connecteur.batigest.dossier import Dossier
from connecteur.domain.chantier import Adresse
from connecteur.domain.datation import Datation
from connecteur.domain.heure import LigneActuelle
from connecteur.domain.salarie import Salarie
from connecteur.errors import SchemaInattendu

from .bac import LUNDI, SEMAINE, Bac, cle, local, q

AUJOURDHUI = date(2025, 6, 24)
UUID_1 = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"


def codes_ouverts(bac: Bac) -> set[str]:
    return {chantier.code for chantier in bac.dossier.read_selection(AUJOURDHUI).chantiers}


def test_a_site_is_open_without_an_end_or_with_one_in_the_future(bac: Bac) -> None:
    bac.cree()
    for code, fin in [
        ("SANSFIN", None),
        ("DEMAIN", local(2025, 6, 25)),
        ("HIER", local(2025, 6, 23)),
        ("CEJOUR", local(2025, 6, 24)),
    ]:
        bac.ajoute("ChantierDef", Code=code, DateFin=fin)
    assert codes_ouverts(bac) == {"SANSFIN", "DEMAIN"}


def test_a_site_is_read_without_padding_with_its_accents_and_apostrophes(bac: Bac) -> None:
    bac.cree()
    bac.ajoute(
        "ChantierDef",
        Code="CH1",
        CodeClient="CLI  ",
        NomClient="Société de l’Œuvre, 20 € d'été",
        Libelle="  Réfection « toiture »  ",
        DateDebut=local(2025, 1, 6),
        AdrChantier="3, rue d'Hauteville",
        CPChantier="75",
        VilleChantier="Saint-Ouen-l’Aumône",
        Etat="E",
    )
    (chantier,) = bac.dossier.read_selection(AUJOURDHUI).chantiers
    assert chantier.code == "CH1"
    assert chantier.code_client == "CLI"
    assert chantier.client == "Société de l’Œuvre, 20 € d'été"
    assert chantier.libelle == "Réfection « toiture »"
    assert (chantier.date_debut, chantier.date_fin) == (date(2025, 1, 6), None)
    assert chantier.adresse == Adresse("3, rue d'Hauteville", "75", "Saint-Ouen-l’Aumône")
    assert chantier.heures_vendues is None
    assert chantier.etat == "E"


def test_a_site_full_of_nulls_is_read_as_empty_texts(bac: Bac) -> None:
    bac.cree()
    bac.ajoute("ChantierDef", Code="VIDE")
    (chantier,) = bac.dossier.read_selection(AUJOURDHUI).chantiers
    assert (chantier.libelle, chantier.client, chantier.code_client, chantier.etat) == ("", "", "", "")
    assert chantier.adresse == Adresse()


def test_only_accepted_devis_are_read_and_null_hours_count_for_nothing(bac: Bac) -> None:
    bac.cree()
    for code, etat, temps in [("D1", 3, 12.1), ("D2", 3, None), ("D3", 0, 99), ("D4", 4, 99), ("D5", None, 99)]:
        bac.ajoute("Devis", Code=code, CodeClient="CLI", Etat=etat, TempsMO=temps)
    selection = bac.dossier.read_selection(AUJOURDHUI)
    assert {d.code: d.temps_mo for d in selection.devis_list} == {"D1": Decimal("12.1"), "D2": Decimal(0)}
    assert not selection.devis_nomment_chantier


@pytest.mark.parametrize("colonne", ["CodeChantier", "chantier"])
def test_the_devis_name_their_site_where_a_column_says_so(bac: Bac, colonne: str) -> None:
    bac.cree(Devis={colonne: "char(8) NULL"})
    bac.ajoute("Devis", Code="D1", Etat=3, TempsMO=10, **{colonne: "CH1"})
    bac.ajoute("Devis", Code="D2", Etat=3, TempsMO=5, **{colonne: None})
    selection = bac.dossier.read_selection(AUJOURDHUI)
    assert selection.devis_nomment_chantier
    assert {d.code: d.code_chantier for d in selection.devis_list} == {"D1": "CH1", "D2": None}


def test_a_site_column_that_nobody_fills_links_nothing(bac: Bac) -> None:
    bac.cree(Devis={"CodeChantier": "char(8) NULL"})
    bac.ajoute("Devis", Code="D1", Etat=3, TempsMO=10, CodeChantier="  ")
    assert not bac.dossier.read_selection(AUJOURDHUI).devis_nomment_chantier


def test_every_code_is_read_over_or_not_as_batigest_writes_it(bac: Bac) -> None:
    bac.cree()
    bac.ajoute("ChantierDef", Code="Fini", DateFin=local(2001, 1, 1))
    bac.ajoute("ChantierDef", Code="é'1")
    assert bac.dossier.read_codes_chantiers() == {"Fini": "Fini", "é'1": "é'1"}


def test_an_employee_is_linked_by_a_valid_uuid_only(bac: Bac) -> None:
    bac.cree()
    bac.ajoute("Salarie", Code="A", Nom="Martin", Prenom="Léa", codebs=f" {UUID_1.upper()} ")
    bac.ajoute("Salarie", Code="B", Nom="N’Guyen", codebs="à voir")
    bac.ajoute("Salarie", Code="C", Nom="Dupont", codebs=None)
    assert sorted(bac.dossier.read_salaries(), key=lambda s: s.code) == [
        Salarie("A", "Martin", "Léa", UUID_1),
        Salarie("B", "N’Guyen", "", None),
        Salarie("C", "Dupont", "", None),
    ]


def test_a_fresh_site_has_neither_first_names_nor_identifiers(bac: Bac) -> None:
    bac.cree(Salarie={"codebs": None, "Prenom": None})
    bac.ajoute("Salarie", Code="A", Nom="Martin")
    assert bac.dossier.read_salaries() == [Salarie("A", "Martin", "", None)]


def test_a_line_is_read_on_its_minute_with_null_as_zero(bac: Bac) -> None:
    bac.cree()
    bac.ajoute("SuiviMO", CodeChantier="ch1", CodeSalarie="dup", Date=LUNDI + timedelta(seconds=30), NbH0=455 / 60)
    assert list(bac.dossier.read_lignes(SEMAINE).lignes) == [LigneActuelle(cle(), q("7.583333"), autres=False)]


@pytest.mark.parametrize(("autre", "attendu"), [({"NbH1": 2}, True), ({"NbH2": 0.25}, True), ({"NbH1": 0}, False)])
def test_another_heading_in_use_is_told(bac: Bac, autre: dict[str, float], attendu: bool) -> None:
    bac.cree()
    bac.ajoute("SuiviMO", CodeChantier="CH1", CodeSalarie="DUP", Date=LUNDI, NbH0=1, NbH3=1, NbH4=1, **autre)
    (ligne,) = bac.dossier.read_lignes(SEMAINE).lignes
    assert ligne == LigneActuelle(cle(), q(1, 1, 1), autres=attendu)


def test_a_slice_holds_its_days_from_first_midnight_to_last(bac: Bac) -> None:
    bac.cree()
    minuit = local(2025, 6, 23)
    for debut in (minuit - timedelta(minutes=1), minuit, minuit + timedelta(days=7, minutes=-1), minuit + timedelta(7)):
        bac.ajoute("SuiviMO", CodeChantier="CH1", CodeSalarie="DUP", Date=debut, NbH0=1)
    lues = [ligne.cle.debut for ligne in bac.dossier.read_lignes(SEMAINE).lignes]
    assert lues == [minuit, minuit + timedelta(days=7, minutes=-1)]


def test_a_line_without_a_code_is_nobodys(bac: Bac) -> None:
    bac.cree()
    bac.ajoute("SuiviMO", CodeChantier=None, CodeSalarie="DUP", Date=LUNDI, NbH0=1)
    bac.ajoute("SuiviMO", CodeChantier="CH1", CodeSalarie=None, Date=LUNDI, NbH0=1)
    assert len(bac.dossier.read_lignes(SEMAINE).lignes) == 0


def test_two_lines_on_one_key_are_both_read(bac: Bac) -> None:
    bac.cree()
    for heures in (1, 2):
        bac.ajoute("SuiviMO", CodeChantier="CH1", CodeSalarie="DUP", Date=LUNDI, NbH0=heures)
    assert [ligne.quantites.heures for ligne in bac.dossier.read_lignes(SEMAINE).lignes] == [1, 2]


def test_equal_slices_have_equal_digests_whatever_the_session_and_the_order_of_entry(bac: Bac) -> None:
    bac.cree()
    codes = ("CH1", "CH2", "CH3")
    for code in codes:
        bac.ajoute("SuiviMO", CodeChantier=code, CodeSalarie="DUP", Date=LUNDI, NbH0=7.5)
    avant = bac.dossier.read_lignes(SEMAINE).empreinte
    bac.sql("DELETE FROM dbo.SuiviMO")
    for code in reversed(codes):
        bac.ajoute("SuiviMO", CodeChantier=code, CodeSalarie="DUP", Date=LUNDI, NbH0=7.5)
    bac.ajoute("SuiviMO", CodeChantier="CH1", CodeSalarie="DUP", Date=LUNDI + timedelta(30), NbH0=1)
    assert bac.ouvre().read_lignes(SEMAINE).empreinte == avant


@pytest.mark.parametrize(
    "changement", ["NbH0 = 7.75", "NbH4 = 1", "NbH1 = 1", "CodeSalarie = 'MAR'", "[Date] = '2025-06-23T08:01:00'"]
)
def test_whatever_changes_a_line_changes_the_digest(bac: Bac, changement: str) -> None:
    bac.cree()
    bac.ajoute("SuiviMO", CodeChantier="CH1", CodeSalarie="DUP", Date=LUNDI, NbH0=7.5)
    avant = bac.dossier.read_lignes(SEMAINE).empreinte
    bac.sql(f"UPDATE dbo.SuiviMO SET {changement}")
    assert bac.dossier.read_lignes(SEMAINE).empreinte != avant


def test_an_empty_slice_has_a_digest_of_its_own(bac: Bac) -> None:
    bac.cree()
    vide = bac.dossier.read_lignes(SEMAINE)
    assert vide.empreinte
    assert not vide.lignes
    bac.ajoute("SuiviMO", CodeChantier="CH1", CodeSalarie="DUP", Date=LUNDI, NbH0=0)
    assert bac.dossier.read_lignes(SEMAINE).empreinte != vide.empreinte


def test_a_named_column_says_when_a_line_was_changed(bac: Bac) -> None:
    bac.cree(SuiviMO={"DateModif": "datetime NULL"})
    bac.ajoute("SuiviMO", CodeChantier="CH1", CodeSalarie="DUP", Date=LUNDI, NbH0=1, DateModif=local(2025, 6, 24, 9))
    bac.ajoute("SuiviMO", CodeChantier="CH2", CodeSalarie="DUP", Date=LUNDI, NbH0=2)
    with Dossier(bac.reglages, bac.rubriques, colonne_modification="datemodif") as dossier:
        avant = dossier.read_lignes(SEMAINE)
        lues = {ligne.cle.code_chantier: ligne.modifiee_le for ligne in avant.lignes}
        assert lues["CH2"] is None
        proche(lues["CH1"], datetime(2025, 6, 24, 7, tzinfo=UTC))
        bac.sql("UPDATE dbo.SuiviMO SET DateModif = ? WHERE CodeChantier = 'CH2'", LUNDI)
        assert dossier.read_lignes(SEMAINE).empreinte != avant.empreinte
    assert {ligne.modifiee_le for ligne in bac.lignes().values()} == {None}


def test_the_date_of_a_line_is_told_by_our_clock(bac: Bac, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server is two hours behind this machine; a midnight is a day without its hour, 1753 is no date."""
    bac.cree(SuiviMO={"DateModif": "datetime NULL"})
    for code, quand in (("CH1", local(2025, 6, 24, 9)), ("CH2", local(2025, 6, 24)), ("CH3", local(1753, 1, 1))):
        bac.ajoute("SuiviMO", CodeChantier=code, CodeSalarie="DUP", Date=LUNDI, NbH0=1, DateModif=quand)
    with Dossier(bac.reglages, bac.rubriques, colonne_modification="datemodif") as dossier:
        assert dossier.ecart_horloge_s is None
        vraie = time.time
        monkeypatch.setattr(time, "time", lambda: vraie() + 7200)
        dossier.check_suivi()
        monkeypatch.undo()
        assert dossier.ecart_horloge_s == pytest.approx(7200, abs=5)
        lues = {ligne.cle.code_chantier: ligne.modifiee_le for ligne in dossier.read_lignes(SEMAINE).lignes}
    proche(lues["CH1"], datetime(2025, 6, 24, 9, tzinfo=UTC))
    proche(lues["CH2"], datetime(2025, 6, 24, 12, tzinfo=UTC), timedelta(hours=12))
    assert lues["CH3"] is None


def proche(datation: Datation | None, instant: datetime, marge: timedelta = timedelta(0)) -> None:
    assert datation is not None
    assert abs(datation.milieu - instant) < timedelta(seconds=5)
    assert datation.marge == marge + timedelta(seconds=1)


@pytest.mark.parametrize(("colonne", "faute"), [("Absente", "introuvable"), ("NbH0", "il faut une date")])
def test_a_column_of_change_that_is_none_is_named(bac: Bac, colonne: str, faute: str) -> None:
    bac.cree()
    with (
        Dossier(bac.reglages, bac.rubriques, colonne_modification=colonne) as dossier,
        pytest.raises(SchemaInattendu, match=faute),
    ):
        dossier.check_suivi()
