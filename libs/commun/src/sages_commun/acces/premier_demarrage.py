"""The first administrator. There is no default password: there is a code on the console of the program that serves.

Whoever reads that console could read the database's password too: they may become the first administrator. Each process
prints a code of its own, and all of them are kept by their digest, so it does not matter which one answers the page.
Once there is an administrator the codes are gone, and so is the page.
"""

from sages_commun.acces import sessions, tentatives, utilisateurs
from sages_commun.acces.base import Transaction
from sages_commun.acces.compte import retire_totp
from sages_commun.acces.contexte import Contexte, auteur_de, nomme
from sages_commun.acces.domaine import Client, Geste, Refuse, Role, SaisieRefusee, Utilisateur, lit_courriel, lit_nom
from sages_commun.acces.empreintes import empreinte, lit_code, tire_code
from sages_commun.acces.gestion import cree_invitation, cree_utilisateur, pose_mot_de_passe
from sages_commun.acces.journal import Auteur, note
from sages_commun.acces.mots_de_passe import check_mot_de_passe

USAGE = "premier démarrage"
CONSOLE = "console"


class PremierDemarrage:
    """The way in while there is no administrator, and for whoever holds the console."""

    def __init__(self, contexte: Contexte) -> None:
        self._c = contexte

    def est_a_faire(self) -> bool:
        """Whether there is no administrator yet."""
        with self._c.base.transaction() as t:
            return not utilisateurs.y_a_t_il_un_administrateur(t)

    def tire_code(self) -> str | None:
        """A code to print on the console, while there is no administrator; None afterwards."""
        c = self._c
        with c.base.transaction() as t:
            if utilisateurs.y_a_t_il_un_administrateur(t):
                return None
            code = tire_code()
            t.execute("DELETE FROM {s}.acces_premier_demarrage WHERE expire_le <= %(le)s", le=c.horloge())
            t.execute(
                "INSERT INTO {s}.acces_premier_demarrage (empreinte, expire_le) VALUES (%(empreinte)s, %(fin)s)",
                empreinte=empreinte(USAGE, code), fin=c.horloge() + c.durees.premier_code,
            )  # fmt: skip
        return code

    def cree(self, code: str, courriel: str, nom: str, mot_de_passe: str, client: Client) -> Utilisateur:
        """Make the first administrator with a code of the console. Raises `Refuse`, `SaisieRefusee`."""
        c, anonyme = self._c, Auteur("premier démarrage", client.adresse)
        quels = [tentatives.compteur_adresse(client)]
        c.tente(quels, anonyme)
        lit_courriel(courriel)
        check_mot_de_passe(mot_de_passe, nom=lit_nom(nom), courriel=courriel)
        hache = c.hache(mot_de_passe)
        with c.base.transaction() as t:
            self._seul(t)
            if utilisateurs.y_a_t_il_un_administrateur(t):
                raise Refuse("Le premier administrateur existe déjà.", "Connectez-vous.")
            if self._consomme(t, code):
                utilisateur = self._cree(t, courriel, nom, hache)
                tentatives.reussit(t, quels, c.horloge())
                note(t, c.horloge(), auteur_de(utilisateur, client), Geste.PREMIER_ADMINISTRATEUR)
                return utilisateur
        raise c.refuse(
            anonyme, Geste.PREMIER_CODE, "Ce code n’est pas, ou n’est plus, le bon.",
            "Le code est affiché par le programme à son démarrage et vaut une heure : redémarrez-le pour un autre.",
        )  # fmt: skip

    def cree_de_la_console(
        self, courriel: str, nom: str, mot_de_passe: str | None, *, par: str, retablit: bool = False
    ) -> tuple[Utilisateur, str | None]:
        """An administrator, from the command line: with a password, or with the code of an invitation.

        `retablit` gives access back to an account that exists: active, administrator, without its second factor.
        Raises `SaisieRefusee`.
        """
        c = self._c
        hache = None
        if mot_de_passe is not None:
            check_mot_de_passe(mot_de_passe, nom=lit_nom(nom), courriel=lit_courriel(courriel))
            hache = c.hache(mot_de_passe)
        with c.base.transaction() as t:
            trouve = utilisateurs.cherche_utilisateur(t, lit_courriel(courriel))
            if trouve is not None and not retablit:
                raise SaisieRefusee(
                    "courriel", f"« {lit_courriel(courriel)} » a déjà un compte.",
                    "Ajoutez « --retablir » pour lui redonner l’accès, comme administrateur et sans second facteur.",
                )  # fmt: skip
            utilisateur = (
                cree_utilisateur(t, c, courriel, nom, Role.ADMINISTRATEUR)
                if trouve is None
                else self._retablit(t, trouve[0])
            )
            if hache is not None:
                pose_mot_de_passe(t, utilisateur.id, hache)
                t.execute("DELETE FROM {s}.acces_premier_demarrage")
            auteur = Auteur(par, CONSOLE)
            note(t, c.horloge(), auteur, Geste.UTILISATEUR_CREE, f"{nomme(utilisateur)}, administrateur")
            return utilisateur, None if hache is not None else cree_invitation(t, c, utilisateur.id)

    @staticmethod
    def _seul(t: Transaction) -> None:
        """One at a time, until the end of the transaction: two codes must not make two first administrators."""
        t.execute("LOCK TABLE {s}.acces_premier_demarrage IN EXCLUSIVE MODE")

    def _consomme(self, t: Transaction, code: str) -> bool:
        bon = t.execute(
            "DELETE FROM {s}.acces_premier_demarrage WHERE empreinte = %(empreinte)s AND expire_le > %(le)s",
            empreinte=empreinte(USAGE, lit_code(code)), le=self._c.horloge(),
        ).rowcount  # fmt: skip
        return bon == 1

    def _cree(self, t: Transaction, courriel: str, nom: str, hache: str) -> Utilisateur:
        trouve = utilisateurs.cherche_utilisateur(t, lit_courriel(courriel))
        # Perhaps somebody the console has invited, or a reader from before the last administrator was lost.
        utilisateur = (
            cree_utilisateur(t, self._c, courriel, nom, Role.ADMINISTRATEUR)
            if trouve is None
            else self._retablit(t, trouve[0])
        )
        pose_mot_de_passe(t, utilisateur.id, hache)
        t.execute("DELETE FROM {s}.acces_premier_demarrage")
        return utilisateur

    @staticmethod
    def _retablit(t: Transaction, utilisateur: Utilisateur) -> Utilisateur:
        t.execute(
            "UPDATE {s}.acces_utilisateurs SET actif = true, role = 'administrateur' WHERE id = %(id)s",
            id=utilisateur.id,
        )
        retire_totp(t, utilisateur.id)
        sessions.ferme_toutes(t, utilisateur.id)
        sessions.oublie_appareils(t, utilisateur.id)
        return utilisateurs.lit_utilisateur(t, utilisateur.id)
