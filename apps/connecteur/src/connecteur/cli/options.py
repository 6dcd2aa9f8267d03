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
