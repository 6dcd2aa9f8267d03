"""`connecteur reglages`: what the office changes without touching the file."""

from typing import Annotated

import typer

from connecteur.cli.commandes.groupe import Commande, groupe
from connecteur.cli.options import Config, Detail, Dossier, Json

app = groupe("Voir et changer, pendant la marche, les réglages d’un dossier.")

Cle = Annotated[str, typer.Argument(metavar="RÉGLAGE", help="Son nom : « fenetre_jours », « rubriques.heures »…")]


@app.command(cls=Commande)
def montre(config: Config = None, dossier: Dossier = None, *, json: Json = False, detail: Detail = False) -> None:
    """Montrer chaque réglage, sa valeur, et qui l’a changé."""
    from connecteur.cli.reglages import montre as execute

    execute(config, dossier, en_json=json, detail=detail)


@app.command(cls=Commande)
def change(
    cle: Cle,
    valeur: Annotated[str, typer.Argument(metavar="VALEUR", help="« 90 », « oui », « aucun », un texte, ou du JSON.")],
    config: Config = None,
    dossier: Dossier = None,
    *,
    json: Json = False,
    detail: Detail = False,
) -> None:
    """Changer un réglage ; la synchronisation suivante en tient compte."""
    from connecteur.cli.reglages import change as execute

    execute(cle, valeur, config, dossier, en_json=json, detail=detail)


@app.command(cls=Commande)
def retire(
    cle: Cle, config: Config = None, dossier: Dossier = None, *, json: Json = False, detail: Detail = False
) -> None:
    """Revenir à la valeur du fichier."""
    from connecteur.cli.reglages import retire as execute

    execute(cle, config, dossier, en_json=json, detail=detail)
