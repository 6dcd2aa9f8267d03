"""`connecteur comptes`: who may sign in to the interface."""

from typing import Annotated

import typer

from connecteur.cli.commandes.groupe import Commande, groupe
from connecteur.cli.options import Config, Detail, Json

app = groupe("Les comptes de l’interface, quand il faut se connecter pour l’ouvrir (« web.comptes »).")


@app.command("cree-administrateur", cls=Commande)
def cree_administrateur(
    courriel: Annotated[str, typer.Argument(metavar="ADRESSE", help="L’adresse e-mail, par laquelle on se connecte.")],
    nom: Annotated[str, typer.Option(help="Le nom de la personne.")] = "",
    config: Config = None,
    *,
    code: Annotated[
        bool, typer.Option("--code", help="Ne pas demander de mot de passe : afficher un lien à usage unique.")
    ] = False,
    retablir: Annotated[
        bool, typer.Option("--retablir", help="Redonner l’accès à un compte qui existe, sans second facteur.")
    ] = False,
    json: Json = False,
    detail: Detail = False,
) -> None:
    """Créer un administrateur ; son mot de passe est demandé, sans être affiché."""
    from connecteur.cli.comptes import cree_administrateur as execute

    execute(courriel, nom, config, code=code, retablit=retablir, en_json=json, detail=detail)


@app.command(cls=Commande)
def liste(config: Config = None, *, json: Json = False, detail: Detail = False) -> None:
    """Montrer les comptes."""
    from connecteur.cli.comptes import liste as execute

    execute(config, en_json=json, detail=detail)
