"""`connecteur licence`: what the licence of this machine is worth."""

from connecteur.cli.commandes.groupe import Commande, groupe
from connecteur.cli.options import Config, Detail, Json

app = groupe("Voir la licence de cette machine, la poser, la faire vérifier.")


@app.command(cls=Commande)
def etat(config: Config = None, *, json: Json = False, detail: Detail = False) -> None:
    """Montrer ce que vaut la licence, sans interroger le serveur. Code 3 quand elle ne permet pas de synchroniser."""
    from connecteur.cli.licence import montre as execute

    execute(config, en_json=json, detail=detail)


@app.command(cls=Commande)
def pose(config: Config = None, *, json: Json = False, detail: Detail = False) -> None:
    """Enregistrer la clé de licence, lue sur l’entrée standard : elle ne se montre pas dans la liste des programmes."""
    from connecteur.cli.licence import pose as execute

    execute(config, en_json=json, detail=detail)


@app.command(cls=Commande)
def rafraichit(config: Config = None, *, json: Json = False, detail: Detail = False) -> None:
    """Interroger le serveur de licences maintenant."""
    from connecteur.cli.licence import rafraichit as execute

    execute(config, en_json=json, detail=detail)
