"""What every service of the accounts works with."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sages_commun.acces import tentatives
from sages_commun.acces.base import Base
from sages_commun.acces.domaine import Client, Durees, Geste, Identite, Refuse, TropDeTentatives, Utilisateur
from sages_commun.acces.journal import Auteur, note
from sages_commun.acces.mots_de_passe import MotsDePasse
from sages_commun.acces.totp import Scellement


def horloge_systeme() -> datetime:
    """The time, in UTC with its zone."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Contexte:
    """The tables, the secrets, the clock."""

    base: Base
    scellement: Scellement
    produit: str
    """As an application of codes names it."""
    mots_de_passe: MotsDePasse = field(default_factory=MotsDePasse)
    durees: Durees = field(default_factory=Durees)
    horloge: Callable[[], datetime] = horloge_systeme

    def note(self, auteur: Auteur, geste: Geste, objet: str = "", *, reussi: bool) -> None:
        """Add one line to the audit trail, by itself."""
        with self.base.transaction() as t:
            note(t, self.horloge(), auteur, geste, objet, reussi=reussi)

    def tente(self, quels: Iterable[tentatives.Compteur], auteur: Auteur) -> None:
        """Count one attempt before it is made. Raises `TropDeTentatives`, noted in the audit trail."""
        comptes = list(quels)
        maintenant = self.horloge()
        try:
            tentatives.tente(self.base, comptes, maintenant)
        except TropDeTentatives as exc:
            if tentatives.est_a_noter(self.base, comptes, maintenant):
                self.note(auteur, Geste.RALENTISSEMENT, f"encore {exc.attendre_s} s", reussi=False)
            raise

    def hache(self, mot_de_passe: str) -> str:
        """What is kept of this password. Raises `Encombrement`."""
        with self.mots_de_passe.place():
            return self.mots_de_passe.hache(mot_de_passe)

    def refuse(self, auteur: Auteur, geste: Geste, message: str, remede: str) -> Refuse:
        """The refusal to raise, noted."""
        self.note(auteur, geste, reussi=False)
        return Refuse(message, remede)


def auteur_de(qui: Utilisateur | Identite, client: Client) -> Auteur:
    """How the trail names somebody who is known."""
    if isinstance(qui, Identite):
        return Auteur(qui.nom, client.adresse, qui.utilisateur.id if qui.utilisateur else None)
    return Auteur(nomme(qui), client.adresse, qui.id)


def nomme(utilisateur: Utilisateur) -> str:
    """A person, without doubt on which."""
    return f"{utilisateur.nom} ({utilisateur.courriel})"
