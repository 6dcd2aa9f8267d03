"""The accounts of one program, all together."""

from sages_commun.acces import sessions, tentatives
from sages_commun.acces.compte import Compte
from sages_commun.acces.connexion import Connexion
from sages_commun.acces.contexte import Contexte
from sages_commun.acces.domaine import Client, Entree, Geste, Identite, Utilisateur
from sages_commun.acces.gestion import Gestion
from sages_commun.acces.jetons_api import JetonsApi
from sages_commun.acces.journal import Auteur, list_entrees
from sages_commun.acces.premier_demarrage import PremierDemarrage

ICI = Client("")


class Acces:
    """The services of the accounts, over one set of tables."""

    def __init__(self, contexte: Contexte) -> None:
        self._contexte = contexte
        self.connexion = Connexion(contexte)
        self.compte = Compte(contexte)
        self.gestion = Gestion(contexte)
        self.premier_demarrage = PremierDemarrage(contexte)
        self.jetons = JetonsApi(contexte)

    def utilisateur_de(self, session: str) -> Utilisateur | None:
        """Who is signed in with the secret of this cookie."""
        identite = self.connexion.identite(session, ICI)
        return None if identite is None else identite.utilisateur

    def list_journal(self, limite: int, avant: int | None = None) -> list[Entree]:
        """The last lines of the audit trail, or those before this one; the newest first."""
        return list_entrees(self._contexte.base, limite, avant)

    def note_refus(self, qui: Identite, quoi: str, client: Client) -> None:
        """Somebody asked for what their role does not allow."""
        auteur = Auteur(qui.nom, client.adresse, qui.utilisateur.id if qui.utilisateur else None)
        self._contexte.note(auteur, Geste.REFUS, quoi, reussi=False)

    def purge(self) -> None:
        """Forget what is over: sessions, browsers, attempts. The audit trail stays."""
        with self._contexte.base.transaction() as t:
            sessions.purge(t, self._contexte.horloge(), self._contexte.durees)
            tentatives.purge(t, self._contexte.horloge())
