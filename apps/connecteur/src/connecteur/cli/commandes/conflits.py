"""`connecteur conflits`: what both sides say differently, and who decides."""

from enum import StrEnum
from typing import Annotated

import typer

from connecteur.cli.commandes.groupe import Commande, groupe
from connecteur.cli.options import Config, Detail, Dossier, Json

app = groupe("Voir ce que Batigest et BatiSimply disent différemment, et décider.")


class Choix(StrEnum):
    """Whose value is kept."""

    BATIGEST = "batigest"
    BATISIMPLY = "batisimply"


@app.command(cls=Commande)
def liste(
    config: Config = None,
    dossier: Dossier = None,
    *,
    tous: Annotated[bool, typer.Option("--tous", help="Montrer aussi ceux qui sont réglés.")] = False,
    json: Json = False,
    detail: Detail = False,
) -> None:
    """Montrer les conflits des chantiers : les valeurs, les dates, qui l’emporte et pourquoi."""
    from connecteur.cli.conflits import liste as execute

    execute(config, dossier, tous=tous, en_json=json, detail=detail)


@app.command(cls=Commande)
def decide(
    code: Annotated[str, typer.Argument(metavar="CODE", help="Le code du chantier ou du devis.")],
    champ: Annotated[str, typer.Argument(metavar="CHAMP", help="Le champ : « nom », « fin »…")],
    choix: Annotated[Choix, typer.Argument(help="Le système dont la valeur est gardée.", show_default=False)],
    config: Config = None,
    dossier: Dossier = None,
    *,
    json: Json = False,
    detail: Detail = False,
) -> None:
    """Décider d’un conflit, ouvert ou déjà réglé ; la synchronisation suivante l’applique."""
    from connecteur.cli.conflits import decide as execute

    execute(code, champ, choix.value, config, dossier, en_json=json, detail=detail)


@app.command(cls=Commande)
def garde(
    config: Config = None,
    dossier: Dossier = None,
    *,
    confirmer: Annotated[bool, typer.Option("--confirmer", help="Laisser fermer ces projets, une fois.")] = False,
    json: Json = False,
    detail: Detail = False,
) -> None:
    """Montrer les projets qu’une synchronisation fermerait d’un coup, ou confirmer leur fermeture.

    La même chose que « garde montre --chantiers » et « garde confirme --chantiers ».
    """
    from connecteur.cli.conflits import garde as execute

    execute(config, dossier, confirmer=confirmer, en_json=json, detail=detail)
