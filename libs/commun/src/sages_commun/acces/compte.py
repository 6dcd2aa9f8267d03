"""One's own account: password, second factor, sessions. What weakens it asks for the password again."""

from dataclasses import dataclass, field

from sages_commun.acces import sessions, tentatives, totp, utilisateurs
from sages_commun.acces.base import Transaction
from sages_commun.acces.contexte import Contexte, auteur_de
from sages_commun.acces.domaine import (
    Client,
    Geste,
    Identite,
    Inconnu,
    Refuse,
    SaisieRefusee,
    Session,
    Utilisateur,
)
from sages_commun.acces.journal import note
from sages_commun.acces.mots_de_passe import check_mot_de_passe


@dataclass(frozen=True, slots=True)
class Enrolement:
    """A second factor that waits for its first code."""

    secret: str = field(repr=False)
    adresse: str = field(repr=False)
    qr_svg: str = field(repr=False)


class Compte:
    """What anybody signed in does with their own account. A program with a token has none: `Refuse`."""

    def __init__(self, contexte: Contexte) -> None:
        self._c = contexte

    def change_mot_de_passe(self, qui: Identite, actuel: str, nouveau: str, client: Client) -> str:
        """Take a new password; the other sessions end, this one goes on under the secret that is returned."""
        utilisateur, _ = personne(qui)
        self._check_actuel(qui, actuel, client)
        check_mot_de_passe(nouveau, nom=utilisateur.nom, courriel=utilisateur.courriel)
        hache = self._c.hache(nouveau)
        with self._c.base.transaction() as t:
            session = self._tient(t, qui)
            t.execute(
                "UPDATE {s}.acces_utilisateurs SET mot_de_passe = %(hache)s WHERE id = %(id)s",
                id=utilisateur.id, hache=hache,
            )  # fmt: skip
            efface_invitation(t, utilisateur.id)
            note(t, self._c.horloge(), auteur_de(qui, client), Geste.MOT_DE_PASSE)
            return self._renouvelle(t, utilisateur, session, client)

    def lit_enrolement(self, qui: Identite) -> Enrolement | None:
        """The second factor that waits for its first code, if one does."""
        utilisateur, _ = personne(qui)
        with self._c.base.transaction() as t:
            secret = self._lit_attente(t, utilisateur)
        if secret is None:
            return None
        adresse = totp.adresse_totp(secret, utilisateur.courriel, self._c.produit)
        return Enrolement(secret, adresse, totp.qr_svg(adresse))

    def prepare_totp(self, qui: Identite, actuel: str, client: Client) -> None:
        """Draw the secret of a second factor, which counts once a code has confirmed it."""
        utilisateur, _ = personne(qui)
        self._check_actuel(qui, actuel, client)
        scelle = self._c.scellement.scelle(totp.tire_secret_totp().encode(), totp.place(utilisateur.id))
        with self._c.base.transaction() as t:
            self._tient(t, qui)
            t.execute(
                "UPDATE {s}.acces_utilisateurs SET totp_attente = %(scelle)s WHERE id = %(id)s",
                id=utilisateur.id, scelle=scelle,
            )  # fmt: skip

    def confirme_totp(self, qui: Identite, code: str, client: Client) -> tuple[list[str], str]:
        """Turn the second factor on: the recovery codes, and the secret under which this session goes on."""
        utilisateur, _ = personne(qui)
        with self._c.base.transaction() as t:
            session = self._tient(t, qui)
            secret = self._lit_attente(t, utilisateur)
            periode = totp.periode_du_code(secret, code, self._c.horloge()) if secret else None
            if periode is not None:
                t.execute(
                    "UPDATE {s}.acces_utilisateurs SET totp_chiffre = totp_attente, totp_attente = NULL, "
                    "totp_dernier = %(periode)s WHERE id = %(id)s",
                    id=utilisateur.id, periode=periode,
                )  # fmt: skip
                note(t, self._c.horloge(), auteur_de(qui, client), Geste.TOTP_ACTIVE)
                codes = totp.renouvelle_codes(t, utilisateur.id)
                return codes, self._renouvelle(t, utilisateur, session, client)
        raise SaisieRefusee(
            "code", "Ce code n’est pas le bon.", "Vérifiez l’heure du téléphone, puis tapez le code qu’il montre."
        )

    def retire_totp(self, qui: Identite, actuel: str, client: Client) -> str:
        """Turn it off; the secret under which this session goes on."""
        utilisateur, _ = personne(qui)
        self._check_actuel(qui, actuel, client)
        with self._c.base.transaction() as t:
            session = self._tient(t, qui)
            retire_totp(t, utilisateur.id)
            note(t, self._c.horloge(), auteur_de(qui, client), Geste.TOTP_RETIRE, utilisateur.courriel)
            return self._renouvelle(t, utilisateur, session, client)

    def renouvelle_codes(self, qui: Identite, actuel: str, client: Client) -> list[str]:
        """New recovery codes in place of the others."""
        utilisateur, _ = personne(qui)
        if not utilisateur.second_facteur:
            raise Refuse("Le second facteur n’est pas activé.", "Activez-le d’abord.")
        self._check_actuel(qui, actuel, client)
        with self._c.base.transaction() as t:
            self._tient(t, qui)
            note(t, self._c.horloge(), auteur_de(qui, client), Geste.CODES_SECOURS)
            return totp.renouvelle_codes(t, utilisateur.id)

    def compte_codes(self, qui: Identite) -> int:
        """How many recovery codes are left."""
        with self._c.base.transaction() as t:
            return totp.compte_codes(t, personne(qui)[0].id)

    def list_sessions(self, qui: Identite) -> list[Session]:
        """Where one is signed in."""
        with self._c.base.transaction() as t:
            return sessions.list_sessions(t, personne(qui)[0].id, self._c.horloge(), self._c.durees)

    def ferme_session(self, qui: Identite, session_id: int, client: Client) -> None:
        """End one of one's sessions. Raises `Inconnu`, of somebody else's too."""
        utilisateur, _ = personne(qui)
        with self._c.base.transaction() as t:
            if not sessions.ferme_session(t, utilisateur.id, session_id):
                raise Inconnu("Cette session n’existe pas, ou n’existe plus.", "Rechargez la page.")
            note(t, self._c.horloge(), auteur_de(qui, client), Geste.SESSION_FERMEE)

    def ferme_autres(self, qui: Identite, client: Client) -> int:
        """End every session but this one; how many there were."""
        utilisateur, session = personne(qui)
        with self._c.base.transaction() as t:
            nombre = sessions.ferme_toutes(t, utilisateur.id, sauf=session.id)
            sessions.oublie_appareils(t, utilisateur.id)
            note(t, self._c.horloge(), auteur_de(qui, client), Geste.SESSION_FERMEE, f"toutes les autres : {nombre}")
        return nombre

    def _check_actuel(self, qui: Identite, actuel: str, client: Client) -> None:
        """Raises `SaisieRefusee`, `TropDeTentatives`: a session left open on a desk must not be enough."""
        utilisateur, _ = personne(qui)
        auteur = auteur_de(qui, client)
        quels = tentatives.compteurs("mot de passe actuel", str(utilisateur.id), client, appareil=False)
        with self._c.mots_de_passe.place():
            self._c.tente(quels, auteur)
            with self._c.base.transaction() as t:
                ligne = t.une("SELECT mot_de_passe FROM {s}.acces_utilisateurs WHERE id = %(id)s", id=utilisateur.id)
            bon = self._c.mots_de_passe.verifie(ligne[0] if ligne else None, actuel)
        if not bon:
            self._c.note(auteur, Geste.REFUS, "mot de passe actuel", reussi=False)
            raise SaisieRefusee("actuel", "Ce n’est pas votre mot de passe actuel.")
        with self._c.base.transaction() as t:
            tentatives.reussit(t, quels, self._c.horloge())

    @staticmethod
    def _tient(t: Transaction, qui: Identite) -> Session:
        """Hold the account, then make sure that this session still is one: it may have been ended, by the owner from
        elsewhere or by an administrator, while the password was being verified. Raises `Refuse`."""
        utilisateur, session = personne(qui)
        if not utilisateurs.lit_utilisateur(t, utilisateur.id).actif or not sessions.tient_session(t, session):
            raise Refuse("Cette session vient d’être fermée.", "Connectez-vous de nouveau.")
        return session

    def _lit_attente(self, t: Transaction, utilisateur: Utilisateur) -> str | None:
        ligne = t.une("SELECT totp_attente FROM {s}.acces_utilisateurs WHERE id = %(id)s", id=utilisateur.id)
        if ligne is None or ligne[0] is None:
            return None
        return self._c.scellement.ouvre(bytes(ligne[0]), totp.place(utilisateur.id)).decode()

    def _renouvelle(self, t: Transaction, utilisateur: Utilisateur, session: Session, client: Client) -> str:
        """What this user may do has changed: every session ends, this one goes on under another secret."""
        sessions.ferme_toutes(t, utilisateur.id)
        secret = sessions.ouvre_session(t, utilisateur.id, client, self._c.horloge(), self._c.durees, complete=True)
        # It does not last longer for that.
        t.execute(
            "UPDATE {s}.acces_sessions SET expire_le = %(fin)s, cree_le = %(cree_le)s WHERE utilisateur_id = %(id)s",
            id=utilisateur.id, fin=session.expire_le, cree_le=session.cree_le,
        )  # fmt: skip
        return secret


def personne(qui: Identite) -> tuple[Utilisateur, Session]:
    """The person and their session. Raises `Refuse` for a program with a token."""
    if qui.utilisateur is None or qui.session is None:
        raise Refuse("Un jeton n’a pas de compte.", "Connectez-vous par l’interface.")
    return qui.utilisateur, qui.session


def retire_totp(t: Transaction, utilisateur_id: int) -> None:
    """Nothing of the second factor is left."""
    t.execute(
        "UPDATE {s}.acces_utilisateurs SET totp_chiffre = NULL, totp_attente = NULL WHERE id = %(id)s",
        id=utilisateur_id,
    )
    totp.efface_codes(t, utilisateur_id)


def efface_invitation(t: Transaction, utilisateur_id: int) -> None:
    """Whoever holds its code cannot choose the password any more."""
    t.execute("DELETE FROM {s}.acces_invitations WHERE utilisateur_id = %(id)s", id=utilisateur_id)
