"""Other people's accounts, for administrators. Nobody ever types somebody else's password: they are invited."""

from sages_commun.acces import sessions, tentatives, utilisateurs
from sages_commun.acces.base import Transaction
from sages_commun.acces.compte import efface_invitation, retire_totp
from sages_commun.acces.contexte import Contexte, auteur_de, nomme
from sages_commun.acces.domaine import (
    Client,
    Geste,
    Identite,
    Inconnu,
    Refuse,
    Role,
    SaisieRefusee,
    Utilisateur,
    lit_courriel,
    lit_nom,
)
from sages_commun.acces.empreintes import empreinte, tire_secret
from sages_commun.acces.journal import Auteur, note
from sages_commun.acces.mots_de_passe import check_mot_de_passe

USAGE = "invitation"
ANONYME = "inconnu"


class Gestion:
    """Whether the one who asks is an administrator has been seen to before."""

    def __init__(self, contexte: Contexte) -> None:
        self._c = contexte

    def list_utilisateurs(self) -> list[Utilisateur]:
        """Everybody, by name."""
        with self._c.base.transaction() as t:
            return utilisateurs.list_utilisateurs(t)

    def lit_utilisateur(self, utilisateur_id: int) -> Utilisateur:
        """The one of this number. Raises `Inconnu`."""
        with self._c.base.transaction() as t:
            return utilisateurs.lit_utilisateur(t, utilisateur_id)

    def invite(self, par: Identite, courriel: str, nom: str, role: Role, client: Client) -> tuple[Utilisateur, str]:
        """A new account, and the code with which they choose their password. Raises `SaisieRefusee`."""
        with self._c.base.transaction() as t:
            utilisateur = cree_utilisateur(t, self._c, courriel, nom, role)
            auteur = auteur_de(par, client)
            note(t, self._c.horloge(), auteur, Geste.UTILISATEUR_CREE, f"{nomme(utilisateur)}, {role.libelle}")
            return utilisateur, cree_invitation(t, self._c, utilisateur.id)

    def renouvelle_invitation(self, par: Identite, utilisateur_id: int, client: Client) -> tuple[Utilisateur, str]:
        """Another code, for who has lost the first one or their password; the one before is worth nothing now."""
        with self._c.base.transaction() as t:
            utilisateur = utilisateurs.lit_utilisateur(t, utilisateur_id)
            if not utilisateur.actif:
                raise Refuse("Ce compte est désactivé.", "Réactivez-le d’abord.")
            note(t, self._c.horloge(), auteur_de(par, client), Geste.INVITATION, nomme(utilisateur))
            return utilisateur, cree_invitation(t, self._c, utilisateur_id)

    def lit_invitation(self, code: str) -> Utilisateur | None:
        """Whom this code invites; None when it is over, or none."""
        with self._c.base.transaction() as t:
            ligne = t.une(
                "SELECT utilisateur_id FROM {s}.acces_invitations "
                "WHERE empreinte = %(empreinte)s AND expire_le > %(le)s",
                empreinte=empreinte(USAGE, code), le=self._c.horloge(),
            )  # fmt: skip
            utilisateur = None if ligne is None else utilisateurs.lit_utilisateur(t, ligne[0])
        return utilisateur if utilisateur is not None and utilisateur.actif else None

    def suit_invitation(self, code: str, mot_de_passe: str, client: Client) -> Utilisateur:
        """Choose a password with an invitation, which is used up. Raises `Refuse`, `SaisieRefusee`."""
        anonyme = Auteur(ANONYME, client.adresse)
        quels = [tentatives.compteur_adresse(client)]
        self._c.tente(quels, anonyme)
        invite = self.lit_invitation(code)
        if invite is not None:
            check_mot_de_passe(mot_de_passe, nom=invite.nom, courriel=invite.courriel)
            hache = self._c.hache(mot_de_passe)
            with self._c.base.transaction() as t:
                utilisateurs.lit_utilisateur(t, invite.id)  # the account, then its invitation: as everybody else does
                pris = t.execute(
                    "DELETE FROM {s}.acces_invitations WHERE empreinte = %(empreinte)s",
                    empreinte=empreinte(USAGE, code),
                ).rowcount
                if pris:
                    pose_mot_de_passe(t, invite.id, hache)
                    sessions.ferme_toutes(t, invite.id)
                    sessions.oublie_appareils(t, invite.id)
                    tentatives.reussit(t, quels, self._c.horloge())
                    note(t, self._c.horloge(), auteur_de(invite, client), Geste.INVITATION_SUIVIE)
                    return invite
        raise self._c.refuse(
            anonyme, Geste.INVITATION_SUIVIE, "Cette invitation n’est pas, ou n’est plus, valable.",
            "Demandez-en une autre à un administrateur.",
        )  # fmt: skip

    def change_role(self, par: Identite, utilisateur_id: int, role: Role, client: Client) -> Utilisateur:
        """Their sessions end: they sign in again, as what they are now. Raises `DernierAdministrateur`."""
        with self._c.base.transaction() as t:
            utilisateur = self._tient(t, utilisateur_id, en_retire=role is not Role.ADMINISTRATEUR)
            if utilisateur.role is role:
                return utilisateur
            t.execute(
                "UPDATE {s}.acces_utilisateurs SET role = %(role)s WHERE id = %(id)s",
                id=utilisateur_id, role=role.value,
            )  # fmt: skip
            sessions.ferme_toutes(t, utilisateur_id)
            if role is not Role.ADMINISTRATEUR:
                self._revoque_jetons(t, utilisateur_id)
            note(t, self._c.horloge(), auteur_de(par, client), Geste.ROLE, f"{nomme(utilisateur)} : {role.libelle}")
        return utilisateur

    def desactive(self, par: Identite, utilisateur_id: int, client: Client) -> Utilisateur:
        """They may not enter any more, by any way. Raises `DernierAdministrateur`."""
        with self._c.base.transaction() as t:
            utilisateur = self._tient(t, utilisateur_id, en_retire=True)
            t.execute("UPDATE {s}.acces_utilisateurs SET actif = false WHERE id = %(id)s", id=utilisateur_id)
            efface_invitation(t, utilisateur_id)
            sessions.ferme_toutes(t, utilisateur_id)
            sessions.oublie_appareils(t, utilisateur_id)
            self._revoque_jetons(t, utilisateur_id)
            note(t, self._c.horloge(), auteur_de(par, client), Geste.DESACTIVATION, nomme(utilisateur))
        return utilisateur

    def reactive(self, par: Identite, utilisateur_id: int, client: Client) -> Utilisateur:
        """They may enter again, with the password they had."""
        with self._c.base.transaction() as t:
            utilisateur = utilisateurs.lit_utilisateur(t, utilisateur_id)
            t.execute("UPDATE {s}.acces_utilisateurs SET actif = true WHERE id = %(id)s", id=utilisateur_id)
            note(t, self._c.horloge(), auteur_de(par, client), Geste.REACTIVATION, nomme(utilisateur))
        return utilisateur

    def retire_second_facteur(self, par: Identite, utilisateur_id: int, client: Client) -> Utilisateur:
        """For who has lost their phone and their codes."""
        with self._c.base.transaction() as t:
            utilisateur = utilisateurs.lit_utilisateur(t, utilisateur_id)
            retire_totp(t, utilisateur_id)
            sessions.ferme_toutes(t, utilisateur_id)
            note(t, self._c.horloge(), auteur_de(par, client), Geste.TOTP_RETIRE, nomme(utilisateur))
        return utilisateur

    def ferme_sessions(self, par: Identite, utilisateur_id: int, client: Client) -> tuple[Utilisateur, int]:
        """End all their sessions; how many there were."""
        with self._c.base.transaction() as t:
            utilisateur = utilisateurs.lit_utilisateur(t, utilisateur_id)
            nombre = sessions.ferme_toutes(t, utilisateur_id)
            auteur = auteur_de(par, client)
            note(t, self._c.horloge(), auteur, Geste.SESSION_FERMEE, f"{nomme(utilisateur)} : {nombre}")
        return utilisateur, nombre

    @staticmethod
    def _tient(t: Transaction, utilisateur_id: int, *, en_retire: bool) -> Utilisateur:
        if en_retire:  # first: whoever holds one of their lines already could wait for the others for ever
            utilisateurs.check_il_en_reste(t, utilisateur_id)
        return utilisateurs.lit_utilisateur(t, utilisateur_id)

    def _revoque_jetons(self, t: Transaction, utilisateur_id: int) -> None:
        t.execute(
            "UPDATE {s}.acces_jetons SET revoque_le = %(le)s WHERE utilisateur_id = %(id)s AND revoque_le IS NULL",
            id=utilisateur_id, le=self._c.horloge(),
        )  # fmt: skip


