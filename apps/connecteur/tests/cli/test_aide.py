"""Words, codes and errors of the command line, without any system behind."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from connecteur.cli import main
from connecteur.cli.codes import CODES_FR, Code

LOURDS = (
    "connecteur.bootstrap", "cryptography", "dbos", "fastapi", "httpx2", "keyring", "mssql_python", "psycopg",
    "sqlalchemy", "tomlkit",
)  # fmt: skip
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
        "coffre etat",
        "coffre liste",
        "coffre pose",
        "coffre retire",
        "coffre importe",
        "coffre verifie",
        "coffre restaure",
        "coffre change-cle",
        "sync",
        "verifier",
        "diagnostic",
        "doctor",
        "reglages montre",
        "reglages change",
        "reglages retire",
        "conflits liste",
        "conflits decide",
        "conflits garde",
        "lignes liste",
        "lignes decide",
        "lignes reglees",
        "lignes annule",
        "garde montre",
        "garde confirme",
        "periode-close",
        "import-initial",
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
        (["sync"], "Il manque QUOI à la commande. Les valeurs permises : chantiers, heures, tout"),
        (["sync", "tout", "--rapide"], "L’option « --rapide » n’existe pas. Vouliez-vous dire « --apercu » ?"),
        (["sync", "paie"], "« paie » n’est pas permis pour QUOI. Les valeurs permises : chantiers, heures, tout"),
        (["paie"], "La commande « paie » n’existe pas."),
        (["sync", "tout", "de", "suite"], "La commande est mal écrite. Ceci est en trop : de suite"),
        (["doctor", "--config"], "Il manque une valeur après « --config »."),
        (["doctor", "--json=oui"], "L’option « --json » ne prend pas de valeur."),
        (["conflits", "decide", "CH1"], "Il manque CHAMP à la commande."),
        (["rejets", "ignore", "42"], "Il manque --raison à la commande."),
        (["lignes", "annule", "douze"], "« douze » n’est pas permis pour NUMÉRO : il faut un nombre entier."),
        (["rejets", "liste", "--page", "0"], "« 0 » n’est pas permis pour --page : il faut au moins 1."),
        (["rejets", "liste", "--par-page", "900"], "« 900 » n’est pas permis pour --par-page : il faut au plus 500."),
        (["periode-close", "demain"], "« demain » n’est pas permis pour JOUR. Écrivez par exemple 24/06/2025, ou"),
    ],
)
def test_a_badly_written_command_is_said_to_be_so_in_french(
    arguments: list[str], phrase: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, sortie, erreurs = lance(capsys, *arguments)
    assert code == Code.USAGE
    assert sortie == ""
    lu = " ".join(erreurs.split())
    assert lu.startswith(phrase), lu
    assert lu.endswith("--help ».")


def test_with_json_a_badly_written_command_is_one_object_too(capsys: pytest.CaptureFixture[str]) -> None:
    code, sortie, _ = lance(capsys, "sync", "paie", "--json")
    objet = json.loads(sortie)
    assert (code, objet["ok"]) == (Code.USAGE, False)
    assert objet["erreur"]["message"] == "« paie » n’est pas permis pour QUOI."
    assert "pull-heures" in objet["erreur"]["remede"]


@pytest.mark.parametrize("jour", ["24/06/2025", "2025-06-24"])
@pytest.mark.parametrize(
    "commande",
    [
        ["periode-close", "{}"],
        ["import-initial", "--depuis", "{}"],
        ["lignes", "decide", "C", "S", "{} 08:00", "batigest"],
    ],
)
def test_a_day_is_written_as_it_is_shown_or_as_a_program_does(
    commande: list[str], jour: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _, _, erreurs = lance(capsys, *(mot.format(jour) for mot in commande), "--config", "/nulle/part.toml")
    assert "/nulle/part.toml" in erreurs


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
