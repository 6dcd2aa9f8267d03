"""`licence-manager`: the command line. Only the words are here; each command is imported when it is run."""

import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from licence_manager.domain.duree import Depart
from licence_manager.domain.licence import Fonction
from licence_manager.domain.recherche import Filtre, Tri

app = typer.Typer(
    help="Les licences du Connecteur SAGES : les vendre, les prolonger, les valider.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
USAGE = 2
INTERROMPU = 130

Json = Annotated[bool, typer.Option("--json", help="Un seul objet JSON sur la sortie standard.")]
Numeros = Annotated[list[str], typer.Argument(help="Numéros de licences, ou clés.", show_default=False)]


@app.command()
def serve(*, json: Json = False) -> None:
    """Servir l’API, jusqu’à Ctrl-C."""
    from licence_manager.cli.service import serve as execute

    execute(en_json=json)


@app.command()
def migrate(*, json: Json = False) -> None:
    """Mettre la base à jour, et refermer ses accès."""
    from licence_manager.cli.service import migrate as execute

    execute(en_json=json)


@app.command("create-admin")
def create_admin(
    courriel: Annotated[str, typer.Argument(help="Adresse e-mail, par laquelle on se connecte.", show_default=False)],
    *,
    nom: Annotated[str, typer.Option(help="Nom de la personne.")] = "",
    code: Annotated[
        bool, typer.Option("--code", help="Ne pas demander de mot de passe : afficher un lien à usage unique.")
    ] = False,
    retablir: Annotated[
        bool, typer.Option("--retablir", help="Redonner l’accès à un compte qui existe, sans second facteur.")
    ] = False,
    json: Json = False,
) -> None:
    """Créer un administrateur de l’interface ; son mot de passe est demandé, sans être affiché."""
    from licence_manager.cli.comptes import create_admin as execute

    execute(courriel, nom, _qui(), code=code, retablit=retablir, en_json=json)


@app.command()
def create(
    client: Annotated[str, typer.Argument(help="Nom du client.", show_default=False)],
    *,
    entreprise: Annotated[str, typer.Option(help="Nom de l’entreprise.")] = "",
    email: Annotated[str, typer.Option(help="Adresse du client.")] = "",
    duree: Annotated[str, typer.Option(help="« 30 jours », « 6 mois », « 1 an » ; à partir d’aujourd’hui.")] = "",
    expire: Annotated[str, typer.Option(help="Dernier jour, « 31/12/2026 » ; au lieu de --duree.")] = "",
    fonction: Annotated[list[Fonction] | None, typer.Option(help="Répétable ; toutes par défaut.")] = None,
    utilisations: Annotated[int, typer.Option(help="Nombre d’utilisations ; -1 : sans limite.")] = -1,
    machines: Annotated[int, typer.Option(help="Nombre de machines ; -1 : sans limite.")] = -1,
    notes: Annotated[str, typer.Option(help="Notes internes.")] = "",
    json: Json = False,
) -> None:
    """Créer une licence et montrer sa clé."""
    from licence_manager.cli.licences import create as execute
    from licence_manager.domain.licence import Fiche

    fonctions = frozenset(fonction or Fonction)
    fiche = Fiche(client, entreprise, email, fonctions, utilisations, machines, notes)
    execute(fiche, duree, expire, _qui(), en_json=json)


@app.command("list")
def list_(
    texte: Annotated[str, typer.Argument(help="Mots à chercher, ou une clé entière.", show_default=False)] = "",
    *,
    filtre: Annotated[Filtre, typer.Option(help="Lesquelles.")] = Filtre.TOUTES,
    tri: Annotated[Tri, typer.Option(help="Dans quel ordre.")] = Tri.RECENTES,
    nombre: Annotated[int, typer.Option(min=1, max=500, help="Combien au plus.")] = 50,
    json: Json = False,
) -> None:
    """Chercher des licences."""
    from licence_manager.cli.licences import list_licences as execute

    execute(texte, filtre, tri, nombre, en_json=json)


@app.command()
def extend(
    licences: Numeros,
    *,
    duree: Annotated[str, typer.Option(help="« 30 jours », « 6 mois », « 1 an ».")],
    depuis: Annotated[Depart, typer.Option(help="À partir de quand.")] = Depart.EXPIRATION,
    json: Json = False,
) -> None:
    """Prolonger des licences, toutes ou aucune."""
    from licence_manager.cli.licences import extend as execute

    execute(licences, duree, depuis, _qui(), en_json=json)


@app.command("rotate-key")
def rotate_key(
    *,
    urgence: Annotated[
        bool, typer.Option("--urgence", help="Même si la clé suivante est trop récente pour être partout.")
    ] = False,
    json: Json = False,
) -> None:
    """Signer désormais avec la clé suivante, et en tirer une nouvelle."""
    from licence_manager.cli.service import rotate_key as execute

    execute(_qui(), urgence=urgence, en_json=json)


@app.command("public-keys")
def public_keys(*, json: Json = False) -> None:
    """Montrer les clés publiques que les connecteurs doivent porter."""
    from licence_manager.cli.service import public_keys as execute

    execute(en_json=json)


@app.command()
def export(
    fichier: Annotated[Path, typer.Argument(help="Fichier CSV à écrire.", show_default=False)],
    *,
    filtre: Annotated[Filtre, typer.Option(help="Lesquelles.")] = Filtre.TOUTES,
    avec_cles: Annotated[bool, typer.Option("--avec-cles", help="Les clés en clair : ce fichier est secret.")] = False,
    json: Json = False,
) -> None:
    """Écrire les licences dans un fichier CSV, lisible du seul propriétaire."""
    from licence_manager.cli.licences import export as execute

    execute(fichier, filtre, avec_cles=avec_cles, en_json=json)


@app.command("import")
def import_(
    fichier: Annotated[Path, typer.Argument(help="Fichier CSV à lire.", show_default=False)], *, json: Json = False
) -> None:
    """Créer les licences d’un fichier CSV, toutes ou aucune."""
    from licence_manager.cli.licences import import_csv as execute

    execute(fichier, _qui(), en_json=json)


@app.command()
def reminders(*, json: Json = False) -> None:
    """Envoyer les rappels d’échéance qui sont dus."""
    from licence_manager.cli.service import reminders as execute

    execute(en_json=json)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    for flux in (sys.stdout, sys.stderr):
        if hasattr(flux, "reconfigure"):
            flux.reconfigure(encoding="utf-8", errors="replace")
    try:
        code = app(args=arguments, prog_name="licence-manager", standalone_mode=False)
    except typer.TyperException as exc:
        if type(exc).__name__ != "NoArgsIsHelpError":  # the help has been shown
            erreurs = Console(file=sys.stderr, highlight=False)
            erreurs.print(Text("La commande est mal écrite.", style="bold red"))
            erreurs.print(Text(exc.format_message(), style="dim"))
            erreurs.print(Text("Voyez « licence-manager --help »."))
        code = USAGE
    except typer.Abort:
        code = INTERROMPU
    sys.exit(int(code or 0))


def _qui() -> str:
    """Who the history will name."""
    try:
        return f"{getpass.getuser()} (ligne de commande)"
    except (KeyError, OSError):
        return "ligne de commande"
