"""What a program asks of whoever holds its console."""

import getpass
import sys

from sages_commun.acces.domaine import SaisieRefusee

CHAMP = "mot_de_passe"


def demande_mot_de_passe() -> str:
    """A new password, typed twice and unseen.

    Raises `SaisieRefusee` without a terminal: a password is neither an argument nor read from a pipe.
    """
    if not sys.stdin.isatty():
        raise SaisieRefusee(
            CHAMP,
            "Il n’y a pas de terminal où demander le mot de passe.",
            "Ajoutez « --code » : la commande affiche un lien à usage unique pour le choisir.",
        )
    mot_de_passe = getpass.getpass("Mot de passe (12 caractères au moins) : ")
    if getpass.getpass("Encore une fois : ") != mot_de_passe:
        raise SaisieRefusee(CHAMP, "Les deux mots de passe ne sont pas les mêmes.", "Recommencez.")
    return mot_de_passe
