"""Make an administrator from the console: who holds it holds the database."""

import getpass
import sys

from licence_manager.bootstrap import ouvre
from licence_manager.cli.sortie import commande
from licence_manager.errors import DemandeInvalide
from licence_manager.settings import charge
from sages_commun.acces import ErreurAcces


def create_admin(courriel: str, nom: str, qui: str, *, code: bool, retablit: bool, en_json: bool) -> None:
    """With a password that is asked, twice and unseen, or with the one-time code of an invitation."""
    with commande(en_json=en_json) as sortie:
        mot_de_passe = None if code else _demande()
        with ouvre(charge()) as maison:
            try:
                utilisateur, invitation = maison.acces.premier_demarrage.cree_de_la_console(
                    courriel, nom or courriel.partition("@")[0], mot_de_passe, par=qui, retablit=retablit
                )
            except ErreurAcces as exc:
                raise DemandeInvalide(exc.message, remede=exc.remede) from exc
        sortie.dit(f"{utilisateur.nom} ({utilisateur.courriel}) est administrateur.")
        if invitation is not None:
            sortie.dit(
                "Pour choisir le mot de passe, ouvrez dans les trois jours, à l’adresse du Licence Manager :",
                f"  /invitation?code={invitation}",
            )
        sortie.rend({"utilisateur": utilisateur.id, "courriel": utilisateur.courriel, "invitation": invitation})


def _demande() -> str:
    """Raises `DemandeInvalide` without a terminal: a password is neither an argument nor read from a pipe."""
    if not sys.stdin.isatty():
        raise DemandeInvalide(
            "Il n’y a pas de terminal où demander le mot de passe.",
            remede="Ajoutez « --code » : la commande affiche un lien à usage unique pour le choisir.",
        )
    mot_de_passe = getpass.getpass("Mot de passe (12 caractères au moins) : ")
    if getpass.getpass("Encore une fois : ") != mot_de_passe:
        raise DemandeInvalide("Les deux mots de passe ne sont pas les mêmes.", remede="Recommencez.")
    return mot_de_passe
