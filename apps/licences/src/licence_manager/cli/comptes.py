"""Make an administrator from the console: who holds it holds the database."""

from licence_manager.bootstrap import ouvre
from licence_manager.cli.sortie import commande
from licence_manager.errors import DemandeInvalide
from licence_manager.settings import charge
from sages_commun.acces import ErreurAcces
from sages_commun.acces.console import demande_mot_de_passe


def create_admin(courriel: str, nom: str, qui: str, *, code: bool, retablit: bool, en_json: bool) -> None:
    """With a password that is asked, twice and unseen, or with the one-time code of an invitation."""
    with commande(en_json=en_json) as sortie:
        try:
            mot_de_passe = None if code else demande_mot_de_passe()
            with ouvre(charge()) as maison:
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
