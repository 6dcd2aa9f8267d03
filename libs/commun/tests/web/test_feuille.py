"""A style sheet is compiled, whole or not at all."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from sages_commun.web.feuille import COMMANDE, FeuilleImpossible, check_feuille, compile_feuille, feuille_de


@pytest.fixture
def web(tmp_path: Path) -> Path:
    """The web package of a program with one page."""
    (tmp_path / "static").mkdir()
    (tmp_path / "templates").mkdir()
    (tmp_path / "static" / "source.css").write_text(".propre { @apply text-doux; }")
    (tmp_path / "templates" / "page.html").write_text('<p class="mt-13 carte">x</p>')
    return tmp_path


def test_the_sheet_holds_what_both_folders_of_templates_name_and_fetches_nothing(web: Path) -> None:
    feuille = compile_feuille(web).read_text(encoding="utf-8")
    for classe in (".carte", ".bouton-plein", ".text-doux", ".sm\\:px-6", ".mt-13", ".propre"):
        assert classe in feuille
    assert "prefers-color-scheme:dark" in feuille
    assert "prefers-reduced-motion:reduce" in feuille
    adresses = re.findall(r"url\(([^)]*)\)", feuille)
    assert all(adresse.strip("\"'").startswith("data:") for adresse in adresses)
    assert "@import" not in feuille
    assert sorted(chemin.name for chemin in (web / "static").iterdir()) == ["app.css", "source.css"]


def test_the_command_compiles(web: Path) -> None:
    commande = [sys.executable, "-m", "sages_commun.web.feuille", str(web)]
    resultat = subprocess.run(commande, capture_output=True, check=False)
    assert (resultat.returncode, resultat.stdout, resultat.stderr) == (0, b"", b"")
    assert feuille_de(web).stat().st_size > 5_000


def test_a_fault_in_the_source_leaves_the_old_sheet_and_is_told(web: Path) -> None:
    feuille_de(web).write_text("ancienne")
    (web / "static" / "source.css").write_text("@layer components { .x { @apply classe-qui-n-existe-pas; } }")
    with pytest.raises(FeuilleImpossible) as refus:
        compile_feuille(web)
    assert "classe-qui-n-existe-pas" in refus.value.detail
    assert feuille_de(web).read_text() == "ancienne"


def test_a_sheet_that_is_missing_is_told_with_what_to_do(web: Path) -> None:
    with pytest.raises(FeuilleImpossible) as refus:
        check_feuille(web)
    assert "app.css" in refus.value.message
    assert COMMANDE in refus.value.remede
    compile_feuille(web)
    check_feuille(web)
