"""Signing in and out. Whether an account exists is told neither by the answer nor by the work that it takes."""

from dataclasses import dataclass, field

from sages_commun.acces import sessions, tentatives, totp, utilisateurs
from sages_commun.acces.base import Transaction
from sages_commun.acces.contexte import Contexte, auteur_de
from sages_commun.acces.domaine import Client, ErreurAcces, Geste, Identite, Refuse, Utilisateur, lit_courriel
from sages_commun.acces.journal import Auteur, inconnu, note
from sages_commun.acces.sessions import Reconnue

PERSONNE = 0
"""No user has this number: what is looked up for them is looked up all the same."""


@dataclass(frozen=True, slots=True)
class Ouverture:
    """What the browser is given."""

    secret: str = field(repr=False)
    complete: bool
    """False: the second factor is still to come."""
    appareil: str = field(default="", repr=False)


class Connexion:
    """The door."""

    def __init__(self, contexte: Contexte) -> None:
        self._c = contexte

    def connecte(self, courriel: str, mot_de_passe: str, client: Client, ancien: str = "") -> Ouverture:
        """Sign in with a password; `ancien` is the session that the browser had, which ends.

        Raises `Refuse`, `TropDeTentatives`.
        """
        c = self._c
        adresse, utilisateur, hache, connu = self._cherche(courriel, client)
        auteur = auteur_de(utilisateur, client) if utilisateur else inconnu(courriel, client)
        quels = tentatives.compteurs("mot de passe", adresse, client, appareil=connu)
        with c.mots_de_passe.place():  # before it is counted: who cannot be heard has not tried
            c.tente(quels, auteur)
            bon = c.mots_de_passe.verifie(hache, mot_de_passe)
            if not bon or hache is None or utilisateur is None or not utilisateur.actif:
                raise self._refus(auteur)
            refait = c.mots_de_passe.hache(mot_de_passe) if c.mots_de_passe.est_a_refaire(hache) else hache
        with c.base.transaction() as t:
            # The password may have been changed, or the account closed, while this one was being verified.
            toujours = t.execute(
                "UPDATE {s}.acces_utilisateurs SET mot_de_passe = %(refait)s "
                "WHERE id = %(id)s AND actif AND mot_de_passe = %(hache)s",
                id=utilisateur.id, hache=hache, refait=refait,
            ).rowcount  # fmt: skip
            if toujours:
                tentatives.reussit(t, quels, c.horloge())
                sessions.ferme_secret(t, ancien)
                # Read again, now that the line is held: the second factor may have been turned on just before.
                return self._apres_mot_de_passe(t, utilisateurs.lit_utilisateur(t, utilisateur.id), client)
        raise self._refus(auteur)

    def confirme(self, attente: str, code: str, client: Client) -> Ouverture:
        """Sign in for good with a code of the application, or a recovery code. Raises `Refuse`, `TropDeTentatives`."""
        c = self._c
        with c.base.transaction() as t:
            reconnue = sessions.lit_session(t, attente, c.horloge(), c.durees)
            if reconnue is None or reconnue.complete:
                raise Refuse("Cette connexion a pris trop de temps.", "Recommencez avec votre mot de passe.")
            connu = sessions.connait_appareil(t, reconnue.utilisateur.id, client, c.horloge())
        auteur = auteur_de(reconnue.utilisateur, client)
        quels = tentatives.compteurs("code", str(reconnue.utilisateur.id), client, appareil=connu)
        c.tente(quels, auteur)
        with c.base.transaction() as t:
            utilisateur = utilisateurs.lit_utilisateur(t, reconnue.utilisateur.id)
            # The session of the password is used up too: of two codes sent at once, one opens.
            geste = self._consomme(t, utilisateur, code)
            if geste and utilisateur.actif and sessions.ferme_secret(t, attente) is not None:
                tentatives.reussit(t, quels, c.horloge())
                return self._entre(t, utilisateur, client, geste)
        raise c.refuse(
            auteur, Geste.SECOND_FACTEUR, "Ce code n’est pas le bon, ou a déjà servi.",
            "Attendez le code suivant, ou prenez un de vos codes de secours.",
        )  # fmt: skip

    def attend_un_code(self, secret: str) -> Reconnue | None:
        """The session whose password was right and whose code is still to come."""
        with self._c.base.transaction() as t:
            reconnue = sessions.lit_session(t, secret, self._c.horloge(), self._c.durees)
        return None if reconnue is None or reconnue.complete else reconnue

    def identite(self, secret: str, client: Client) -> Identite | None:
        """Who this session is; None when it is none, or is over."""
        if not secret:
            return None
        maintenant = self._c.horloge()
        with self._c.base.transaction() as t:
            reconnue = sessions.lit_session(t, secret, maintenant, self._c.durees)
            if reconnue is None or not reconnue.complete:
                return None
            sessions.note_vue(t, reconnue, client, maintenant)
        utilisateur = reconnue.utilisateur
        return Identite(auteur_de(utilisateur, client).qui, utilisateur.role, utilisateur, reconnue.session)

    def tient_encore(self, secret: str) -> bool:
        """Whether this session still is one. That is not using it: left alone, it ends all the same."""
        with self._c.base.transaction() as t:
            reconnue = sessions.lit_session(t, secret, self._c.horloge(), self._c.durees)
        return reconnue is not None and reconnue.complete

    def deconnecte(self, secret: str, client: Client) -> None:
        """End this session, if it is one."""
        with self._c.base.transaction() as t:
            reconnue = sessions.lit_session(t, secret, self._c.horloge(), self._c.durees)
            if sessions.ferme_secret(t, secret) is not None and reconnue is not None:
                note(t, self._c.horloge(), auteur_de(reconnue.utilisateur, client), Geste.DECONNEXION)

    def _cherche(self, courriel: str, client: Client) -> tuple[str, Utilisateur | None, str | None, bool]:
        try:
            adresse = lit_courriel(courriel)
        except ErreurAcces:
            adresse = ""
        with self._c.base.transaction() as t:
            trouve = utilisateurs.cherche_utilisateur(t, adresse)
            utilisateur, hache = trouve or (None, None)
            numero = utilisateur.id if utilisateur else PERSONNE
            return adresse, utilisateur, hache, sessions.connait_appareil(t, numero, client, self._c.horloge())

    def _refus(self, auteur: Auteur) -> Refuse:
        return self._c.refuse(
            auteur, Geste.CONNEXION, "L’adresse ou le mot de passe n’est pas le bon.",
            "Vérifiez les deux, et la touche des majuscules ; un administrateur peut vous envoyer une invitation.",
        )  # fmt: skip

    def _apres_mot_de_passe(self, t: Transaction, utilisateur: Utilisateur, client: Client) -> Ouverture:
        if not utilisateur.second_facteur:
            return self._entre(t, utilisateur, client, Geste.CONNEXION)
        maintenant = self._c.horloge()
        note(t, maintenant, auteur_de(utilisateur, client), Geste.MOT_DE_PASSE_BON)
        secret = sessions.ouvre_session(t, utilisateur.id, client, maintenant, self._c.durees, complete=False)
        return Ouverture(secret, complete=False)

    def _consomme(self, t: Transaction, utilisateur: Utilisateur, code: str) -> Geste | None:
        scelle = t.une("SELECT totp_chiffre FROM {s}.acces_utilisateurs WHERE id = %(id)s", id=utilisateur.id)
        if scelle is None or scelle[0] is None:
            return None
        secret = self._c.scellement.ouvre(bytes(scelle[0]), totp.place(utilisateur.id)).decode()
        periode = totp.periode_du_code(secret, code, self._c.horloge())
        if periode is not None:
            return Geste.CONNEXION if totp.consomme_periode(t, utilisateur.id, periode) else None
        return Geste.CODE_SECOURS if totp.consomme_code(t, utilisateur.id, code) else None

    def _entre(self, t: Transaction, utilisateur: Utilisateur, client: Client, geste: Geste) -> Ouverture:
        c, maintenant = self._c, self._c.horloge()
        t.execute(
            "UPDATE {s}.acces_utilisateurs SET connecte_le = %(le)s WHERE id = %(id)s",
            id=utilisateur.id, le=maintenant,
        )  # fmt: skip
        note(t, maintenant, auteur_de(utilisateur, client), geste)
        secret = sessions.ouvre_session(t, utilisateur.id, client, maintenant, c.durees, complete=True)
        appareil = sessions.note_appareil(t, utilisateur.id, client, maintenant, c.durees)
        return Ouverture(secret, complete=True, appareil=appareil)
