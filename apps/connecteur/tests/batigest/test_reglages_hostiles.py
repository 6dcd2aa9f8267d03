"""Settings reach the driver as values, whatever they contain."""

from typing import TYPE_CHECKING

import pytest
from mssql_python.connection_string_builder import _ConnectionStringBuilder
from mssql_python.connection_string_parser import _ConnectionStringParser
from pydantic import SecretStr

from connecteur.batigest import Dossier
from connecteur.batigest.connection import Connexion
from connecteur.batigest.curseur import adresse
from connecteur.errors import ConfigurationInvalide
from connecteur.settings import ReglagesBatigest, ReglagesRubriques

if TYPE_CHECKING:
    from connecteur.sync.ports import DossierHeures
    from connecteur.sync.ports.chantiers import DossierChantiers


def reglages(**autres: object) -> ReglagesBatigest:
    valeurs: dict[str, object] = {
        "serveur": "127.0.0.1",
        "base": "BTG",
        "utilisateur": "sages",
        "mot_de_passe": SecretStr("secret-tres-secret"),
        **autres,
    }
    return ReglagesBatigest.model_validate(valeurs)


@pytest.mark.parametrize(
    ("serveur", "port", "attendue"),
    [
        ("srv", None, "srv"),
        ("srv\\SAGEBAT", None, "srv\\SAGEBAT"),
        ("srv\\SAGEBAT", 1435, "tcp:srv,1435"),
        (" 10.0.0.8 ", 1433, "tcp:10.0.0.8,1433"),
        ("tcp:srv,1500", 1433, "tcp:srv,1433"),
        (".\\SAGEBAT", None, ".\\SAGEBAT"),
    ],
)
def test_an_explicit_port_wins_over_the_name_of_the_instance(serveur: str, port: int | None, attendue: str) -> None:
    assert adresse(serveur, port) == attendue


@pytest.mark.parametrize(
    "serveur", ["srv;Database=autre", "srv{", "", "a b", "srv\\", "srv,port", "srv\x00", "np:\\\\x"]
)
def test_a_server_name_that_is_no_name_is_refused_before_anything_leaves(serveur: str) -> None:
    with pytest.raises(ConfigurationInvalide), Connexion(reglages(serveur=serveur)) as connexion:
        connexion.open()


@pytest.mark.parametrize("valeur", ["pw};Server=evil", "a;b", "{x}", "}}", "é=ü ", "';--", '"'])
def test_the_driver_reads_back_each_value_whole(valeur: str) -> None:
    """The escaping is the driver's: this holds it to its word, since a password chosen by others goes through it."""
    chaine = _ConnectionStringBuilder({"PWD": valeur, "Server": "ici", "Database": valeur}).build()
    assert _ConnectionStringParser()._parse(chaine) == {"pwd": valeur, "server": "ici", "database": valeur}


def test_nothing_is_opened_before_the_first_call() -> None:
    with Dossier(reglages(serveur="nulle-part.invalid"), ReglagesRubriques()) as dossier:
        cotes: tuple[DossierChantiers, DossierHeures] = dossier, dossier
    assert cotes


def test_a_nul_character_in_a_setting_is_a_wrong_setting() -> None:
    with pytest.raises(ConfigurationInvalide), Connexion(reglages(base="BTG\x00evil", port=1)) as connexion:
        connexion.open()
