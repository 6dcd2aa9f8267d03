"""The doctor names the link that is broken, and does not try those behind it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from connecteur.batigest import diagnostic
from connecteur.batigest.connection import Connexion
from connecteur.domain.controle import Controle, EtatControle
from connecteur.settings import ReglagesRubriques

from .bac import Bac

UUID_1 = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"


def etats(bac: Bac, **autres: object) -> dict[str, EtatControle]:
    reglages = bac.reglages.model_copy(update=autres)
    return {c.nom: c.etat for c in diagnostic.run_controles(reglages, bac.rubriques)}


def detail(bac: Bac, nom: str, **autres: object) -> Controle:
    reglages = bac.reglages.model_copy(update=autres)
    (controle,) = (c for c in diagnostic.run_controles(reglages, bac.rubriques) if c.nom == nom)
    return controle


def test_a_dossier_in_good_order_passes_every_check(bac: Bac) -> None:
    bac.cree()
    bac.ajoute("Salarie", Code="A", Nom="Martin", codebs=UUID_1)
    assert set(etats(bac).values()) == {EtatControle.OK}


def test_a_name_that_leads_nowhere_stops_there(bac: Bac) -> None:
    trouves = etats(bac, serveur="nulle-part.invalid")
    assert trouves.pop(diagnostic.NOM) is EtatControle.ECHEC
    assert set(trouves.values()) == {EtatControle.IGNORE}


def test_a_port_where_nobody_listens_stops_there(bac: Bac) -> None:
    with closing(socket.socket()) as prise:
        prise.bind(("127.0.0.1", 0))  # bound and not listening: nobody answers there
        trouves = etats(bac, serveur="127.0.0.1", port=prise.getsockname()[1])
    assert trouves[diagnostic.PORT] is EtatControle.ECHEC
    assert trouves[diagnostic.COMPTE] is EtatControle.IGNORE


def test_a_port_where_something_else_listens_fails_at_the_encryption(bac: Bac, bavard: int) -> None:
    trouves = etats(bac, serveur="127.0.0.1", port=bavard, delai_connexion_s=2)
    assert trouves[diagnostic.PORT] is EtatControle.OK
    assert trouves[diagnostic.CHIFFREMENT] is EtatControle.ECHEC
    assert trouves[diagnostic.COMPTE] is EtatControle.IGNORE


@pytest.fixture
def bavard() -> Iterator[int]:
    """The port of something that listens, answers nonsense and hangs up."""
    with closing(socket.create_server(("127.0.0.1", 0))) as ecoute:

        def repond() -> None:
            while True:
                try:
                    prise, _ = ecoute.accept()
                except OSError:
                    return
                with closing(prise):
                    prise.recv(1024)
                    prise.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")

        fil = threading.Thread(target=repond, daemon=True)
        fil.start()
        yield ecoute.getsockname()[1]
        ecoute.shutdown(socket.SHUT_RDWR)
    fil.join(5)


def test_a_certificate_nobody_knows_is_named_as_such(bac: Bac) -> None:
    if not bac.reglages.certificat_de_confiance:
        pytest.skip("le serveur d’essai a un certificat reconnu")
    controle = detail(bac, diagnostic.CHIFFREMENT, certificat_de_confiance=False)
    assert controle.etat is EtatControle.ECHEC
    assert "certificat" in controle.message
    assert "certificat_de_confiance" in controle.remede


def test_a_connection_in_clear_is_worth_a_warning(bac: Bac) -> None:
    bac.cree()
    assert detail(bac, diagnostic.CHIFFREMENT, chiffrement=False).etat is EtatControle.ALERTE


def test_a_wrong_password_is_the_fault_of_the_account(bac: Bac) -> None:
    controle = detail(bac, diagnostic.COMPTE, mot_de_passe=SecretStr("mauvais-mot-de-passe"))
    assert controle.etat is EtatControle.ECHEC
    assert "mauvais-mot-de-passe" not in repr(controle)


def test_an_unknown_database_is_not_the_fault_of_the_account(bac: Bac) -> None:
    trouves = etats(bac, base="AUTRE_DOSSIER")
    assert trouves[diagnostic.COMPTE] is EtatControle.OK
    assert trouves[diagnostic.BASE] is EtatControle.ECHEC
    assert trouves[diagnostic.COLONNES] is EtatControle.IGNORE


def test_columns_at_fault_are_named_and_the_rest_is_still_checked(bac: Bac) -> None:
    bac.cree(SuiviMO={"NbH0": "int NULL"}, Devis={"TempsMO": None}, Salarie={"codebs": None})
    controle = detail(bac, diagnostic.COLONNES)
    assert controle.etat is EtatControle.ECHEC
    assert "dbo.SuiviMO.NbH0" in controle.message
    assert "dbo.Devis.TempsMO" in controle.message
    trouves = etats(bac)
    assert trouves[diagnostic.SALARIES] is EtatControle.OK  # they can be mapped by hand
    assert trouves[diagnostic.HORLOGE] is EtatControle.OK


def test_a_missing_table_is_a_right_that_is_missing(bac: Bac) -> None:
    bac.cree()
    bac.sql("DROP TABLE dbo.Devis")
    assert "dbo.Devis" in detail(bac, diagnostic.DROITS).message


def test_rights_that_are_missing_are_listed(bac: Bac, lecteur: str) -> None:
    bac.cree()
    controle = detail(bac, diagnostic.DROITS, utilisateur=lecteur)
    assert controle.etat is EtatControle.ECHEC
    assert controle.message == (
        "Il manque des droits au compte : SELECT sur dbo.Devis, INSERT sur dbo.SuiviMO, UPDATE sur dbo.SuiviMO, "
        "DELETE sur dbo.SuiviMO."
    )


def test_employees_without_identifiers_are_worth_a_warning(bac: Bac) -> None:
    bac.cree()
    bac.ajoute("Salarie", Code="A", Nom="Martin")
    assert detail(bac, diagnostic.SALARIES).etat is EtatControle.ALERTE


def test_clocks_that_disagree_are_worth_a_warning(bac: Bac) -> None:
    with Connexion(bac.reglages) as connexion:
        decalee = datetime.now(UTC) - timedelta(minutes=7)
        controle = diagnostic.check_horloge(connexion, decalee)
    assert controle.etat is EtatControle.ALERTE
    assert "42" in controle.message


def test_sql_browser_gives_the_port_of_an_instance() -> None:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as browser:
        browser.bind(("127.0.0.1", 0))
        corps = b"ServerName;SRV;InstanceName;SAGEBAT;IsClustered;No;Version;11.0.2100.60;tcp;51433;;"
        demandes: list[bytes] = []

        def repond() -> None:
            demande, qui = browser.recvfrom(1024)
            demandes.append(demande)
            browser.sendto(b"\x05" + len(corps).to_bytes(2, "little") + corps, qui)

        fil = threading.Thread(target=repond)
        fil.start()
        port = diagnostic.ask_browser("127.0.0.1", "SAGEBAT", port=browser.getsockname()[1])
        fil.join(5)
    assert demandes == [b"\x04SAGEBAT"]
    assert port == 51433


@pytest.mark.parametrize("reponse", [b"", b"\x05\x00\x00", b"\x05\x08\x00tcp;abc;", b"\xff" * 60])
def test_an_answer_that_is_none_gives_no_port(reponse: bytes) -> None:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as browser:
        browser.bind(("127.0.0.1", 0))
        fil = threading.Thread(target=lambda: browser.sendto(reponse, browser.recvfrom(1024)[1]))
        fil.start()
        assert diagnostic.ask_browser("127.0.0.1", "X", port=browser.getsockname()[1]) is None
        fil.join(5)


def test_a_silent_sql_browser_is_given_up_soon() -> None:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as muet:
        muet.bind(("127.0.0.1", 0))
        assert diagnostic.ask_browser("127.0.0.1", "X", port=muet.getsockname()[1], attente_s=0.05) is None


def test_headings_that_do_not_exist_are_named(bac: Bac) -> None:
    bac.cree()
    bac.rubriques = ReglagesRubriques(panier="NbH99")
    assert "dbo.SuiviMO.NbH99" in detail(bac, diagnostic.COLONNES).message
