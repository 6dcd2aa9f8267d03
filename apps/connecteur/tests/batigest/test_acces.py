"""Logging in, waiting for locks, losing the line: what the flows are told, and that nothing is half written."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import pytest
from pydantic import SecretStr

from connecteur.domain.plan import Action
from connecteur.errors import AccesRefuse, SchemaInattendu, ServiceInjoignable, ServiceSature

from .bac import LUNDI, SEMAINE, Bac, Sql, cle, corriger, inserer, q, retirer

FAUX = "mauvais-mot-de-passe"


@pytest.fixture
def pret(bac: Bac) -> Bac:
    bac.cree()
    bac.peuple()
    bac.ajoute("SuiviMO", CodeChantier="CH1", CodeSalarie="DUP", Date=LUNDI, NbH0=7.5)
    return bac


@pytest.fixture
def atelier(bac: Bac) -> Iterator[Sql]:
    """Somebody else, at another desk."""
    with Sql(bac.reglages) as sql:
        yield sql


@pytest.mark.parametrize("mot_de_passe", [FAUX, "pw};Server=evil", "';--", "{", "é" * 64])
def test_a_wrong_password_is_an_access_refused_without_the_password(bac: Bac, mot_de_passe: str) -> None:
    with pytest.raises(AccesRefuse) as attrapee:
        bac.ouvre(mot_de_passe=SecretStr(mot_de_passe)).read_codes_chantiers()
    assert type(attrapee.value) is AccesRefuse
    textes = f"{attrapee.value!r} {attrapee.value.message} {attrapee.value.detail} {attrapee.value.remede}"
    assert mot_de_passe not in textes
    assert attrapee.value.__cause__ is None


def test_a_password_that_the_server_repeats_is_masked(bac: Bac) -> None:
    """The server quotes the user's name: here it is the password, too."""
    with pytest.raises(AccesRefuse) as attrapee:
        bac.ouvre(utilisateur="le-meme-mot", mot_de_passe=SecretStr("le-meme-mot")).read_codes_chantiers()
    assert "•••" in attrapee.value.detail
    assert "le-meme-mot" not in attrapee.value.detail


def test_an_unknown_user_is_an_access_refused(bac: Bac) -> None:
    with pytest.raises(AccesRefuse):
        bac.ouvre(utilisateur="sa;PWD={x}").read_codes_chantiers()


@pytest.mark.parametrize("base", ["AUTRE_DOSSIER", "x};Server=evil;", "a]b'--"])
def test_an_unknown_database_is_an_access_refused(bac: Bac, base: str) -> None:
    with pytest.raises(AccesRefuse):
        bac.ouvre(base=base).read_codes_chantiers()


def test_an_account_that_may_not_write_is_told_on_which_table(pret: Bac, lecteur: str) -> None:
    avant = pret.suivi()
    dossier = pret.ouvre(utilisateur=lecteur)
    assert len(dossier.read_lignes(SEMAINE).lignes) == 1
    with pytest.raises(AccesRefuse, match=r"dbo\.SuiviMO"):
        dossier.write_lignes([corriger(q("7.5"), q(8))])
    assert pret.suivi() == avant


def test_an_account_that_may_not_read_is_told_which_table(pret: Bac, lecteur: str) -> None:
    """SQL Server hides such a table from the catalogue, where the stand-in refuses to read it."""
    with pytest.raises((AccesRefuse, SchemaInattendu), match=r"dbo\.Devis"):
        pret.ouvre(utilisateur=lecteur).read_selection(LUNDI.date())


def test_a_port_where_nobody_listens_is_a_service_out_of_reach(bac: Bac) -> None:
    with pytest.raises(ServiceInjoignable):
        bac.ouvre(port=1, delai_connexion_s=2).read_codes_chantiers()


def test_a_certificate_that_is_not_trusted_is_not_accepted_in_silence(bac: Bac) -> None:
    if not bac.reglages.certificat_de_confiance:
        pytest.skip("le serveur d’essai a un certificat reconnu")
    with pytest.raises(ServiceInjoignable):
        bac.ouvre(certificat_de_confiance=False).read_codes_chantiers()


def test_a_dossier_closed_opens_again_at_the_next_call(pret: Bac) -> None:
    dossier = pret.dossier
    premiere = dossier.read_lignes(SEMAINE).empreinte
    dossier.close()
    dossier.close()
    assert dossier.read_lignes(SEMAINE).empreinte == premiere


def test_a_row_held_by_somebody_else_is_not_waited_for(pret: Bac, atelier: Sql) -> None:
    dossier = pret.ouvre(attente_verrou_ms=200)
    dossier.check_suivi()
    atelier.begin()
    atelier("UPDATE dbo.SuiviMO SET Remarque = 'en cours' WHERE CodeSalarie = 'DUP'")
    debut = monotonic()
    with pytest.raises(ServiceSature):
        dossier.write_lignes([corriger(q("7.5"), q(8)), inserer(q(1), cle("CH2", "MAR"))])
    assert monotonic() - debut < 5
    atelier.rollback()
    assert pret.sql("SELECT CodeSalarie, NbH0 FROM dbo.SuiviMO") == [("DUP", 7.5)]
    assert dossier.write_lignes([corriger(q("7.5"), q(8))]).faites


@pytest.mark.parametrize(
    ("saisie", "action"),
    [
        ("NbH0 = 6", corriger(q("7.5"), q(8))),
        ("NbH3 = 1", retirer(q("7.5"))),
        ("NbH1 = 2", retirer(q("7.5"))),
    ],
)
def test_an_edit_that_lands_between_the_check_and_the_write_wins(
    pret: Bac, atelier: Sql, attend_un_verrou: Callable[[], None], saisie: str, action: Action
) -> None:
    """The other desk holds the line when the write arrives, and commits while the write waits for it."""
    dossier = pret.ouvre(attente_verrou_ms=20_000)
    dossier.check_suivi()
    atelier.begin()
    atelier(f"UPDATE dbo.SuiviMO SET {saisie} WHERE CodeSalarie = 'DUP'")
    saisi = atelier("SELECT * FROM dbo.SuiviMO WHERE CodeSalarie = 'DUP'")
    autre = inserer(q(1), cle("CH2", "MAR"))
    with ThreadPoolExecutor(1) as fil:
        ecriture = fil.submit(dossier.write_lignes, [autre, action])
        attend_un_verrou()
        atelier.commit()
        ecrites = ecriture.result(30)
    assert (ecrites.faites, ecrites.depassees) == ([autre], [action])
    assert pret.sql("SELECT * FROM dbo.SuiviMO WHERE CodeSalarie = 'DUP'") == saisi


def test_reading_takes_no_lock_that_outlives_it(pret: Bac, atelier: Sql) -> None:
    pret.dossier.read_lignes(SEMAINE)
    atelier("SET LOCK_TIMEOUT 500")
    atelier("UPDATE dbo.SuiviMO SET NbH0 = 6 WHERE CodeSalarie = 'DUP'")
    assert pret.lignes()[cle()].quantites == q(6)


def test_writing_leaves_no_transaction_open_even_when_refused(pret: Bac, atelier: Sql) -> None:
    pret.dossier.write_lignes([corriger(q(1), q(2)), inserer(q(1), cle("CH9", "DUP"))])
    atelier("SET LOCK_TIMEOUT 500")
    atelier("UPDATE dbo.SuiviMO SET NbH0 = 6")
    atelier("DELETE FROM dbo.SuiviMO")
    assert pret.suivi() == []
