"""`connecteur reprise-ancienne`: take over from the previous generation."""

from pathlib import Path
from typing import Annotated

import typer

from connecteur.cli.commandes.groupe import Commande, groupe
from connecteur.cli.options import Config, Detail, Dossier, Json

app = groupe("Reprendre ce que l’ancien connecteur avait laissé : ses identifiants, puis son tampon.")


@app.command(cls=Commande)
def identifiants(
    credentials: Annotated[Path, typer.Argument(metavar="FICHIER", help="Le credentials.json de l’ancien connecteur.")],
    *,
    vers: Annotated[
        Path, typer.Option("--vers", metavar="FICHIER", help="Le fichier de configuration à créer.")
    ] = Path("connecteur.toml"),
    json: Json = False,
    detail: Detail = False,
) -> None:
    """Faire une configuration, lisible de vous seul, à partir de credentials.json."""
    from connecteur.cli.reprise import reprend_identifiants as execute

    execute(credentials, vers, en_json=json, detail=detail)


@app.command(cls=Commande)
def tampon(
    contexte: typer.Context,
    config: Config = None,
    dossier: Dossier = None,
    *,
    source: Annotated[
        str | None,
        typer.Option(
            "--source",
            metavar="URL",
            envvar="REPRISE_ANCIENNE_SOURCE",
            help="L’ancienne base : « postgresql://… ». Sans elle, celle du tampon. Donnez le mot de passe par "
            "PGPASSWORD ou toute l’adresse par REPRISE_ANCIENNE_SOURCE : il n’apparaît alors dans aucune liste.",
            show_default=False,
        ),
    ] = None,
    apercu: Annotated[bool, typer.Option("--apercu", help="Montrer le rapport sans rien écrire.")] = False,
    csv: Annotated[
        Path | None,
        typer.Option("--csv", metavar="FICHIER", help="Y écrire aussi la liste, pour un tableur.", show_default=False),
    ] = None,
    json: Json = False,
    detail: Detail = False,
) -> None:
    """Reprendre l’ancien tampon, et lister les heures que l’ancien connecteur avait perdues ou laissées en trop."""
    from connecteur.cli.reprise import Source
    from connecteur.cli.reprise import reprend_tampon as execute

    origine = contexte.get_parameter_source("source")
    tapee = origine is not None and origine.name == "COMMANDLINE"
    execute(Source(source, tapee=tapee), config, dossier, apercu=apercu, csv=csv, en_json=json, detail=detail)
