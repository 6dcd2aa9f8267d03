"""The options that every command takes."""

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[
    Path | None,
    typer.Option(
        "--config", metavar="FICHIER", help="Fichier de configuration TOML ; sinon les variables CONNECTEUR_…"
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Un seul objet JSON sur la sortie standard, pour les scripts.")]
Detail = Annotated[bool, typer.Option("--detail", help="Montrer aussi les détails, techniques compris.")]
Dossier = Annotated[
    str | None,
    typer.Option("--dossier", metavar="CODE", help="Le dossier, quand plusieurs sont configurés.", show_default=False),
]
DossierOuTous = Annotated[
    str | None,
    typer.Option(
        "--dossier",
        metavar="CODE",
        help="Le dossier, quand plusieurs sont configurés, ou « tous ».",
        show_default=False,
    ),
]
