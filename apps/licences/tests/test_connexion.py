"""The way to the database: its certificate verified, its password never shown, a pooler good enough."""

import ssl
import traceback
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from licence_manager.errors import ConfigurationInvalide
from licence_manager.journal import caviarde
from licence_manager.repository.connexion import verifie_adresse
from sages_commun.licence import make_cle

from .conftest import Atelier

SUPABASE = "postgresql://postgres.abc:canari@aws-0-eu-west-3.pooler.supabase.com:6543/postgres"


def test_a_server_elsewhere_must_prove_who_it_is() -> None:
    url, options = verifie_adresse(SUPABASE)
    assert options["sslmode"] == "verify-full"
    # Not « system »: the OpenSSL of the driver looks for authorities where no system keeps them.
    assert ssl.create_default_context(cafile=options["sslrootcert"]).cert_store_stats()["x509_ca"] > 50
    assert options["tcp_user_timeout"] < 60_000
    assert (url.drivername, url.port, url.database) == ("postgresql+psycopg", 6543, "postgres")


def test_the_authority_of_the_operator_is_used(tmp_path: Path) -> None:
    certificat = tmp_path / "ca.crt"
    certificat.touch()
    assert verifie_adresse(SUPABASE, certificat)[1]["sslrootcert"] == str(certificat)
    with pytest.raises(ConfigurationInvalide, match="introuvable"):
        verifie_adresse(SUPABASE, tmp_path / "absent.crt")


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer", "require", "verify-ca"])
def test_a_weaker_mode_is_refused_elsewhere_than_here(mode: str) -> None:
    with pytest.raises(ConfigurationInvalide, match="verify-full") as attrape:
        verifie_adresse(f"{SUPABASE}?sslmode={mode}")
    assert "canari" not in f"{attrape.value} {attrape.value.remede}"


@pytest.mark.parametrize(
    "adresse",
    [
        "postgresql://u:p@127.0.0.1:5432/l", "postgresql://u:p@localhost/l", "postgresql://u:p@[::1]/l",
        "postgresql://u:p@/l?host=/run/postgresql",
    ],
)  # fmt: skip
def test_this_machine_needs_no_certificate(adresse: str) -> None:
    assert "sslmode" not in verifie_adresse(adresse)[1]


@pytest.mark.parametrize(
    "adresse",
    [
        "postgresql://u:p@127.0.0.1/l?host=exemple.fr", "postgresql://u:p@localhost,exemple.fr/l",
        "postgresql://u:p@127.0.0.1.exemple.fr/l", "postgresql://u:p@127.0.0.1/l?hostaddr=192.0.2.1",
        "postgres://u:p@db.abc.supabase.co:5432/postgres",
    ],
)  # fmt: skip
def test_an_address_that_only_looks_local_is_not(adresse: str) -> None:
    assert verifie_adresse(adresse)[1]["sslmode"] == "verify-full"


@pytest.mark.parametrize(
    ("variable", "adresse"),
    [
        ("PGHOST", "postgresql:///l"), ("PGHOSTADDR", "postgresql://u:p@localhost/l"),
        ("PGSERVICE", "postgresql:///l"), ("PGSERVICEFILE", "postgresql:///l?service=x"),
    ],
)  # fmt: skip
def test_what_the_library_takes_from_its_own_variables_is_looked_at_too(
    variable: str, adresse: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "192.0.2.1")
    assert verifie_adresse(adresse)[1]["sslmode"] == "verify-full"


def test_no_statement_is_prepared_in_a_session_that_a_pooler_may_lend() -> None:
    assert verifie_adresse(SUPABASE)[1]["prepare_threshold"] is None


@pytest.mark.parametrize(
    "adresse",
    [
        "",
        "canari",
        "mysql://u:canari@h/l",
        "http://u:canari@h",
        "postgresql://h:port/l",
        "postgresql://u:p@ss:canari@h/l",
    ],
)
def test_what_is_no_address_is_refused_without_being_repeated(adresse: str) -> None:
    with pytest.raises(ConfigurationInvalide, match="LICENCE_MANAGER_BASE") as attrape:
        verifie_adresse(adresse)
    assert "canari" not in f"{attrape.value} {attrape.value.remede} {attrape.value.detail}"
    assert "canari" not in "".join(traceback.format_exception(attrape.value)[-1:] + _causes(attrape.value))


def _causes(erreur: BaseException) -> list[str]:
    """What a server that prints the whole chain of an error at start would show."""
    cause = erreur.__cause__ or (None if erreur.__suppress_context__ else erreur.__context__)
    return [] if cause is None else [repr(cause), *_causes(cause)]


def test_an_error_of_the_database_is_written_down_without_what_was_asked(atelier: Atelier) -> None:
    with pytest.raises(ProgrammingError) as attrape, atelier.maison.contexte.transaction() as (connexion, _):
        connexion.execute(text("SELECT :nom FROM nulle_part"), {"nom": "canari"})
    assert "canari" not in str(attrape.value)


def test_the_journal_shows_neither_passwords_nor_licence_keys() -> None:
    cle = make_cle()
    assert caviarde(f"{SUPABASE} {cle} {cle.lower()}") == SUPABASE.replace("canari", "***") + " *** ***"
