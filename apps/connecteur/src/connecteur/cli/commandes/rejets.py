"""`connecteur rejets`: what could not be delivered, and what people decide about it."""

from enum import StrEnum
from typing import Annotated

import typer

from connecteur.cli.commandes.groupe import Commande, groupe
from connecteur.cli.options import Config, Detail, Dossier, Json
from connecteur.domain.page import PAR_PAGE
from connecteur.domain.rejet import MotifRejet, ObjetRejet

app = groupe("Voir ce qui n’a pas pu être livré, le renvoyer, ou dire pourquoi l’ignorer.")


class Etat(StrEnum):
    """What can be typed on any keyboard."""

    OUVERT = "ouvert"
    IGNORE = "ignore"
    RESOLU = "resolu"


Numero = Annotated[int, typer.Argument(metavar="N°", help="Le numéro du rejet, d’après « connecteur rejets liste ».")]


@app.command(cls=Commande)
def liste(
    config: Config = None,
    dossier: Dossier = None,
    *,
    etat: Annotated[Etat, typer.Option("--etat", help="Les rejets dans cet état.")] = Etat.OUVERT,
    motif: Annotated[MotifRejet | None, typer.Option("--motif", help="Ceux de ce motif.", show_default=False)] = None,
    objet: Annotated[
        ObjetRejet | None, typer.Option("--objet", help="Ceux de cette nature.", show_default=False)
    ] = None,
    recherche: Annotated[
        str | None, typer.Option("--recherche", metavar="TEXTE", help="Ceux où ce texte figure.", show_default=False)
    ] = None,
    page: Annotated[int, typer.Option("--page", min=1, metavar="N", help="La page.")] = 1,
    par_page: Annotated[
        int, typer.Option("--par-page", min=1, max=500, metavar="N", help="Rejets par page.")
    ] = PAR_PAGE,
    json: Json = False,
    detail: Detail = False,
) -> None:
    """Montrer les rejets : leur raison, leur remède, leurs essais."""
    from connecteur.cli.rejets import Filtre
    from connecteur.cli.rejets import liste as execute

    filtre = Filtre(etat.name, motif, objet, recherche, page, par_page)
    execute(filtre, config, dossier, en_json=json, detail=detail)


@app.command(cls=Commande)
def renvoie(
    numero: Numero, config: Config = None, dossier: Dossier = None, *, json: Json = False, detail: Detail = False
) -> None:
    """Faire réexaminer un rejet à la prochaine synchronisation, même si rien n’a changé."""
    from connecteur.cli.rejets import renvoie as execute

    execute(numero, config, dossier, en_json=json, detail=detail)


@app.command(cls=Commande)
def ignore(
    numero: Numero,
    *,
    raison: Annotated[str, typer.Option("--raison", metavar="TEXTE", help="Pourquoi ; gardé dans la piste d’audit.")],
    config: Config = None,
    dossier: Dossier = None,
    json: Json = False,
    detail: Detail = False,
) -> None:
    """Mettre un rejet à part, en disant pourquoi ; il revient si l’enregistrement change."""
    from connecteur.cli.rejets import ignore as execute

    execute(numero, raison, config, dossier, en_json=json, detail=detail)
