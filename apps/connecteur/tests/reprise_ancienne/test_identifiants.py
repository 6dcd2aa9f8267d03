"""`credentials.json`: what is understood, what is said of the rest, and that no secret is repeated."""

import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from connecteur.cli import app
from connecteur.errors import ConfigurationInvalide, ErreurPermanente
from connecteur.settings import charge
from connecteur.settings.identifiants import CLES, OCTETS_MAX, SYSTEMES, ecrit_configuration, lit_identifiants

SECRETS = ('mdp-sql;"x', "mdp pg/é@", "secret-du-client", "mdp-batisimply")
SECTIONS: dict[str, Any] = {
    "sqlserver": {
        "server": "localhost\\SAGEBAT", "database": "BTG_DOS_DEMO", "user": "sa", "password": SECRETS[0],
        "driver": "ODBC Driver 17 for SQL Server",
    },
    "postgres": {
        "host": "127.0.0.1", "port": 5433, "database": "connecteur", "user": "postgres", "password": SECRETS[1],
    },
    "batisimply": {
        "api_url": "https://api.exemple.fr", "sso_url": "https://sso.exemple.fr", "client_id": "connecteur",
        "client_secret": SECRETS[2], "username": "robot@exemple.fr", "password": SECRETS[3], "grant_type": "password",
    },
    "licence": {"key": "AAAA-BBBB-CCCC-DDDD"},
}  # fmt: skip


def fichier(tmp_path: Path, contenu: object) -> Path:
    ecrit = tmp_path / "credentials.json"
    ecrit.write_text(json.dumps(contenu), encoding="utf-8")
    return ecrit


def a_plat(contenu: dict[str, Any]) -> dict[str, Any]:
    """The same, in one level: `SqlServer-Password`."""
    return {f"{section.upper()}-{cle.title()}": valeur for section, v in contenu.items() for cle, valeur in v.items()}


@pytest.mark.parametrize("forme", [lambda c: c, a_plat, lambda c: {"config": 1, **c}])
def test_sections_and_prefixes_give_the_same_settings(tmp_path: Path, forme: Any) -> None:
    identifiants = lit_identifiants(fichier(tmp_path, forme(SECTIONS)))
    vers = tmp_path / "connecteur.toml"
    ecrit_configuration(identifiants, vers, tmp_path)
    reglages = charge(vers)
    assert (reglages.batigest.serveur, reglages.batigest.base, reglages.batigest.utilisateur) == (
        "localhost\\SAGEBAT", "BTG_DOS_DEMO", "sa",
    )  # fmt: skip
    assert reglages.batigest.mot_de_passe.get_secret_value() == SECRETS[0]
    assert reglages.tampon.url is not None
    assert (
        reglages.tampon.url.get_secret_value() == "postgresql://postgres:mdp%20pg%2F%C3%A9%40@127.0.0.1:5433/connecteur"
    )
    batisimply = reglages.batisimply
    assert (batisimply.url_api, batisimply.url_sso) == ("https://api.exemple.fr", "https://sso.exemple.fr")
    assert (batisimply.client_secret.get_secret_value(), batisimply.mot_de_passe.get_secret_value()) == SECRETS[2:]
    assert {nom.rpartition(".")[2].rpartition("-")[2].lower() for nom in identifiants.incomprises} >= {"driver", "key"}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no mode of a file")
def test_the_settings_file_is_its_owner_s_alone_and_never_replaces_another(tmp_path: Path) -> None:
    identifiants = lit_identifiants(fichier(tmp_path, SECTIONS))
    vers = tmp_path / "connecteur.toml"
    ecrit_configuration(identifiants, vers, tmp_path)
    assert stat.S_IMODE(vers.stat().st_mode) == 0o600
    avant = vers.read_bytes()
    with pytest.raises(ErreurPermanente, match="ne peut pas être créé"):
        ecrit_configuration(identifiants, vers, tmp_path)
    assert vers.read_bytes() == avant


HOSTILES = {
    "no JSON": b"pas du JSON : mdp-batisimply",
    "no object": b"[1, 2]",
    "too long": b'{"sqlserver_password": "mdp-batisimply"}' + b" " * OCTETS_MAX,
    "deeper than any parser goes": b'{"a": ' * 100_000 + b'"mdp-batisimply"' + b"}" * 100_000,
    "said twice": b'{"sqlserver_password": "mdp-batisimply", "sqlserver_password": "mdp-batisimply2"}',
    "a number without end": b'{"sqlserver_password": ' + b"9" * 5_000 + b"}",
    "a NUL": b'{"sqlserver_password": "mdp-batisimply\\u0000"}',
    "a line of its own": b'{"sqlserver_server": "x\\nmdp-batisimply = 1"}',
    "half a character": b'{"sqlserver_password": "mdp-batisimply\\ud800"}',
    "bytes of no encoding": b'{"sqlserver_password": "mdp-batisimply\x81\x8d"}',
}


