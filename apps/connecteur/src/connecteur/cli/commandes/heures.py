"""What people decide about the hours: disputed lines, the guard, closed periods, the first import."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from connecteur.cli.commandes.conflits import Choix
from connecteur.cli.commandes.groupe import Commande, groupe
from connecteur.cli.options import Config, Detail, Dossier, Json

JOUR = ["%d/%m/%Y", "%Y-%m-%d"]
DEBUTS = ["%d/%m/%Y %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]

lignes = groupe("Voir les lignes d’heures que les deux côtés disent différemment, et décider.")
Chantiers = Annotated[bool, typer.Option("--chantiers", help="Les fermetures de projets, au lieu des lignes d’heures.")]
garde = groupe("Voir ce que la garde retient de changer dans Batigest, et le confirmer.")


@lignes.command("liste", cls=Commande)
def liste(config: Config = None, dossier: Dossier = None, *, json: Json = False, detail: Detail = False) -> None:
    """Montrer les conflits, les lignes prises en main dans Batigest et les écarts des périodes closes."""
    from connecteur.cli.heures import liste as execute

    execute(config, dossier, en_json=json, detail=detail)


@lignes.command("decide", cls=Commande)
def decide(
    chantier: Annotated[str, typer.Argument(metavar="CHANTIER", help="Le code du chantier.")],
    salarie: Annotated[str, typer.Argument(metavar="SALARIÉ", help="Le code du salarié.")],
    debut: Annotated[
        datetime,
        typer.Argument(
            metavar="DÉBUT", formats=DEBUTS, help="« 24/06/2025 08:00 », comme dans la liste, ou « 2025-06-24T08:00 »."
        ),
    ],
    choix: Annotated[Choix, typer.Argument(help="Le système dont la valeur est gardée.", show_default=False)],
    config: Config = None,
    *,
    dossier: Dossier = None,
    json: Json = False,
    detail: Detail = False,
) -> None:
    """Dire qui a raison d’une ligne ; la synchronisation suivante l’applique."""
    from connecteur.cli.heures import decide as execute

    execute((chantier, salarie, debut), choix.value, config, dossier, en_json=json, detail=detail)


@lignes.command("reglees", cls=Commande)
def reglees(config: Config = None, dossier: Dossier = None, *, json: Json = False, detail: Detail = False) -> None:
    """Montrer les conflits réglés en écrivant dans Batigest : ce qu’il y avait avant, et pourquoi."""
    from connecteur.cli.heures import reglees as execute

    execute(config, dossier, en_json=json, detail=detail)


@lignes.command("annule", cls=Commande)
def annule(
    numero: Annotated[int, typer.Argument(metavar="NUMÉRO", help="Celui de « connecteur lignes reglees ».")],
    config: Config = None,
    dossier: Dossier = None,
    *,
    json: Json = False,
    detail: Detail = False,
) -> None:
    """Remettre dans Batigest ce qu’un conflit réglé y avait remplacé."""
    from connecteur.cli.heures import annule as execute

    execute(numero, config, dossier, en_json=json, detail=detail)


@garde.command("montre", cls=Commande)
def montre(
    config: Config = None,
    dossier: Dossier = None,
    *,
    chantiers: Chantiers = False,
    json: Json = False,
    detail: Detail = False,
) -> None:
    """Montrer ce qui attend une confirmation."""
    _garde(config, dossier, chantiers=chantiers, confirmer=False, json=json, detail=detail)


@garde.command("confirme", cls=Commande)
def confirme(
    config: Config = None,
    dossier: Dossier = None,
    *,
    chantiers: Chantiers = False,
    json: Json = False,
    detail: Detail = False,
) -> None:
    """Laisser passer, une fois, ce que « garde montre » a montré."""
    _garde(config, dossier, chantiers=chantiers, confirmer=True, json=json, detail=detail)


def _garde(
    config: Path | None, dossier: str | None, *, chantiers: bool, confirmer: bool, json: bool, detail: bool
) -> None:
    from connecteur.cli.conflits import garde as des_chantiers
    from connecteur.cli.heures import garde as des_heures

    execute = des_chantiers if chantiers else des_heures
    execute(config, dossier, confirmer=confirmer, en_json=json, detail=detail)


def periode_close(
    jour: Annotated[
        datetime | None,
        typer.Argument(
            metavar="JOUR",
            formats=JOUR,
            help="Le premier jour encore ouvert : « 01/07/2025 » ou « 2025-07-01 ».",
            show_default=False,
        ),
    ] = None,
    config: Config = None,
    dossier: Dossier = None,
    *,
    rouvre: Annotated[bool, typer.Option("--rouvre", help="Ne plus clore aucune période.")] = False,
    json: Json = False,
    detail: Detail = False,
) -> None:
    """Clore tout ce qui précède un jour (la paie est faite), rouvrir, ou montrer jusqu’où c’est clos."""
    from connecteur.cli.heures import periode_close as execute

    execute(jour.date() if jour else None, config, dossier, rouvre=rouvre, en_json=json, detail=detail)


def import_initial(
    depuis: Annotated[
        datetime,
        typer.Option(
            "--depuis",
            metavar="JOUR",
            formats=JOUR,
            help="Le premier jour à reprendre : « 01/01/2025 » ou « 2025-01-01 ».",
        ),
    ],
    config: Config = None,
    dossier: Dossier = None,
    *,
    oui: Annotated[bool, typer.Option("--oui", help="Ne pas demander confirmation après l’aperçu.")] = False,
    json: Json = False,
    detail: Detail = False,
) -> None:
    """Reprendre une fois les heures plus anciennes que la fenêtre, jusqu’à 24 mois ; l’aperçu est montré d’abord."""
    from connecteur.cli.heures import import_initial as execute

    execute(depuis.date(), config, dossier, oui=oui, en_json=json, detail=detail)
