"""The journal: JSON lines, no secret, shared by several programs."""

import json
import logging
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
import structlog
from pydantic import BaseModel, SecretStr

from connecteur import journal

JETON = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl"


@pytest.fixture(autouse=True)
def structlog_d_origine() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def lignes(fichier: Path) -> list[dict[str, Any]]:
    return [json.loads(ligne) for ligne in fichier.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(
    "secret",
    [
        "postgresql://sages:hunter2hunter2@127.0.0.1:5432/tampon",
        "Server=srv;UID=connecteur;PWD=hunter2hunter2;Encrypt=yes",
        "Authorization: Bearer hunter2hunter2",
        f"jeton {JETON}",
        '{"client_secret": "hunter2hunter2"}',
        "grant_type=password&password=hunter2hunter2&username=x",
        "le mot convenu est SesameOuvreToi, dit-il",
    ],
)
def test_no_secret_is_written(secret: str, tmp_path: Path) -> None:
    with journal.ouvre(tmp_path, ["SesameOuvreToi"]) as fichier:
        log = structlog.get_logger("essai")
        log.info("un", texte=secret, liste=[{"dedans": secret}])
        logging.getLogger("dbos").warning("autre %s", secret)
        log.error("trois", exc_info=ValueError(secret))
    ecrit = fichier.read_text(encoding="utf-8")
    assert len(lignes(fichier)) == 3
    assert "hunter2" not in ecrit
    assert JETON not in ecrit
    assert "SesameOuvreToi" not in ecrit
    assert "ValueError" in ecrit


@pytest.mark.parametrize("cle", ["mot_de_passe", "client_secret", "access_token", "Authorization", "Set-Cookie"])
def test_a_value_is_hidden_by_the_name_of_its_key(cle: str, tmp_path: Path) -> None:
    with journal.ouvre(tmp_path) as fichier:
        structlog.get_logger().info("appel", **{cle: "x1"}, entetes={cle: "x1"}, run="r1")
    (ligne,) = lignes(fichier)
    assert (ligne[cle], ligne["entetes"], ligne["run"]) == ("***", {cle: "***"}, "r1")


def test_what_is_no_secret_stays_readable(tmp_path: Path) -> None:
    texte = "Le chantier CH000001 « L’Étang » : 7,5 h le 24/06/2025 à 08:00, http://127.0.0.1:8000/runs/1"
    with journal.ouvre(tmp_path, ["", "abc"]) as fichier:
        structlog.get_logger("essai").info(texte, insérées=3, abc="abcdef")
    (ligne,) = lignes(fichier)
    assert (ligne["event"], ligne["insérées"], ligne["abc"]) == (texte, 3, "abcdef")
    assert (ligne["level"], ligne["logger"]) == ("info", "essai")


def test_the_console_stays_quiet(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    journal.prepare()
    structlog.get_logger().warning("avant que le journal ne soit ouvert")
    with journal.ouvre(tmp_path):
        structlog.get_logger().error("pendant")
        logging.getLogger("uvicorn.error").error("d’une bibliothèque")
    assert capfd.readouterr() == ("", "")


def test_two_programs_share_one_journal_and_either_may_turn_it(tmp_path: Path) -> None:
    fichier = tmp_path / "connecteur.log"
    un, deux = (journal.JournalPartage(fichier, maxBytes=400, backupCount=50, encoding="utf-8") for _ in range(2))
    try:
        for n in range(60):
            for nom, handler in (("un", un), ("deux", deux)):
                handler.emit(logging.LogRecord(nom, logging.INFO, "", 0, f"{nom} {n:03d} {'x' * 40}", None, None))
    finally:
        un.close()
        deux.close()
    fichiers = list(tmp_path.glob("connecteur.log*"))
    ecrites = [ligne[: ligne.rindex(" ")] for f in fichiers for ligne in f.read_text(encoding="utf-8").splitlines()]
    assert len(fichiers) > 5
    assert sorted(ecrites) == sorted(f"{nom} {n:03d}" for n in range(60) for nom in ("un", "deux"))
    assert all(f.stat().st_size <= 400 for f in fichiers)


class _Section(BaseModel):
    mot_de_passe: SecretStr = SecretStr("secret-un")
    nom: str = "visible"


class _Reglages(BaseModel):
    section: _Section = _Section()
    url: SecretStr | None = SecretStr("postgresql://u:secret-deux@h/b")
    rien: SecretStr | None = None


def test_every_secret_of_the_settings_is_known_the_password_of_an_address_too() -> None:
    secrets = journal.secrets_des_reglages(_Reglages())
    assert secrets == ["secret-un", "postgresql://u:secret-deux@h/b"]
    assert journal.Caviardage(secrets).texte("refusé : secret-deux, pour u@h") == "refusé : ***, pour u@h"


@pytest.mark.parametrize("forme", [quote, quote_plus, json.dumps, repr, lambda s: b64encode(s.encode()).decode()])
def test_a_known_secret_is_hidden_in_every_form_it_may_be_written_in(
    forme: Callable[[str], str], tmp_path: Path
) -> None:
    secret = 'é"mot de/passe\\'
    with journal.ouvre(tmp_path) as fichier:
        journal.apprend(secret)
        structlog.get_logger().info(f"avant {forme(secret)} après")
    (ligne,) = lignes(fichier)
    assert ligne["event"].replace("=", "").replace('"', "").replace("'", "") == "avant *** après"
    journal.CAVIARDAGE.oublie()
    assert journal.CAVIARDAGE.texte(secret) == secret


def test_months_of_service_do_not_make_it_slow_nor_forget_what_still_serves() -> None:
    """The vault holds a value that changes at every run, and tells it each time."""
    caviardage = journal.Caviardage(["celui des réglages"])
    caviardage.apprend(["celui du coffre"])
    for run in range(2 * journal.SECRETS_DE_PASSAGE):
        caviardage.apprend([f"vu au run {run:04}", "celui du coffre"])
    assert caviardage.texte("celui des réglages, celui du coffre, vu au run 0399") == "***, ***, ***"
    assert caviardage.texte("vu au run 0000") == "vu au run 0000"


def test_a_secret_that_stands_in_a_longer_one_does_not_cut_it() -> None:
    assert journal.Caviardage(["sesame", "sesame-ouvre-toi"]).texte("dit : sesame-ouvre-toi") == "dit : ***"
