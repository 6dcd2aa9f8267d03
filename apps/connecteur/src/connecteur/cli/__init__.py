"""`connecteur`: the command line.

Only the words are here; each command is imported when it is run, so that `connecteur --help` answers at once.
"""

import sys
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
import typer.rich_utils
from rich.console import Console

from connecteur.cli.codes import CODES_FR, Code
from connecteur.cli.commandes import (
    alertes,
    coffre,
    comptes,
    conflits,
    heures,
    histoire,
    horaires,
    licence,
    reglages,
    rejets,
    reprise,
    salaries,
)
from connecteur.cli.commandes.groupe import Commande, Groupe
from connecteur.cli.options import Config, Detail, DossierOuTous, Json

AIDE = "Chantiers de Batigest vers BatiSimply, heures de BatiSimply vers Batigest."
EPILOGUE = "Codes de sortie : " + " ; ".join(f"{code.value}, {sens}" for code, sens in CODES_FR.items()) + "."


app = typer.Typer(
    cls=Groupe,
    help=AIDE,
    epilog=EPILOGUE,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_show_locals=False,
)
app.add_typer(alertes.app, name="alertes")
app.add_typer(coffre.app, name="coffre")
app.add_typer(comptes.app, name="comptes")
app.add_typer(conflits.app, name="conflits")
app.add_typer(heures.lignes, name="lignes")
app.add_typer(heures.garde, name="garde")
app.add_typer(horaires.app, name="horaires")
app.add_typer(licence.app, name="licence")
app.add_typer(reglages.app, name="reglages")
app.add_typer(rejets.app, name="rejets")
app.add_typer(reprise.app, name="reprise-ancienne")
app.add_typer(salaries.app, name="salaries")


app.command("periode-close", cls=Commande)(heures.periode_close)
app.command("import-initial", cls=Commande)(heures.import_initial)


class Quoi(StrEnum):
    """What `sync` can do."""

    CHANTIERS = "chantiers"
    HEURES = "heures"
    TOUT = "tout"
    PULL_CHANTIERS = "pull-chantiers"
    PUSH_CHANTIERS = "push-chantiers"
    PULL_HEURES = "pull-heures"
    PUSH_HEURES = "push-heures"


@app.command(cls=Commande)
def serve(config: Config = None, *, json: Json = False, detail: Detail = False) -> None:
    """Servir l’interface et exécuter les synchronisations demandées, jusqu’à Ctrl-C.

    Avec --json, une ligne donne l’adresse dès que l’interface répond.
    """
    from connecteur.cli.service import serve as execute

    execute(config, en_json=json, detail=detail)


@app.command(cls=Commande)
def sync(
    quoi: Annotated[
        Quoi,
        typer.Argument(
            help="« chantiers » (Batigest → BatiSimply), « heures » (BatiSimply → Batigest), « tout », "
            "ou une seule flèche : pull-… lit dans le tampon, push-… écrit au bout.",
            show_default=False,
        ),
    ],
    config: Config = None,
    dossier: DossierOuTous = None,
    *,
    apercu: Annotated[bool, typer.Option("--apercu", help="Montrer le plan, sans rien écrire nulle part.")] = False,
    json: Json = False,
    detail: Detail = False,
) -> None:
    """Synchroniser, et dire ce qui a été fait."""
    from connecteur.cli.synchro import montre_apercu, synchronise

    execute = montre_apercu if apercu else synchronise
    execute(quoi.value, config, dossier, en_json=json, detail=detail)


@app.command(cls=Commande)
def verifier(
    config: Config = None, dossier: DossierOuTous = None, *, json: Json = False, detail: Detail = False
) -> None:
    """Recompter, par salarié et chantier : ce que Batigest tient du connecteur est-il ce que disent les créneaux ?"""
    from connecteur.cli.verification import verifie

    verifie(config, dossier, en_json=json, detail=detail)


@app.command(cls=Commande)
def doctor(config: Config = None, *, json: Json = False, detail: Detail = False) -> None:
    """Essayer chaque maillon de la chaîne, et donner le remède de ceux qui sont cassés."""
    from connecteur.cli.diagnostic import diagnostique

    diagnostique(config, en_json=json, detail=detail)


@app.command(cls=Commande)
def diagnostic(
    fichier: Annotated[Path, typer.Argument(metavar="FICHIER", help="L’archive à faire : « diagnostic.zip ».")],
    config: Config = None,
    *,
    json: Json = False,
    detail: Detail = False,
) -> None:
    """Faire l’archive que demande le support : versions, maillons, réglages et journal, sans aucun secret."""
    from connecteur.cli.archive import archive

    archive(fichier, config, en_json=json, detail=detail)


histoire.ajoute(app)


def _montre_version(demandee: bool) -> None:  # noqa: FBT001 -- typer's way to call
    if demandee:
        Console().print(f"connecteur {version('connecteur')}")
        raise typer.Exit


@app.callback()
def _connecteur(
    *,
    _version: Annotated[
        bool, typer.Option("--version", help="Montrer la version.", callback=_montre_version, is_eager=True)
    ] = False,
) -> None: ...


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    _prepare_console()
    try:
        code = app(args=arguments, prog_name="connecteur", standalone_mode=False)
    except typer.TyperException as exc:
        _dit_erreur_d_usage(exc, en_json="--json" in (sys.argv[1:] if arguments is None else arguments))
        code = Code.USAGE
    except typer.Abort:
        code = Code.INTERROMPU
    sys.exit(int(code or 0))


def _prepare_console() -> None:
    typer.rich_utils.OPTIONS_PANEL_TITLE = "Options"
    typer.rich_utils.ARGUMENTS_PANEL_TITLE = "Arguments"
    typer.rich_utils.COMMANDS_PANEL_TITLE = "Commandes"
    typer.rich_utils.REQUIRED_LONG_STRING = "[obligatoire]"
    for flux in (sys.stdout, sys.stderr):
        if hasattr(flux, "reconfigure"):
            # A Windows pipe defaults to the old code page, which has neither « → » nor the narrow space.
            flux.reconfigure(encoding="utf-8", errors="replace")


def _dit_erreur_d_usage(exc: typer.TyperException, *, en_json: bool) -> None:
    from connecteur.cli.sortie import Sortie
    from connecteur.cli.usage import phrase

    if type(exc).__name__ == "NoArgsIsHelpError":
        return  # the help has been shown
    message, remede = phrase(exc)
    contexte = getattr(exc, "ctx", None)
    aide = f"Voyez « {contexte.command_path if contexte else 'connecteur'} --help »."
    sortie = Sortie(json=en_json)
    sortie.erreur(message, f"{remede}\n{aide}" if remede else aide)
    sortie.rend({"ok": False, "erreur": {"message": message, "remede": remede or aide, "detail": ""}})
