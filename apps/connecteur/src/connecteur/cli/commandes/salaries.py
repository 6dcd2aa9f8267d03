"""`connecteur salaries`: who is who, in BatiSimply and in Batigest."""

from typing import Annotated

import typer

from connecteur.cli.commandes.groupe import Commande, groupe
from connecteur.cli.options import Config, Detail, Dossier, Json

app = groupe("Voir et compléter qui est qui : l’utilisateur de BatiSimply et le salarié de Batigest.")

Utilisateur = Annotated[
    str, typer.Argument(metavar="UTILISATEUR", help="L’identifiant BatiSimply (UUID), d’après « salaries liste ».")
]
Code = Annotated[str, typer.Argument(metavar="CODE", help="Le code du salarié dans Batigest.")]


@app.command(cls=Commande)
def liste(config: Config = None, dossier: Dossier = None, *, json: Json = False, detail: Detail = False) -> None:
    """Montrer les utilisateurs et leur salarié ; ceux qui attendent quelqu’un d’abord."""
    from connecteur.cli.salaries import liste as execute

    execute(config, dossier, en_json=json, detail=detail)


@app.command(cls=Commande)
def suggere(
    config: Config = None,
    dossier: Dossier = None,
    *,
    utilisateur: Annotated[
        str | None, typer.Option("--utilisateur", metavar="UUID", help="Pour celui-ci seulement.", show_default=False)
    ] = None,
    json: Json = False,
    detail: Detail = False,
) -> None:
    """Proposer, d’après le nom, un salarié pour qui n’en a pas. Rien n’est associé de soi-même."""
    from connecteur.cli.salaries import suggere as execute

    execute(utilisateur, config, dossier, en_json=json, detail=detail)


@app.command(cls=Commande)
def associe(
    utilisateur: Utilisateur,
    code: Code,
    config: Config = None,
    dossier: Dossier = None,
    *,
    partage: Annotated[
        bool, typer.Option("--partage", help="Ce salarié a bien plusieurs utilisateurs (nouveau compte, téléphone).")
    ] = False,
    json: Json = False,
    detail: Detail = False,
) -> None:
    """Associer un utilisateur à un salarié ; ses heures partent à la prochaine synchronisation."""
    from connecteur.cli.salaries import associe as execute

    execute(utilisateur, code, config, dossier, partage=partage, en_json=json, detail=detail)


@app.command(cls=Commande)
def dissocie(
    utilisateur: Utilisateur,
    config: Config = None,
    dossier: Dossier = None,
    *,
    json: Json = False,
    detail: Detail = False,
) -> None:
    """Défaire une association faite à la main."""
    from connecteur.cli.salaries import dissocie as execute

    execute(utilisateur, config, dossier, en_json=json, detail=detail)


@app.command("ecris-codebs", cls=Commande)
def ecris_codebs(
    code: Code, config: Config = None, dossier: Dossier = None, *, json: Json = False, detail: Detail = False
) -> None:
    """Écrire dans Batigest l’identifiant (codebs) d’un salarié associé à la main, si la case est vide.

    Il faut que le réglage « dossier.ecrire_codebs » le permette.
    """
    from connecteur.cli.salaries import ecris_codebs as execute

    execute(code, config, dossier, en_json=json, detail=detail)
