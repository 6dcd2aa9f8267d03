"""Words, codes and errors of the command line, without any system behind."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from connecteur.cli import main
from connecteur.cli.codes import CODES_FR, Code

LOURDS = ("dbos", "mssql_python", "fastapi", "httpx2", "psycopg", "sqlalchemy", "connecteur.bootstrap")
"""What takes time to import and what help does not need."""


def lance(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as fin:
        main(list(arguments))
    sortie = capsys.readouterr()
    assert isinstance(fin.value.code, int)
    return fin.value.code, sortie.out, sortie.err


def test_help_imports_nothing_heavy() -> None:
    programme = (
        "import sys\n"
        "from connecteur.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        f"sys.exit(' '.join(m for m in {LOURDS!r} if m in sys.modules))"
    )
    resultat = subprocess.run([sys.executable, "-c", programme], capture_output=True, encoding="utf-8", check=False)
    assert resultat.stderr.strip() == ""
    assert "serve" in resultat.stdout


@pytest.mark.parametrize(
    "commande",
    [
        "serve",
        "alertes essai",
        "alertes montre",
        "sync",
        "verifier",
        "doctor",
        "reglages montre",
        "reglages change",
        "reglages retire",
        "conflits liste",
        "conflits decide",
        "conflits garde",
        "horaires montre",
        "horaires change",
        "horaires pause",
        "horaires reprend",
        "reprise-ancienne tampon",
        "rejets liste",
        "rejets renvoie",
        "rejets ignore",
        "salaries liste",
        "salaries suggere",
        "salaries associe",
        "salaries dissocie",
        "salaries ecris-codebs",
        "explique",
        "audit",
    ],
)
def test_every_command_has_its_help_in_french(commande: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, sortie, _ = lance(capsys, *commande.split(), "--help")
    assert code == Code.REUSSI
    assert "--config" in sortie
    assert "--json" in sortie
    assert "Montrer cette aide" in sortie
    assert "Show this message" not in sortie


def test_the_exit_codes_are_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    _, sortie, _ = lance(capsys, "--help")
    texte = " ".join(sortie.split())
    assert all(f"{code.value}, {sens}" in texte for code, sens in CODES_FR.items())


@pytest.mark.parametrize(
    ("arguments", "phrase"),
    [
        (["sync"], "Il manque quelque chose"),
        (["sync", "tout", "--rapide"], "--rapide"),
        (["sync", "paie"], "n’est pas permise"),
        (["paie"], "mal écrite"),
    ],
)
def test_a_badly_written_command_is_said_to_be_so(
    arguments: list[str], phrase: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, sortie, erreurs = lance(capsys, *arguments)
    assert code == Code.USAGE
    assert sortie == ""
    assert phrase in erreurs


def test_a_missing_file_is_named_with_its_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    code, sortie, erreurs = lance(capsys, "doctor", "--config", "/nulle/part.toml")
    assert code == Code.USAGE
    assert sortie == ""
    assert "/nulle/part.toml" in erreurs
    assert "--config" in erreurs


def test_with_json_an_error_is_one_object_on_standard_output(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    fichier = tmp_path / "c.toml"
    fichier.write_text('donnees = "/tmp/x"\n[batigest]\nserveur = "srv"\n', encoding="utf-8")
    code, sortie, _ = lance(capsys, "sync", "tout", "--config", str(fichier), "--json")
    assert code == Code.USAGE
    objet = json.loads(sortie)
    assert objet["ok"] is False
    assert "batigest.base" in objet["erreur"]["message"]
    assert "batisimply" in objet["erreur"]["message"]


def test_a_dry_run_of_one_arrow_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, erreurs = lance(capsys, "sync", "push-heures", "--apercu")
    assert code == Code.USAGE
    assert "flux entier" in erreurs


def test_the_version_can_be_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    code, sortie, _ = lance(capsys, "--version")
    assert (code, sortie.split()[0]) == (Code.REUSSI, "connecteur")
