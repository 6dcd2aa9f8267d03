"""Many new lines at once: they arrive as the longer way writes them, or not at all."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from connecteur.batigest.connection import Connexion, Ligne, Valeurs
from connecteur.batigest.insertion import MINIMUM, Codes, insere_d_un_coup, read_codes
from connecteur.batigest.suivi import Suivi, read_suivi
from connecteur.domain.plan import Action
from connecteur.errors import ErreurConnecteur, ReponseIncertaine, ServiceInjoignable, ServiceSature

from .bac import LUNDI, Bac, Sql, cle, inserer, q
from .conftest import Panne

ECRITS = {"CH1": "CH1", "CH2": "Ch2", "ÉCOLE'1": "École'1", "12": "12"}
SALARIES = {"DUP": "DUP", "MAR": "Mar", "NOËL-1": "Noël-1"}


@pytest.fixture
def pret(bac: Bac) -> Bac:
    """A dossier with sites and employees, and somebody else's lines."""
    bac.cree()
    bac.peuple()
    for code in ("École'1", "12"):
        bac.ajoute("ChantierDef", Code=code)
    bac.ajoute("Salarie", Code="Noël-1")
    bac.ajoute("SuiviMO", CodeChantier="CH1", CodeSalarie="MAR", Date=LUNDI + timedelta(seconds=7), NbH0=1 / 3)
    bac.ajoute("SuiviMO", CodeChantier=None, CodeSalarie="MAR", Date=LUNDI + timedelta(minutes=1), NbH0=2)
    return bac


def lot(nombre: int = MINIMUM + 3) -> list[Action]:
    """New lines of every site and employee, none of them where a line stands."""
    la = [
        cle(chantier, salarie, LUNDI + timedelta(hours=2, minutes=minute))
        for minute in range(nombre)
        for chantier, salarie in [(list(ECRITS)[minute % len(ECRITS)], list(SALARIES)[minute % len(SALARIES)])]
    ]
    return [inserer(q(f"{n % 11}.{n % 4 * 25:02d}", n % 2, n % 3), une) for n, une in enumerate(la)]


def ecrites(bac: Bac) -> list[tuple[Any, ...]]:
    return [ligne for ligne in bac.suivi() if ligne[2] >= LUNDI + timedelta(hours=2)]


class Bout:
    """The session under test."""

    def __init__(self, bac: Bac) -> None:
        self.connexion = Connexion(bac.reglages)
        self.suivi: Suivi = read_suivi(self.connexion, bac.rubriques)
        self.codes: Codes = read_codes(self.connexion, self.suivi)

    def insere(self, actions: list[Action]) -> bool:
        return insere_d_un_coup(self.connexion, self.suivi, self.codes, actions)


@pytest.fixture
def bout(pret: Bac) -> Iterator[Bout]:
    bout = Bout(pret)
    yield bout
    bout.connexion.close()


def test_the_lines_are_those_that_the_longer_way_writes(pret: Bac, bout: Bout) -> None:
    actions = lot()
    autres = [ligne for ligne in pret.suivi() if ligne not in ecrites(pret)]
    assert bout.insere(actions)
    d_un_coup = ecrites(pret)
    assert len(d_un_coup) == len(actions)
    pret.sql("DELETE FROM dbo.SuiviMO WHERE [Date] >= ?", LUNDI + timedelta(hours=2))
    for rang in range(0, len(actions), MINIMUM - 1):
        assert pret.dossier.write_lignes(actions[rang : rang + MINIMUM - 1]).entieres
    assert ecrites(pret) == d_un_coup
    assert [ligne for ligne in pret.suivi() if ligne not in d_un_coup] == autres


def test_a_dossier_inserts_a_large_lot_so_and_tells_all_of_it_as_done(pret: Bac) -> None:
    actions = lot()
    assert pret.dossier.write_lignes(actions).faites == actions
    assert len(ecrites(pret)) == len(actions)
    assert pret.dossier.write_lignes(actions).depassees == actions
    assert len(ecrites(pret)) == len(actions)