def cree_utilisateur(t: Transaction, c: Contexte, courriel: str, nom: str, role: Role) -> Utilisateur:
    """An account without a password. Raises `SaisieRefusee`."""
    adresse = lit_courriel(courriel)
    ligne = t.une(
        "INSERT INTO {s}.acces_utilisateurs (courriel, nom, role, cree_le) "
        "VALUES (%(courriel)s, %(nom)s, %(role)s, %(le)s) ON CONFLICT (courriel) DO NOTHING RETURNING id",
        courriel=adresse, nom=lit_nom(nom), role=role.value, le=c.horloge(),
    )  # fmt: skip
    if ligne is None:
        raise SaisieRefusee("courriel", f"« {adresse} » a déjà un compte.", "Renouvelez plutôt son invitation.")
    return utilisateurs.lit_utilisateur(t, ligne[0])


def cree_invitation(t: Transaction, c: Contexte, utilisateur_id: int) -> str:
    """The code of a new invitation, in place of any other."""
    code = tire_secret()
    efface_invitation(t, utilisateur_id)
    t.execute(
        "INSERT INTO {s}.acces_invitations (empreinte, utilisateur_id, expire_le) "
        "VALUES (%(empreinte)s, %(id)s, %(fin)s)",
        empreinte=empreinte(USAGE, code), id=utilisateur_id, fin=c.horloge() + c.durees.invitation,
    )  # fmt: skip
    return code


def pose_mot_de_passe(t: Transaction, utilisateur_id: int, hache: str) -> None:
    """Take this hash; an invitation that is still about would replace it. Raises `Inconnu`."""
    if not t.execute(
        "UPDATE {s}.acces_utilisateurs SET mot_de_passe = %(hache)s WHERE id = %(id)s AND actif",
        id=utilisateur_id, hache=hache,
    ).rowcount:  # fmt: skip
        raise Inconnu("Ce compte n’existe pas, ou est désactivé.")
    efface_invitation(t, utilisateur_id)
