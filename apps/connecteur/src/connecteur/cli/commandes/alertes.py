"""`connecteur alertes`: whether they arrive, and what was told."""

from connecteur.cli.commandes.groupe import Commande, groupe
from connecteur.cli.options import Config, Detail, DossierOuTous, Json

app = groupe("Essayer les alertes, et voir celles qui sont parties.")


@app.command(cls=Commande)
def essai(config: Config = None, dossier: DossierOuTous = None, *, json: Json = False, detail: Detail = False) -> None:
    """Envoyer tout de suite un message d’essai à chaque adresse."""
    from connecteur.cli.alertes import essaie as execute

    execute(config, dossier, en_json=json, detail=detail)


@app.command(cls=Commande)
def montre(config: Config = None, dossier: DossierOuTous = None, *, json: Json = False, detail: Detail = False) -> None:
    """Montrer les dernières alertes, et celles qui attendent d’être envoyées."""
    from connecteur.cli.alertes import montre as execute

    execute(config, dossier, en_json=json, detail=detail)
