"""`connecteur explique` and `connecteur audit`: where an hour is and why, who did what."""

from datetime import datetime
from typing import Annotated

import typer

from connecteur.cli.commandes.groupe import Commande
from connecteur.cli.options import Config, Detail, Dossier, Json

JOURS = ["%d/%m/%Y", "%Y-%m-%d"]


def ajoute(app: typer.Typer) -> None:
    """Give both commands to the program."""
    app.command(cls=Commande)(explique)
    app.command(cls=Commande)(audit)


def explique(
    config: Config = None,
    dossier: Dossier = None,
    *,
    salarie: Annotated[
        str | None, typer.Option("--salarie", metavar="CODE", help="Le salarié (code Batigest).", show_default=False)
    ] = None,
    chantier: Annotated[
        str | None, typer.Option("--chantier", metavar="CODE", help="Le chantier (code Batigest).", show_default=False)
    ] = None,
    jour: Annotated[
        datetime | None,
        typer.Option(
            "--jour",
            formats=JOURS,
            metavar="JOUR",
            help="Le jour : « 24/06/2025 » ou « 2025-06-24 ».",
            show_default=False,
        ),
    ] = None,
    creneau: Annotated[
        str | None,
        typer.Option(
            "--creneau", metavar="ID", help="Ou un seul créneau, par son numéro BatiSimply.", show_default=False
        ),
    ] = None,
    json: Json = False,
    detail: Detail = False,
) -> None:
    """Expliquer une heure : où elle est, pourquoi, qui l’a écrite, ce qu’elle était avant."""
    from connecteur.cli.explique import Question
    from connecteur.cli.explique import explique as execute

    execute(
        Question(salarie, chantier, jour.date() if jour else None, creneau),
        config,
        dossier,
        en_json=json,
        detail=detail,
    )


def audit(
    config: Config = None,
    dossier: Dossier = None,
    *,
    objet: Annotated[
        str | None,
        typer.Option(
            "--objet", metavar="OBJET", help="Ce qui touche « rejet », « salarie », « ligne »…", show_default=False
        ),
    ] = None,
    cle: Annotated[
        str | None, typer.Option("--cle", metavar="CLÉ", help="Et à celui-là seulement.", show_default=False)
    ] = None,
    avant: Annotated[
        int | None, typer.Option("--avant", metavar="N°", help="Ce qui précède cet événement.", show_default=False)
    ] = None,
    limite: Annotated[int, typer.Option("--limite", min=1, max=10_000, metavar="N", help="Au plus autant.")] = 200,
    json: Json = False,
    detail: Detail = False,
) -> None:
    """Lire la piste d’audit : qui a fait quoi, quand, sur quoi."""
    from connecteur.cli.audit import Filtre
    from connecteur.cli.audit import audit as execute

    execute(Filtre(objet, cle, avant, limite), config, dossier, en_json=json, detail=detail)
