"""Faults of the server and of the line, at every moment of a write: all of it happened, or none, or we say we know not.

These need the stand-in, which fails on demand.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest

from banc.batigest import pannes
from connecteur.errors import (
    AccesRefuse,
    ErreurConnecteur,
    ErreurPermanente,
    ReponseIncertaine,
    SchemaInattendu,
    ServiceInjoignable,
    ServiceSature,
)

from .bac import LUNDI, SEMAINE, Bac, cle, corriger, inserer, q, retirer
from .conftest import UTILISATEUR, Panne, ServeurEssai, attend

ACTIONS = [
    corriger(q("7.5"), q(8)),
    retirer(q(1), cle("CH2", "DUP")),
    inserer(q(2), cle("CH2", "MAR")),
]
ETAPES = ["CREATE TABLE #heures", "INSERT INTO #heures", "LEFT JOIN dbo.SuiviMO", "LEFT JOIN dbo.ChantierDef"]
GESTES = ["DELETE s FROM", "UPDATE s SET", "INSERT INTO dbo.SuiviMO"]


@pytest.fixture
def pret(bac: Bac) -> Bac:
    bac.cree()
    bac.peuple()
    bac.ajoute("SuiviMO", CodeChantier="CH1", CodeSalarie="DUP", Date=LUNDI, NbH0=7.5)
    bac.ajoute("SuiviMO", CodeChantier="CH2", CodeSalarie="DUP", Date=LUNDI, NbH0=1)
    bac.dossier.check_suivi()
    return bac


def ecrit_puis_reprend(pret: Bac, attendue: type[ErreurConnecteur]) -> None:
    """The write fails as a whole; the next one, on the same object, does everything."""
    avant = pret.suivi()
    with pytest.raises(attendue) as attrapee:
        pret.dossier.write_lignes(ACTIONS)
    assert type(attrapee.value) is attendue
    assert pret.suivi() == avant
    assert pret.dossier.write_lignes(ACTIONS).faites == ACTIONS
    assert len(pret.suivi()) == 2


@pytest.mark.parametrize("sur", [*ETAPES, *GESTES])
def test_a_deadlock_at_any_step_leaves_nothing_written(pret: Bac, panne: Panne, sur: str) -> None:
    panne("erreur", sur=sur, numero=1205)
    ecrit_puis_reprend(pret, ServiceSature)


@pytest.mark.parametrize(
    ("numero", "attendue"),
    [
        (1222, ServiceSature),
        (1105, ServiceSature),
        (229, AccesRefuse),
        (208, SchemaInattendu),
        (4711, ErreurPermanente),
    ],
)
def test_an_error_of_the_server_leaves_nothing_written(
    pret: Bac, panne: Panne, numero: int, attendue: type[ErreurConnecteur]
) -> None:
    panne("erreur", sur="INSERT INTO dbo.SuiviMO", numero=numero)
    ecrit_puis_reprend(pret, attendue)


@pytest.mark.parametrize("effet", ["coupure", "coupure_apres"])
@pytest.mark.parametrize("sur", [*ETAPES[1:], *GESTES])
def test_a_line_cut_before_the_commit_leaves_nothing_written(pret: Bac, panne: Panne, sur: str, effet: str) -> None:
    panne(effet, sur=sur)
    ecrit_puis_reprend(pret, ServiceInjoignable)


def test_a_line_cut_as_the_session_is_used_again_is_picked_up(pret: Bac, panne: Panne) -> None:
    panne("coupure", sur="CREATE TABLE #heures")
    assert pret.dossier.write_lignes(ACTIONS).faites == ACTIONS
    panne("coupure", sur="FROM dbo.SuiviMO")
    assert len(pret.dossier.read_lignes(SEMAINE).lignes) == 2


def test_a_line_cut_twice_in_a_row_is_a_service_out_of_reach(pret: Bac, panne: Panne) -> None:
    panne("coupure", sur="FROM dbo.SuiviMO", fois=2)
    with pytest.raises(ServiceInjoignable):
        pret.dossier.read_lignes(SEMAINE)
    assert len(pret.dossier.read_lignes(SEMAINE).lignes) == 2


@pytest.mark.parametrize(("effet", "ecrites"), [("coupure", False), ("coupure_apres", True)])
def test_a_line_cut_around_the_commit_says_that_nobody_knows(
    pret: Bac, panne: Panne, effet: str, ecrites: bool
) -> None:
    avant = pret.suivi()
    panne(effet, sur="COMMIT", sauter=1)  # the first one only stages
    with pytest.raises(ReponseIncertaine):
        pret.dossier.write_lignes(ACTIONS)
    assert (pret.suivi() != avant) is ecrites
    suite = pret.dossier.write_lignes(ACTIONS)
    assert (suite.depassees if ecrites else suite.faites) == ACTIONS


def test_a_statement_that_never_ends_is_given_up(pret: Bac, panne: Panne) -> None:
    dossier = pret.ouvre(delai_requete_s=1)
    dossier.check_suivi()
    panne("lenteur", sur="FROM dbo.SuiviMO", secondes=60)
    with pytest.raises(ServiceSature):
        dossier.read_lignes(SEMAINE)
    assert len(dossier.read_lignes(SEMAINE).lignes) == 2
    panne("lenteur", sur="UPDATE s SET", secondes=60)
    avant = pret.suivi()
    with pytest.raises(ServiceSature):
        dossier.write_lignes(ACTIONS)
    assert pret.suivi() == avant
    assert dossier.write_lignes(ACTIONS).faites == ACTIONS


def test_a_missing_right_names_the_table(pret: Bac, panne: Panne) -> None:
    panne("erreur", sur="FROM dbo.Devis", numero=229)
    with pytest.raises(AccesRefuse, match=r"dbo\.Devis"):
        pret.dossier.read_selection(LUNDI.date())


@pytest.mark.parametrize(("numero", "attendue"), [(1205, ServiceSature), (927, ServiceInjoignable)])
def test_a_fault_while_looking_for_bad_rows_leaves_nothing_written(
    bac: Bac, panne: Panne, numero: int, attendue: type[ErreurConnecteur]
) -> None:
    bac.cree(SuiviMO={"NbH0": "decimal(4,2) NULL"})
    bac.peuple()
    bac.dossier.check_suivi()
    actions = [inserer(q(100 if chantier == "CH2" else 1), cle(chantier)) for chantier in ("CH1", "CH2")]
    panne("erreur", sur="INSERT INTO dbo.SuiviMO", numero=numero, sauter=1)
    with pytest.raises(attendue):
        bac.dossier.write_lignes(actions)
    assert bac.suivi() == []
    assert bac.dossier.write_lignes(actions).faites == actions[:1]


def test_two_slices_are_read_at_once_and_a_slow_one_holds_nobody_up(
    pret: Bac, panne: Panne, serveur_essai: ServeurEssai
) -> None:
    """The second reading ends first: it did not wait for the session of the first."""
    url = serveur_essai.postgres
    assert url is not None
    attendue = pret.dossier.read_lignes(SEMAINE).empreinte
    panne("lenteur", sur="FROM dbo.SuiviMO", secondes=2)
    fins: list[str] = []

    def lit(qui: str) -> str:
        empreinte = pret.dossier.read_lignes(SEMAINE).empreinte
        fins.append(qui)
        return empreinte

    with ThreadPoolExecutor(2) as fils:
        lente = fils.submit(lit, "la lente")
        attend(lambda: pannes.restantes(url) == 0)
        autre = fils.submit(lit, "l’autre")
        assert (autre.result(30), lente.result(30)) == (attendue, attendue)
    assert fins == ["l’autre", "la lente"]


def test_a_second_session_that_is_refused_is_done_without(pret: Bac, panne: Panne, serveur_essai: ServeurEssai) -> None:
    """A server that takes one session only: the second reading waits for the first, and both come to an end."""
    url = serveur_essai.postgres
    assert url is not None
    attendue = pret.dossier.read_lignes(SEMAINE).empreinte
    refus = f"{pannes.OUVERTURE}{UTILISATEUR}"

    def lit_a_deux() -> list[str]:
        panne("lenteur", sur="FROM dbo.SuiviMO", secondes=1)
        with ThreadPoolExecutor(2) as fils:
            lente = fils.submit(pret.dossier.read_lignes, SEMAINE)
            attend(lambda: pannes.restantes(url) == 1)
            return [fils.submit(pret.dossier.read_lignes, SEMAINE).result(30).empreinte, lente.result(30).empreinte]

    panne("erreur", sur=refus, numero=18456)
    assert lit_a_deux() == [attendue, attendue]
    assert pannes.restantes(url) == 0
    # It is not asked for again while this run lasts, and again in the next.
    panne("erreur", sur=refus, numero=17809)
    assert lit_a_deux() == [attendue, attendue]
    assert pannes.restantes(url) == 1
    pret.dossier.check_suivi()
    assert lit_a_deux() == [attendue, attendue]
    assert pannes.restantes(url) == 0
