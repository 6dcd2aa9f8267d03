"""Writing heures: staged, checked again, applied in one transaction; nothing of anybody else's is touched."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from connecteur.batigest.dossier import Dossier
from connecteur.domain.heure import CleSuivi, Quantites
from connecteur.domain.plan import Action, Geste
from connecteur.errors import SchemaInattendu
from connecteur.settings import ReglagesRubriques
from connecteur.sync.ports import Ecrites

from .bac import LUNDI, SEMAINE, Bac, Declarations, cle, corriger, inserer, local, q, retirer, vider


@pytest.fixture
def pret(bac: Bac) -> Bac:
    """A dossier with sites, employees, and a foreign line that nobody may touch."""
    bac.cree()
    bac.peuple()
    bac.ajoute(
        "SuiviMO",
        CodeChantier="CH1",
        CodeSalarie="MAR",
        Date=LUNDI + timedelta(seconds=7, milliseconds=333),
        NbH0=1 / 3,
        NbH1=4,
        Remarque="saisi par l’atelier",
    )
    return bac


def ajoute_notre(bac: Bac, heures: float | None = 7.5, **autres: object) -> None:
    bac.ajoute("SuiviMO", CodeChantier="CH1", CodeSalarie="DUP", Date=LUNDI, NbH0=heures, **autres)


def toutes_faites(ecrites: Ecrites) -> bool:
    return bool(ecrites.faites) and not ecrites.depassees and not ecrites.refusees


def test_an_inserted_line_carries_the_codes_as_batigest_writes_them(pret: Bac) -> None:
    action = inserer(q("7.583333", 1, 1), cle("CH2", "MAR"))
    assert toutes_faites(pret.dossier.write_lignes([action]))
    ((chantier, salarie, debut, heures, trajet, panier),) = pret.sql(
        "SELECT CodeChantier, CodeSalarie, [Date], NbH0, NbH3, NbH4 FROM dbo.SuiviMO WHERE CodeChantier = 'ch2'"
    )
    assert (chantier, salarie, debut) == ("Ch2     ", "Mar", LUNDI)
    assert (heures, trajet, panier) == (7.583333, 1, 1)


def test_the_padding_of_a_char_key_does_not_reach_a_varchar_column(bac: Bac) -> None:
    bac.cree(ChantierDef={"Code": "char(10) NOT NULL PRIMARY KEY"}, SuiviMO={"CodeChantier": "varchar(10) NULL"})
    bac.peuple()
    assert toutes_faites(bac.dossier.write_lignes([inserer(q(1))]))
    assert bac.sql("SELECT CodeChantier, CodeSalarie FROM dbo.SuiviMO") == [("CH1", "DUP")]


def test_what_is_written_is_what_is_read_back(pret: Bac) -> None:
    rubriques = pret.dossier.check_suivi()
    voulues = {cle("CH1", "DUP", LUNDI + timedelta(minutes=m)): q(str(rubriques.heures(m))) for m in range(0, 600, 7)}
    actions = [inserer(quantites, la) for la, quantites in voulues.items()]
    assert toutes_faites(pret.dossier.write_lignes(actions))
    lues = pret.lignes()
    assert {la: lues[la].quantites for la in voulues} == voulues


@pytest.mark.parametrize(
    ("type_heures", "type_date"),
    [
        ("decimal(9,2)", "datetime"),
        ("numeric(12,4)", "smalldatetime"),
        ("real", "datetime2"),
        ("money", "datetime"),
        ("float", "smalldatetime"),
    ],
)
def test_every_type_a_dossier_may_have_gives_back_what_it_was_given(bac: Bac, type_heures: str, type_date: str) -> None:
    bac.cree(SuiviMO={"NbH0": f"{type_heures} NULL", "NbH3": "bit NULL", "Date": f"{type_date} NOT NULL"})
    bac.peuple()
    heures = bac.dossier.check_suivi().heures(455)
    assert toutes_faites(bac.dossier.write_lignes([inserer(Quantites(heures, Decimal(1), Decimal(0)))]))
    assert bac.lignes()[cle()].quantites == Quantites(heures, Decimal(1), Decimal(0))
    avant = bac.lignes()[cle()].quantites
    assert toutes_faites(bac.dossier.write_lignes([corriger(avant, q("0.25"))]))
    assert toutes_faites(bac.dossier.write_lignes([retirer(q("0.25"))]))
    assert bac.suivi() == []


def test_a_new_line_gives_zero_to_the_headings_that_demand_something(bac: Bac) -> None:
    bac.cree(SuiviMO={"NbH2": "decimal(9,2) NOT NULL", "NbH7": "float NOT NULL", "NbH0": "float NOT NULL"})
    bac.peuple()
    assert toutes_faites(bac.dossier.write_lignes([inserer(q(1))]))
    assert bac.sql("SELECT NbH1, NbH2, NbH7 FROM dbo.SuiviMO") == [(None, Decimal("0.00"), 0.0)]


def test_our_quantities_may_live_in_other_headings(bac: Bac) -> None:
    bac.cree()
    bac.peuple()
    bac.rubriques = ReglagesRubriques(heures="NbH2", trajet="NbH1", panier="NbH0")
    assert toutes_faites(bac.dossier.write_lignes([inserer(q("7.25", 1, 0))]))
    assert bac.sql("SELECT NbH0, NbH1, NbH2, NbH3 FROM dbo.SuiviMO") == [(0, 1, Decimal("7.25"), None)]


def test_a_correction_changes_our_headings_and_nothing_else(pret: Bac) -> None:
    ajoute_notre(pret, NbH1=3, Remarque="vu")
    assert toutes_faites(pret.dossier.write_lignes([corriger(q("7.5"), q(8, 1, 1))]))
    assert pret.sql("SELECT NbH0, NbH1, NbH3, NbH4, Remarque FROM dbo.SuiviMO WHERE CodeSalarie = 'DUP'") == [
        (8, 3, 1, 1, "vu")
    ]


def test_a_line_of_the_previous_generation_with_all_its_digits_is_corrected_and_removed(pret: Bac) -> None:
    ajoute_notre(pret, heures=455 / 60)
    assert toutes_faites(pret.dossier.write_lignes([corriger(q("7.583333"), q("7.583333", 1))]))
    pret.sql("UPDATE dbo.SuiviMO SET NbH0 = ? WHERE CodeSalarie = 'DUP'", 455 / 60)
    assert toutes_faites(pret.dossier.write_lignes([retirer(q("7.583333", 1))]))
    assert pret.sql("SELECT COUNT(*) FROM dbo.SuiviMO WHERE CodeSalarie = 'DUP'") == [(0,)]


def test_emptying_a_line_keeps_what_others_entered_in_it(pret: Bac) -> None:
    ajoute_notre(pret, NbH1=3, NbH4=1)
    assert toutes_faites(pret.dossier.write_lignes([vider(q("7.5", 0, 1))]))
    assert pret.sql("SELECT NbH0, NbH1, NbH3, NbH4 FROM dbo.SuiviMO WHERE CodeSalarie = 'DUP'") == [(0, 3, 0, 0)]


def test_nulls_in_our_headings_are_zero_to_the_plan(pret: Bac) -> None:
    ajoute_notre(pret, heures=None)
    assert toutes_faites(pret.dossier.write_lignes([corriger(q(), q(2))]))
    assert pret.lignes()[cle()].quantites == q(2)


def test_foreign_lines_and_columns_keep_every_byte(pret: Bac) -> None:
    ajoute_notre(pret)
    etrangere = "SELECT * FROM dbo.SuiviMO WHERE CodeSalarie = 'MAR'"
    autres_tables = "SELECT * FROM dbo.ChantierDef ORDER BY Code", "SELECT * FROM dbo.Salarie ORDER BY Code"
    avant = [pret.sql(sql) for sql in (etrangere, *autres_tables)]
    pret.dossier.write_lignes([corriger(q("7.5"), q(8)), inserer(q(1), cle("CH2", "DUP"))])
    pret.dossier.write_lignes([retirer(q(8)), retirer(q(1), cle("CH2", "DUP"))])
    assert [pret.sql(sql) for sql in (etrangere, *autres_tables)] == avant
    assert len(pret.suivi()) == 1


def test_a_move_a_removal_and_an_insertion_happen_together(pret: Bac) -> None:
    ajoute_notre(pret)
    pret.sql("CREATE UNIQUE INDEX ix_salarie ON dbo.SuiviMO (CodeSalarie, [Date])")
    assert toutes_faites(pret.dossier.write_lignes([inserer(q("7.5"), cle("CH2", "DUP")), retirer(q("7.5"))]))
    assert cle("CH2", "DUP") in pret.lignes()
    assert cle() not in pret.lignes()


def test_a_thousand_lines_of_every_kind_go_through_at_once(pret: Bac) -> None:
    def la(n: int) -> CleSuivi:
        return cle("CH1", "DUP", LUNDI + timedelta(minutes=n))

    assert toutes_faites(pret.dossier.write_lignes([inserer(q(n % 9, n % 2), la(n)) for n in range(1000)]))
    actions: list[Action] = []
    for n in range(1000):
        vu = q(n % 9, n % 2)
        actions.append((retirer(vu, la(n)), corriger(vu, q("0.5"), la(n)), vider(vu, la(n)))[n % 3])
    ecrites = pret.dossier.write_lignes(actions)
    assert ecrites.faites == actions
    lues = {la: ligne.quantites for la, ligne in pret.lignes().items() if la.code_salarie == "DUP"}
    assert lues == {la(n): (q("0.5") if n % 3 == 1 else q()) for n in range(1000) if n % 3}


def test_writing_nothing_writes_nothing(pret: Bac) -> None:
    assert pret.dossier.write_lignes([]) == Ecrites()


def test_an_action_that_writes_nothing_is_a_mistake_of_the_caller(pret: Bac) -> None:
    with pytest.raises(ValueError, match="adopter"):
        pret.dossier.write_lignes([Action(Geste.ADOPTER, cle(), q(1), q(1), None)])


# --- What changed since the plan ----------------------------------------------------------------------


NOTRE = "CodeSalarie = 'DUP'"
SAISIE = "INSERT INTO dbo.SuiviMO (CodeChantier, CodeSalarie, [Date], NbH0) VALUES "


@pytest.mark.parametrize(
    ("changement", "action"),
    [
        (f"UPDATE dbo.SuiviMO SET NbH0 = 7.25 WHERE {NOTRE}", corriger(q("7.5"), q(8))),
        (f"UPDATE dbo.SuiviMO SET NbH0 = NULL WHERE {NOTRE}", corriger(q("7.5"), q(8))),
        (f"UPDATE dbo.SuiviMO SET NbH3 = 1 WHERE {NOTRE}", retirer(q("7.5"))),
        (f"UPDATE dbo.SuiviMO SET NbH4 = 1 WHERE {NOTRE}", vider(q("7.5"))),
        (f"UPDATE dbo.SuiviMO SET NbH1 = 1 WHERE {NOTRE}", retirer(q("7.5"))),
        (f"UPDATE dbo.SuiviMO SET NbH2 = 0.25 WHERE {NOTRE}", retirer(q("7.5"))),
        (f"UPDATE dbo.SuiviMO SET [Date] = '2025-06-23T09:00:00' WHERE {NOTRE}", retirer(q("7.5"))),
        (f"DELETE FROM dbo.SuiviMO WHERE {NOTRE}", corriger(q("7.5"), q(8))),
        (f"DELETE FROM dbo.SuiviMO WHERE {NOTRE}", retirer(q("7.5"))),
        (f"{SAISIE} ('CH1', 'DUP', '2025-06-23T08:00:20', 7.5)", corriger(q("7.5"), q(8))),
        (f"{SAISIE} ('ch2', 'dup', '2025-06-23T08:00:59', 0)", inserer(q(1), cle("CH2", "DUP"))),
    ],
)
def test_a_line_that_changed_since_the_plan_is_left_and_told(pret: Bac, changement: str, action: Action) -> None:
    ajoute_notre(pret)
    pret.dossier.check_suivi()
    pret.sql(changement)
    avant = pret.suivi()
    autre = inserer(q(3), cle("CH2", "MAR"))
    ecrites = pret.dossier.write_lignes([action, autre])
    assert (ecrites.faites, ecrites.depassees, ecrites.refusees) == ([autre], [action], [])
    pret.sql("DELETE FROM dbo.SuiviMO WHERE CodeSalarie = 'MAR' AND CodeChantier = 'CH2'")
    assert pret.suivi() == avant


def test_a_write_done_twice_is_done_once(pret: Bac) -> None:
    action = inserer(q(1))
    pret.dossier.write_lignes([action])
    ecrites = pret.dossier.write_lignes([action])
    assert (ecrites.faites, ecrites.depassees) == ([], [action])


@pytest.mark.parametrize(
    ("supprime", "mot"),
    [
        ("DELETE FROM dbo.ChantierDef WHERE Code = 'CH1'", "chantier"),
        ("DELETE FROM dbo.Salarie WHERE Code = 'DUP'", "salarié"),
    ],
)
def test_hours_of_a_site_or_an_employee_that_is_gone_are_refused_with_the_reason(
    pret: Bac, supprime: str, mot: str
) -> None:
    pret.sql(supprime)
    bonne, perdue = inserer(q(1), cle("CH2", "MAR")), inserer(q(2))
    ecrites = pret.dossier.write_lignes([perdue, bonne])
    assert ecrites.faites == [bonne]
    (refus,) = ecrites.refusees
    assert refus.action == perdue
    assert mot in refus.detail


# --- What the server refuses --------------------------------------------------------------------------

MOINS_DE_CENT: Declarations = {"NbH0": "decimal(4,2) NULL"}


@pytest.mark.parametrize("rang", [0, 6, 12])
def test_one_bad_row_does_not_stop_the_others(bac: Bac, rang: int) -> None:
    bac.cree(SuiviMO=MOINS_DE_CENT)
    bac.peuple()
    actions = [inserer(q(1), cle("CH1", "DUP", LUNDI + timedelta(minutes=n))) for n in range(13)]
    actions[rang] = inserer(q(100), actions[rang].cle)
    ecrites = bac.dossier.write_lignes(actions)
    assert [refus.action for refus in ecrites.refusees] == [actions[rang]]
    assert "8115" in ecrites.refusees[0].detail
    assert ecrites.faites == [action for action in actions if action is not actions[rang]]
    assert len(bac.suivi()) == 12


def test_bad_rows_are_told_from_stale_and_good_ones(bac: Bac) -> None:
    bac.cree(SuiviMO=MOINS_DE_CENT)
    bac.peuple()
    ajoute_notre(bac)
    actions = [inserer(q(1), cle("CH2", "DUP", LUNDI + timedelta(minutes=n))) for n in range(8)]
    actions[2] = inserer(q(300), actions[2].cle)
    actions[5] = inserer(q(200), actions[5].cle)
    perimee, bonne = corriger(q(1), q(2)), actions[0]
    ecrites = bac.dossier.write_lignes([*actions, perimee])
    assert [refus.action for refus in ecrites.refusees] == [actions[2], actions[5]]
    assert ecrites.depassees == [perimee]
    assert bonne in ecrites.faites
    assert len(bac.suivi()) == 7


def test_rows_that_only_clash_with_one_another_leave_the_first(bac: Bac) -> None:
    bac.cree(["UNIQUE (CodeSalarie, [Date])"])
    bac.peuple()
    premiere, seconde = inserer(q(1), cle("CH1", "DUP")), inserer(q(2), cle("CH2", "DUP"))
    ecrites = bac.dossier.write_lignes([premiere, seconde])
    assert ecrites.faites == [premiere]
    assert [refus.action for refus in ecrites.refusees] == [seconde]


def test_when_all_is_refused_the_search_ends_and_nothing_is_written(bac: Bac) -> None:
    bac.cree(SuiviMO=MOINS_DE_CENT)
    bac.peuple()
    actions = [inserer(q(100), cle("CH1", "DUP", LUNDI + timedelta(minutes=n))) for n in range(200)]
    ecrites = bac.dossier.write_lignes(actions)
    assert [refus.action for refus in ecrites.refusees] == actions
    assert (ecrites.faites, ecrites.depassees) == ([], [])
    assert bac.suivi() == []


# --- Hostile codes ------------------------------------------------------------------------------------

HOSTILES = ["O'X];--", "'); --", "%_[a]", '"', "é€Œ"]


@pytest.mark.parametrize("code", HOSTILES)
def test_a_code_is_a_value_whatever_it_says(pret: Bac, code: str) -> None:
    pret.ajoute("ChantierDef", Code=code)
    la = cle(code.upper(), "DUP")
    assert toutes_faites(pret.dossier.write_lignes([inserer(q(1), la)]))
    assert toutes_faites(pret.dossier.write_lignes([corriger(q(1), q(2), la)]))
    assert toutes_faites(pret.dossier.write_lignes([retirer(q(2), la)]))
    assert len(pret.suivi()) == 1


@pytest.mark.parametrize("code", ["'; DROP TABLE dbo.SuiviMO; --", "X" * 9, "x" * 5000])
def test_a_code_longer_than_any_code_is_refused_and_harms_nobody(pret: Bac, code: str) -> None:
    ecrites = pret.dossier.write_lignes([inserer(q(1), cle(code)), inserer(q(1))])
    assert [refus.action.cle.code_chantier for refus in ecrites.refusees] == [code]
    assert len(ecrites.faites) == 1
    assert len(pret.suivi()) == 2


def test_an_unknown_code_matches_no_other_by_wildcard(pret: Bac) -> None:
    (refus,) = pret.dossier.write_lignes([inserer(q(1), cle("CH_"))]).refusees
    assert "CH_" in refus.detail


def test_heures_of_both_clock_changes_are_written_at_their_local_minute(pret: Bac) -> None:
    instants = [local(2025, 3, 30, 3), local(2025, 10, 26, 2, 30)]
    actions = [inserer(q(1), cle("CH1", "DUP", debut)) for debut in instants]
    assert toutes_faites(pret.dossier.write_lignes(actions))
    ecrits: list[tuple[Any, ...]] = pret.sql("SELECT [Date] FROM dbo.SuiviMO WHERE CodeSalarie = 'DUP' ORDER BY [Date]")
    assert [debut for (debut,) in ecrits] == instants


def test_types_of_the_dossier_may_be_unicode(bac: Bac) -> None:
    suivi: Declarations = {"CodeChantier": "nvarchar(8) NULL", "CodeSalarie": "nchar(8) NULL"}
    bac.cree(SuiviMO=suivi, ChantierDef={"Code": "nvarchar(8) NOT NULL PRIMARY KEY"})
    bac.ajoute("ChantierDef", Code="Ωmega")
    bac.ajoute("Salarie", Code="DUP")
    assert toutes_faites(bac.dossier.write_lignes([inserer(q(1), cle("ΩMEGA"))]))
    assert bac.sql("SELECT CodeChantier, CodeSalarie FROM dbo.SuiviMO") == [("Ωmega", "DUP     ")]


def rendre(avant: Quantites | None, apres: Quantites | None) -> Action:
    return Action(Geste.RENDRE, cle(), avant, apres, None, ("1",))


@pytest.mark.parametrize("apres", [q(8, 1), None])
def test_a_line_is_given_back_as_it_was_or_removed_again(pret: Bac, apres: Quantites | None) -> None:
    ajoute_notre(pret)
    assert toutes_faites(pret.dossier.write_lignes([rendre(q("7.5"), apres)]))
    rendue = pret.lignes().get(cle())
    assert (rendue.quantites if rendue else None) == apres


def test_a_line_that_was_deleted_is_given_back_and_one_that_changed_meanwhile_is_not(pret: Bac) -> None:
    assert toutes_faites(pret.dossier.write_lignes([rendre(None, q(8))]))
    assert pret.lignes()[cle()].quantites == q(8)
    ecrites = pret.dossier.write_lignes([rendre(q("7.5"), q(3))])
    assert [action.geste for action in ecrites.depassees] == [Geste.RENDRE]
    assert pret.lignes()[cle()].quantites == q(8)


def test_lines_change_headings_where_the_old_ones_are_as_we_left_them_and_the_new_ones_empty(pret: Bac) -> None:
    ajoute_notre(pret, NbH1=None, NbH3=1, Remarque="à garder")
    pret.ajoute("SuiviMO", CodeChantier="CH2", CodeSalarie="DUP", Date=LUNDI, NbH0=2, NbH1=3)
    pret.ajoute("SuiviMO", CodeChantier="CH2", CodeSalarie="MAR", Date=LUNDI, NbH0=9)
    etrangere = [ligne for ligne in pret.suivi() if "l’atelier" in repr(ligne)]
    anciennes = ("nbh0", "NbH3", "NbH4")
    nouvelles = ReglagesRubriques(heures="NbH1", trajet="NbH4", panier="NbH3")
    cles = [cle(), cle("CH2", "DUP"), cle("CH2", "MAR")]
    with Dossier(pret.reglages, nouvelles) as dossier:
        lues = {ligne.cle: ligne.quantites for ligne in dossier.read_anciennes(SEMAINE, anciennes)}
        assert [lues[la] for la in cles] == [q("7.5", 1), q(2), q(9)]
        vues = (q("7.5", 1), q(2), q(4))
        actions = [Action(Geste.CHANGER_RUBRIQUES, la, vu, vu, vu) for la, vu in zip(cles, vues, strict=True)]
        ecrites = dossier.change_rubriques(actions, anciennes)
        assert ([a.cle for a in ecrites.faites], [a.cle for a in ecrites.depassees]) == (cles[:1], cles[1:])
    ((h0, h1, h3, h4, remarque),) = pret.sql(
        "SELECT NbH0, NbH1, NbH3, NbH4, Remarque FROM dbo.SuiviMO WHERE CodeChantier = 'CH1' AND CodeSalarie = 'DUP'"
    )
    assert (h0, h1, h3, h4, remarque) == (0, 7.5, 0, 1, "à garder")
    assert pret.sql("SELECT NbH0, NbH1 FROM dbo.SuiviMO WHERE CodeChantier = 'CH2' ORDER BY NbH0") == [
        (2, 3),
        (9, None),
    ]
    assert [ligne for ligne in pret.suivi() if "l’atelier" in repr(ligne)] == etrangere


def test_a_heading_that_is_gone_is_named(pret: Bac) -> None:
    with pytest.raises(SchemaInattendu, match="NbH99"):
        pret.dossier.read_anciennes(SEMAINE, ("NbH99", "NbH3", "NbH4"))
