"""The files that were put into the vault, kept in clear until a person says that all is well."""

from pathlib import Path

AVANT_COFFRE = ".avant-coffre"
"""Ends the name of the copy of a settings file, or of the previous generation's, beside it."""
CREDENTIALS = "credentials.json"


def copie_de(fichier: Path) -> Path:
    """Where the copy of this file is kept."""
    return fichier.with_name(fichier.name + AVANT_COFFRE)


def copies_en_clair(donnees: Path, fichier: Path | None) -> list[Path]:
    """The copies that are still there."""
    candidats = [copie_de(donnees / CREDENTIALS), *([] if fichier is None else [copie_de(fichier.resolve())])]
    return [candidat for candidat in candidats if candidat.exists()]
