"""Every failure of the driver becomes one of the connector’s errors: by number, else by SQLSTATE, never by text."""

import pytest

from connecteur.batigest.driver_errors import Panne, traduit
from connecteur.errors import (
    AccesRefuse,
    ConfigurationInvalide,
    EnregistrementRefuse,
    ErreurPermanente,
    SchemaInattendu,
    ServiceInjoignable,
    ServiceSature,
)


@pytest.mark.parametrize(
    ("numero", "attendue"),
    [
        (18456, AccesRefuse),
        (4060, AccesRefuse),
        (916, AccesRefuse),
        (229, AccesRefuse),
        (230, AccesRefuse),
        (3906, AccesRefuse),
        (208, SchemaInattendu),
        (207, SchemaInattendu),
        (468, SchemaInattendu),
        (1205, ServiceSature),
        (1222, ServiceSature),
        (1105, ServiceSature),
        (9002, ServiceSature),
        (927, ServiceInjoignable),
        (2627, EnregistrementRefuse),
        (2601, EnregistrementRefuse),
        (515, EnregistrementRefuse),
        (547, EnregistrementRefuse),
        (8152, EnregistrementRefuse),
        (2628, EnregistrementRefuse),
        (8115, EnregistrementRefuse),
        (245, EnregistrementRefuse),
        (3609, EnregistrementRefuse),
        (50001, EnregistrementRefuse),
    ],
)
def test_a_number_decides_whatever_the_state_and_the_text_say(numero: int, attendue: type[Exception]) -> None:
    erreur = traduit(Panne("HY000", numero, "n’importe quel texte"), objet="dbo.SuiviMO")
    assert type(erreur) is attendue
    assert erreur.detail == "n’importe quel texte"


@pytest.mark.parametrize(
    ("etat", "attendue"),
    [
        ("08S01", ServiceInjoignable),
        ("HYT01", ServiceInjoignable),
        ("HYT00", ServiceSature),
        ("40001", ServiceSature),
        ("42S02", SchemaInattendu),
        ("42S22", SchemaInattendu),
        ("23000", EnregistrementRefuse),
        ("22001", EnregistrementRefuse),
        ("22003", EnregistrementRefuse),
        ("28000", AccesRefuse),
        ("42000", ErreurPermanente),
        ("", ErreurPermanente),
    ],
)
def test_without_a_number_the_state_decides(etat: str, attendue: type[Exception]) -> None:
    assert type(traduit(Panne(etat, None, ""))) is attendue


def test_a_number_nobody_knows_leaves_the_decision_to_the_state() -> None:
    assert type(traduit(Panne("23000", 4711, ""))) is EnregistrementRefuse


@pytest.mark.parametrize(
    ("etat", "attendue"),
    [
        ("28000", AccesRefuse),
        ("42000", AccesRefuse),
        ("08001", ServiceInjoignable),
        ("HYT00", ServiceInjoignable),
        ("", ServiceInjoignable),
        ("IM003", ConfigurationInvalide),
        ("01S00", ConfigurationInvalide),
    ],
)
def test_at_login_the_state_says_whether_the_account_the_database_or_the_network_is_at_fault(
    etat: str, attendue: type[Exception]
) -> None:
    assert type(traduit(Panne(etat, None, ""), a_la_connexion=True)) is attendue


def test_a_missing_right_names_the_table() -> None:
    assert "dbo.Devis" in traduit(Panne("42000", 229, ""), objet="dbo.Devis").message