@pytest.mark.parametrize("quoi", HOSTILES)
def test_a_file_that_no_old_connector_wrote_is_refused_without_being_quoted(tmp_path: Path, quoi: str) -> None:
    (tmp_path / "credentials.json").write_bytes(HOSTILES[quoi])
    with pytest.raises(ConfigurationInvalide) as refus:
        lit_identifiants(tmp_path / "credentials.json")
    assert "mdp-batisimply" not in f"{refus.value} {refus.value.detail} {refus.value.remede}"


def test_what_never_ends_is_no_file(tmp_path: Path) -> None:
    if sys.platform == "win32":
        (tmp_path / "credentials.json").mkdir()
    else:
        os.mkfifo(tmp_path / "credentials.json")
    with pytest.raises(ConfigurationInvalide, match="ne peut pas être lu"):
        lit_identifiants(tmp_path / "credentials.json")


@pytest.mark.parametrize("encodage", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_what_the_editors_of_windows_write_is_read(tmp_path: Path, encodage: str) -> None:
    texte = json.dumps({"sqlserver": {"password": "clé d’été"}}, ensure_ascii=False)
    (tmp_path / "credentials.json").write_bytes(texte.encode(encodage))
    assert lit_identifiants(tmp_path / "credentials.json").tables == {"batigest": {"mot_de_passe": "clé d’été"}}


def test_what_is_odd_is_named_and_not_taken(tmp_path: Path) -> None:
    """A port in figures of another script, two names for one setting, a list, a depth, a name that moves the cursor."""
    profond: object = "mdp"
    for _ in range(12):
        profond = {"sql": profond}
    identifiants = lit_identifiants(
        fichier(
            tmp_path,
            {
                "sqlserver": {"port": "²", "password": "un", "pwd": "deux", "user": True, "server": ["a"]},
                "\x1b[2Jsql": profond,
                "x" * 500: 1,
            },
        )
    )
    assert identifiants.en_reglages() == {"batigest": {"port": "²", "mot_de_passe": "un"}}
    assert {"sqlserver.pwd", "sqlserver.user", "sqlserver.server"} <= set(identifiants.incomprises)
    assert all(nom.isprintable() and len(nom) <= 81 for nom in identifiants.incomprises)
    assert len(identifiants.incomprises) == 5


@pytest.mark.parametrize("options", [[], ["--json"], ["--detail"]])
def test_the_command_says_what_it_understood_and_never_a_secret(tmp_path: Path, options: list[str]) -> None:
    vers = tmp_path / "connecteur.toml"
    credentials = str(fichier(tmp_path, SECTIONS))
    resultat = CliRunner().invoke(app, ["reprise-ancienne", "identifiants", credentials, "--vers", str(vers), *options])
    assert resultat.exit_code == 0
    assert "batigest.mot_de_passe" in resultat.output
    assert "licence.key" in resultat.output
    if "--json" not in options:
        assert "changez-les" in resultat.output
    for secret in (*SECRETS, "AAAA-BBBB"):
        assert secret not in resultat.output
    assert vers.exists()


def test_a_file_of_which_nothing_is_understood_makes_no_settings(tmp_path: Path) -> None:
    vers = tmp_path / "connecteur.toml"
    credentials = str(fichier(tmp_path, {"autre": {"chose": "mdp-sql"}}))
    resultat = CliRunner().invoke(app, ["reprise-ancienne", "identifiants", credentials, "--vers", str(vers)])
    assert resultat.exit_code != 0
    assert not vers.exists()
    assert "mdp-sql" not in resultat.output


def test_every_key_that_is_guessed_is_documented() -> None:
    page = (Path(__file__).parents[4] / "docs" / "reprise.md").read_text(encoding="utf-8")
    for table, cles in CLES.items():
        for cle, noms in cles.items():
            assert f"| `{table}.{cle}` | {', '.join(f'`{nom}`' for nom in noms)} |" in page
    for table, prefixes in SYSTEMES.items():
        assert f"| `[{table}]` | {', '.join(f'`{prefixe}`' for prefixe in prefixes)} |" in page
