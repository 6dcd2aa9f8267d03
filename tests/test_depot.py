"""The repository itself: its layout, its commands, what must never be in it."""

import ast
import os
import re
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PROJETS = (
    "pyproject.toml", "apps/connecteur/pyproject.toml", "apps/licences/pyproject.toml", "libs/commun/pyproject.toml",
    "banc/pyproject.toml",
)  # fmt: skip

INTERDITS: dict[str, re.Pattern[str]] = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a token": re.compile(r"\b(?:ghp|gho|glpat|sk|xox[bp]|AKIA)[-_]?[A-Za-z0-9]{20,}\b"),
    "a JSON web token": re.compile(r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"),
    "a password in an address": re.compile(
        r"://[^\s/:@{}<>\"'…*]+:[^\s/:@{}<>\"'…*$]{3,}@(?!127\.0\.0\.1|localhost|\w+[:/\"'])\w"
    ),
    "the path of one machine": re.compile(r"(?<![\w.~])/(?:home|Users|work|root|mnt)/[A-Za-z][\w.-]*"),
}
INVENTES = {"a JSON web token", "a password in an address"}
"""What the tests of the product's discretion must invent."""
REGISTRE = re.compile(r"https?://[^\s\"']*(?:simple|pypi|artifactory|nexus)[^\s\"']*")


def version(racine: Path, projet: str) -> str:
    """The version that a project declares."""
    return str(tomllib.loads((racine / projet).read_text(encoding="utf-8"))["project"]["version"])


def test_the_changelog_opens_with_the_version_of_every_package(racine: Path) -> None:
    titre = re.search(r"^## (\S+)", (racine / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert titre is not None
    assert {version(racine, projet) for projet in PROJETS} == {titre.group(1)}


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")
def test_continuous_integration_calls_the_test_command_and_nothing_else(racine: Path) -> None:
    script = racine / ".ci" / "run"
    assert script.stat().st_mode & stat.S_IXUSR
    lignes = [ligne for ligne in script.read_text().splitlines() if ligne and not ligne.startswith("#")]
    assert lignes == [
        "set -euo pipefail",
        'cd "$(dirname "${BASH_SOURCE[0]}")/.."',
        'exec "$(command -v python3 || command -v python)" run.py test',
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="bash")
def test_continuous_integration_passes_the_exit_status_on(racine: Path, tmp_path: Path) -> None:
    (tmp_path / ".ci").mkdir()
    (tmp_path / ".ci" / "run").write_bytes((racine / ".ci" / "run").read_bytes())
    (tmp_path / "run.py").write_text("import sys; print(sys.argv[1:]); sys.exit(7)")
    resultat = subprocess.run(
        ["bash", str(tmp_path / ".ci" / "run")],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env=dict(os.environ),
    )
    assert (resultat.returncode, resultat.stdout) == (7, "['test']\n")


def test_the_addresses_of_groupe_sages_are_written_in_one_place(racine: Path) -> None:
    """But for the SQL of the provider « Supabase », which says what the program says."""
    ici = racine / "libs" / "commun" / "src" / "sages_commun" / "contacts.py"
    ecrites = {
        fichier.relative_to(racine).as_posix()
        for source in (*(racine / "apps").glob("*/src"), *(racine / "libs").glob("*/src"))
        for fichier in (*source.rglob("*.py"), *source.rglob("*.html"), *source.rglob("*.js"))
        if "@groupe-sages.fr" in fichier.read_text(encoding="utf-8")
    }
    assert ecrites == {ici.relative_to(racine).as_posix()}
    dites = [
        set(re.findall(r"[a-z0-9]+@groupe-sages\.fr", page.read_text(encoding="utf-8")))
        for page in (ici, racine / "README.md")
    ]
    assert dites[0] == dites[1]


def test_run_py_imports_the_standard_library_only(racine: Path) -> None:
    arbre = ast.parse((racine / "run.py").read_text(encoding="utf-8"))
    importes = {
        nom.split(".")[0]
        for noeud in ast.walk(arbre)
        for nom in (
            [alias.name for alias in noeud.names]
            if isinstance(noeud, ast.Import)
            else [noeud.module or ""]
            if isinstance(noeud, ast.ImportFrom)
            else []
        )
    }
    assert importes <= set(sys.stdlib_module_names)


def test_no_secret_and_no_address_of_one_machine_is_followed(racine: Path, fichiers_suivis: list[Path]) -> None:
    trouves = []
    for fichier in fichiers_suivis:
        if fichier.suffix in {".png", ".ico", ".woff2"} or fichier == Path(__file__).resolve():
            continue
        texte = fichier.read_text(encoding="utf-8")
        trouves += [
            f"{fichier.relative_to(racine)}: {quoi}: {m.group()}"
            for quoi, motif in INTERDITS.items()
            if not (quoi in INVENTES and "tests" in fichier.parts)
            for m in motif.finditer(texte)
        ]
    assert trouves == []


def test_packages_come_from_the_public_registry_only(racine: Path, fichiers_suivis: list[Path]) -> None:
    verrou = tomllib.loads((racine / "uv.lock").read_text(encoding="utf-8"))
    sources = {paquet["source"].get("registry", "locale") for paquet in verrou["package"]}
    assert sources == {"https://pypi.org/simple", "locale"}
    autres = [
        f"{fichier.relative_to(racine)}: {adresse}"
        for fichier in fichiers_suivis
        if fichier.suffix in {".toml", ".py", ".md", ".cfg"} and fichier != Path(__file__).resolve()
        for adresse in REGISTRE.findall(fichier.read_text(encoding="utf-8"))
        if not adresse.startswith("https://pypi.org/")
    ]
    assert autres == []


def test_what_is_built_is_not_followed(racine: Path, fichiers_suivis: list[Path]) -> None:
    noms = {fichier.relative_to(racine).as_posix() for fichier in fichiers_suivis}
    assert not [n for n in noms if n.endswith((".pyc", ".log", ".sqlite")) or n.startswith(".venv/")]
    assert not [n for n in noms if n.endswith("/static/app.css")]


def test_no_file_is_longer_than_the_house_allows(racine: Path, fichiers_suivis: list[Path]) -> None:
    longs = {
        fichier.relative_to(racine).as_posix(): lignes
        for fichier in fichiers_suivis
        if fichier.suffix == ".py" and (lignes := len(fichier.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert longs == {}