@pytest.mark.parametrize("nombre", [1, 2, 3, 4, 5])
def test_no_line_is_lost_at_the_end_of_the_last_packet(pret: Bac, bout: Bout, nombre: int) -> None:
    assert bout.insere(lot(nombre))
    assert len(ecrites(pret)) == nombre


@pytest.mark.parametrize("type_code", ["varchar(10)", "nchar(10)", "nvarchar(10)"])
def test_a_code_is_written_without_its_padding_whatever_the_column(bac: Bac, type_code: str) -> None:
    bac.cree(
        ChantierDef={"Code": f"{type_code} NOT NULL PRIMARY KEY"},
        SuiviMO={"CodeChantier": f"{type_code} NULL", "NbH7": "float NOT NULL", "NbH0": "decimal(9,2) NULL"},
    )
    bac.peuple()
    bout = Bout(bac)
    assert bout.insere([inserer(q("7.25", 1), cle("CH2", "MAR"))])
    bout.connexion.close()
    (chantier, salarie, heures, autre), *_ = bac.sql("SELECT CodeChantier, CodeSalarie, NbH0, NbH7 FROM dbo.SuiviMO")
    assert (chantier, salarie) == ("Ch2".ljust(10) if type_code.startswith("nchar") else "Ch2", "Mar")
    assert (float(heures), autre) == (7.25, 0)


@pytest.mark.parametrize(
    "action",
    [
        inserer(q(1), cle("CH1", "MAR")),  # somebody's line is there, seven seconds later
        inserer(q(1), cle("INCONNU", "MAR", LUNDI + timedelta(hours=1))),
        inserer(q(1), cle("CH1", "INCONNU", LUNDI + timedelta(hours=1))),
        inserer(q("123456789.1234"), cle("CH2", "DUP")),
        inserer(q("0.00000000001"), cle("CH2", "DUP")),
        inserer(q(-1), cle("CH2", "DUP")),
        inserer(q(1, 0, 10_000), cle("CH2", "DUP")),
    ],
)
def test_what_cannot_go_so_is_left_to_the_longer_way(pret: Bac, bout: Bout, action: Action) -> None:
    avant = pret.suivi()
    assert not bout.insere([*lot(), action])
    assert pret.suivi() == avant


def test_a_code_beyond_the_first_plane_or_borne_twice_is_left_to_the_longer_way(bac: Bac) -> None:
    bac.cree(ChantierDef={"Code": "nvarchar(8) NULL"}, SuiviMO={"CodeChantier": "nvarchar(8) NULL"})
    bac.peuple()
    for code in ("GRUE🏗", "Double", "DOUBLE", " BLANC", None):
        bac.ajoute("ChantierDef", Code=code)
    bout = Bout(bac)
    assert not bout.insere([inserer(q(1), cle("GRUE🏗"))])
    assert not bout.insere([inserer(q(1), cle("DOUBLE"))])
    assert not bout.insere([inserer(q(1), cle("BLANC"))])
    assert bac.suivi() == []
    assert bout.insere([inserer(q(1))])
    bout.connexion.close()


def test_a_line_that_batigest_refuses_takes_none_along(bac: Bac) -> None:
    bac.cree(SuiviMO={"NbH0": "decimal(4,2) NULL"})
    bac.peuple()
    actions = [inserer(q(1), cle("CH1", "DUP", LUNDI + timedelta(minutes=n))) for n in range(MINIMUM)]
    actions[7] = inserer(q(100), actions[7].cle)
    ecrites = bac.dossier.write_lignes(actions)
    assert [refus.action for refus in ecrites.refusees] == [actions[7]]
    assert len(bac.suivi()) == len(ecrites.faites) == MINIMUM - 1


