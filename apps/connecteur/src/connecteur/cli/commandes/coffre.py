"""`connecteur coffre`: the secrets of the data folder."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from connecteur.cli.commandes.groupe import Commande, groupe
from connecteur.cli.options import Config, Detail, Json

app = groupe("Garder les mots de passe et les autres secrets chiffrés, dans le dossier de données.")

Nom = Annotated[
    str, typer.Argument(metavar="NOM", help="Le nom du réglage : « batigest.mot_de_passe », « dossiers.sud.… ».")
]


class Ou(StrEnum):
    """Where `change-cle` can keep the key."""

    TROUSSEAU = "trousseau"
    FICHIER = "fichier"
    ENVIRONNEMENT = "environnement"


@app.command(cls=Commande)
def etat(config: Config = None, *, json: Json = False, detail: Detail = False) -> None:
    """Dire où est le coffre, où est sa clé, et ce qu’il garde."""
    from connecteur.cli.coffre import etat as execute

    execute(config, en_json=json, detail=detail)


@app.command(cls=Commande)
def liste(config: Config = None, *, json: Json = False, detail: Detail = False) -> None:
    """Donner le nom de ce que le coffre garde, jamais les valeurs."""
    from connecteur.cli.coffre import liste as execute

    execute(config, en_json=json, detail=detail)


@app.command(cls=Commande)
def pose(nom: Nom, config: Config = None, *, json: Json = False, detail: Detail = False) -> None:
    """Mettre une valeur dans le coffre : elle est demandée sans être affichée, ou lue sur l’entrée standard.

    Une liste (« alertes.urls ») se donne à raison d’une valeur par ligne.
    """
    from connecteur.cli.coffre import pose as execute

    execute(nom, config, en_json=json, detail=detail)


@app.command(cls=Commande)
def retire(nom: Nom, config: Config = None, *, json: Json = False, detail: Detail = False) -> None:
    """Retirer une valeur du coffre."""
    from connecteur.cli.coffre import retire as execute

    execute(nom, config, en_json=json, detail=detail)


@app.command(cls=Commande)
def importe(
    fichier: Annotated[
        Path, typer.Argument(metavar="FICHIER", help="Un fichier TOML, ou le credentials.json de l’ancien connecteur.")
    ],
    config: Config = None,
    *,
    tout: Annotated[
        bool, typer.Option("--tout", help="Avec les autres réglages : le fichier TOML ne garde que « donnees ».")
    ] = False,
    efface_copie: Annotated[
        bool, typer.Option("--efface-copie", help="Supprimer sans le demander la copie en clair de ce fichier.")
    ] = False,
    json: Json = False,
    detail: Detail = False,
) -> None:
    """Mettre les secrets d’un fichier dans le coffre, et les en retirer ; ses commentaires restent."""
    from connecteur.cli.coffre_importe import importe as execute

    execute(fichier, config, tout=tout, efface_copie=efface_copie, en_json=json, detail=detail)


@app.command(cls=Commande)
def verifie(config: Config = None, *, json: Json = False, detail: Detail = False) -> None:
    """Ouvrir chaque valeur, sans en montrer aucune."""
    from connecteur.cli.coffre import verifie as execute

    execute(config, en_json=json, detail=detail)


@app.command(cls=Commande)
def restaure(config: Config = None, *, json: Json = False, detail: Detail = False) -> None:
    """Remettre l’état d’avant la dernière écriture, quand le coffre est abîmé."""
    from connecteur.cli.coffre import restaure as execute

    execute(config, en_json=json, detail=detail)


@app.command("change-cle", cls=Commande)
def change_cle(
    config: Config = None,
    *,
    vers: Annotated[
        Ou | None, typer.Option("--vers", help="Où garder la nouvelle clé ; sinon, là où est l’actuelle.")
    ] = None,
    cle: Annotated[
        Path | None,
        typer.Option(
            "--cle",
            metavar="FICHIER",
            help="La nouvelle clé, que l’environnement donnera désormais.",
            show_default=False,
        ),
    ] = None,
    json: Json = False,
    detail: Detail = False,
) -> None:
    """Tout chiffrer de nouveau avec une autre clé ; l’ancienne n’ouvre plus rien."""
    from connecteur.cli.coffre import change_cle as execute

    execute(None if vers is None else vers.value, cle, config, en_json=json, detail=detail)


@app.command("nouvelle-cle", cls=Commande)
def nouvelle_cle(
    fichier: Annotated[Path, typer.Argument(metavar="FICHIER", help="Un fichier qui n’existe pas encore.")],
    *,
    json: Json = False,
    detail: Detail = False,
) -> None:
    """Écrire une clé neuve, à donner à un service par CONNECTEUR_FICHIER_CLE_COFFRE."""
    from connecteur.cli.coffre import nouvelle_cle as execute

    execute(fichier, en_json=json, detail=detail)
