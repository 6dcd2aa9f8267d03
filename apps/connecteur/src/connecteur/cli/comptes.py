"""`connecteur comptes`: carried out. Who holds the console holds the tampon: it may give access back."""

from pathlib import Path

from rich.table import Table
from rich.text import Text

from connecteur.bootstrap import comptes
from connecteur.cli.assemblage import TOUS, ouvre_connecteur
from connecteur.cli.sortie import commande, qui
from connecteur.errors import GesteRefuse
from sages_commun.acces import ErreurAcces
from sages_commun.acces.console import demande_mot_de_passe
from sages_commun.web.format import date_heure


def cree_administrateur(
    courriel: str, nom: str, config: Path | None, *, code: bool, retablit: bool, en_json: bool, detail: bool
) -> None:
    """With a password that is asked, twice and unseen, or with the one-time code of an invitation."""
    with commande(en_json=en_json, detail=detail) as sortie:
        try:
            mot_de_passe = None if code else demande_mot_de_passe()
            with ouvre_connecteur(config, TOUS) as connecteur:
                utilisateur, invitation = comptes(connecteur).premier_demarrage.cree_de_la_console(
                    courriel, nom or courriel.partition("@")[0], mot_de_passe, par=qui(), retablit=retablit
                )
        except ErreurAcces as exc:
            raise GesteRefuse(exc.message, remede=exc.remede) from exc
        sortie.dit(f"{utilisateur.nom} ({utilisateur.courriel}) est administrateur.")
        if invitation is not None:
            sortie.dit("Pour choisir le mot de passe, ouvrez dans les trois jours, à l’adresse du connecteur :")
            sortie.dit(f"  /invitation?code={invitation}")
        sortie.rend({"ok": True, "courriel": utilisateur.courriel, "invitation": invitation})


def liste(config: Path | None, *, en_json: bool, detail: bool) -> None:
    """Who may sign in, as what."""
    with commande(en_json=en_json, detail=detail) as sortie, ouvre_connecteur(config, TOUS) as connecteur:
        tous = comptes(connecteur).gestion.list_utilisateurs()
        table = Table("nom", "adresse", "droits", "état", "connecté", box=None, header_style="dim", pad_edge=False)
        for un in tous:
            etat = "désactivé" if not un.actif else "invité" if un.invite else "actif"
            quand = date_heure(un.connecte_le, connecteur.premier.fuseau) if un.connecte_le else "jamais"
            table.add_row(Text(un.nom), Text(un.courriel), un.role.libelle, etat, quand)
        sortie.dit(table if tous else "Aucun compte.")
        vus = [
            {"courriel": un.courriel, "nom": un.nom, "role": un.role.value, "actif": un.actif, "invite": un.invite}
            for un in tous
        ]
        sortie.rend({"ok": True, "comptes": vus})