def test_a_line_typed_while_ours_are_written_is_seen_before_the_commit(
    pret: Bac, attend_un_verrou: Callable[[], None]
) -> None:
    """The other desk has typed our line and not saved it yet when we look, and saves while our write waits for it."""
    pret.sql("CREATE UNIQUE INDEX ix_cle ON dbo.SuiviMO (CodeChantier, CodeSalarie, [Date])")
    dossier, actions = pret.ouvre(attente_verrou_ms=20_000), lot()
    dossier.check_suivi()
    saisie = "INSERT INTO dbo.SuiviMO (CodeChantier, CodeSalarie, [Date], NbH0) VALUES (?, ?, ?, 5)"
    with Sql(pret.reglages) as atelier, ThreadPoolExecutor(1) as fil:
        atelier.begin()
        atelier(saisie, *actions[9].cle)
        ecriture = fil.submit(dossier.write_lignes, actions)
        attend_un_verrou()
        atelier.commit()
        ecrites = ecriture.result(30)
    assert ecrites.depassees == [actions[9]]
    assert len(ecrites.faites) == len(actions) - 1
    assert pret.sql("SELECT COUNT(*) FROM dbo.SuiviMO WHERE NbH0 = 5 AND [Date] = ?", actions[9].cle.debut) == [(1,)]


def test_a_line_that_appears_meanwhile_where_nothing_forbids_it_undoes_the_insertion(pret: Bac) -> None:
    """Nobody's key is unique here: only the count says that somebody came in between."""
    actions = lot()

    class Devancee(Connexion):
        """Somebody types the same line as soon as we have looked."""

        def read(self, sql: str, params: Valeurs = (), *, objet: str = "") -> list[Ligne]:
            lignes = super().read(sql, params, objet=objet)
            if "FROM dbo.SuiviMO" in sql:
                pret.ajoute("SuiviMO", CodeChantier="12", CodeSalarie="DUP", Date=actions[5].cle.debut, NbH0=3)
            return lignes

    bout = Bout(pret)
    with Devancee(pret.reglages) as connexion:
        assert not insere_d_un_coup(connexion, bout.suivi, bout.codes, actions)
    bout.connexion.close()
    assert len(ecrites(pret)) == 1


def test_a_code_that_came_or_changed_is_known_from_the_next_push_on(pret: Bac) -> None:
    pret.dossier.check_suivi()
    assert pret.dossier.write_lignes(lot()).entieres
    pret.sql("UPDATE dbo.ChantierDef SET Code = 'ch1' WHERE Code = 'CH1'")
    pret.sql("DELETE FROM dbo.SuiviMO")
    pret.dossier.check_suivi()
    assert pret.dossier.write_lignes(lot()).entieres
    assert {ligne[0].strip() for ligne in pret.suivi()} == {"ch1", *ECRITS.values()} - {"CH1"}


@pytest.mark.parametrize(
    ("effet", "sur", "attendue"),
    [
        ("erreur", "INSERT INTO dbo.SuiviMO", ServiceSature),
        ("erreur", "CREATE TABLE #paquets", ServiceSature),
        ("erreur", "DELETE FROM #paquets", ServiceSature),
        ("coupure", "INSERT INTO dbo.SuiviMO", ServiceInjoignable),
        ("coupure_apres", "INSERT INTO dbo.SuiviMO", ServiceInjoignable),
        ("coupure", "INSERT INTO #paquets", ServiceInjoignable),
        ("coupure", "COMMIT", ReponseIncertaine),
    ],
)
def test_a_fault_at_any_step_leaves_nothing_written_and_the_next_call_does_it_all(
    pret: Bac, panne: Panne, effet: str, sur: str, attendue: type[ErreurConnecteur]
) -> None:
    actions = lot()
    pret.dossier.check_suivi()
    panne(effet, sur=sur, numero=1205 if effet == "erreur" else None)
    with pytest.raises(attendue) as attrapee:
        pret.dossier.write_lignes(actions)
    assert type(attrapee.value) is attendue
    assert ecrites(pret) == []
    assert pret.dossier.write_lignes(actions).faites == actions
    assert len(ecrites(pret)) == len(actions)


def test_a_commit_whose_answer_is_lost_says_that_nobody_knows(pret: Bac, panne: Panne) -> None:
    actions = lot()
    pret.dossier.check_suivi()
    panne("coupure_apres", sur="COMMIT")
    with pytest.raises(ReponseIncertaine):
        pret.dossier.write_lignes(actions)
    assert pret.dossier.write_lignes(actions).depassees == actions
