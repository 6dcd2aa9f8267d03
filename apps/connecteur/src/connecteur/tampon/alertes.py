"""What was told about a dossier, and the messages that tell it, until they are sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast

from connecteur.domain.alerte import Courrier, Genre
from connecteur.domain.run import FLECHES, Flux
from connecteur.tampon.connexion import Connexion, Connexions
from connecteur.tampon.runs import RunsTampon, RunSuivi
from connecteur.tampon.textes import propre

GARDE = timedelta(days=90)
"""How long a message that was sent, or given up, is kept."""

ETATS = "SELECT sujet, etat, depuis FROM sages.alertes WHERE dossier = %s"
# Several programs see the same change: the first to write tells it.
CHANGE = """
INSERT INTO sages.alertes AS a (dossier, sujet, etat, depuis)
VALUES (%(dossier)s, %(sujet)s, %(apres)s, %(maintenant)s)
ON CONFLICT (dossier, sujet) DO UPDATE SET etat = excluded.etat, depuis = excluded.depuis
      WHERE a.etat = %(avant)s
"""
ECRIT = """
INSERT INTO sages.messages (dossier, genre, destination, titre, corps, cree_le, prochain_le)
VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
# Taken for a while, not for good: whoever dies while sending leaves it to the next.
PREND = """
UPDATE sages.messages SET essais = essais + 1, prochain_le = %(bail)s
 WHERE id = (SELECT id FROM sages.messages
              WHERE dossier = %(dossier)s AND prochain_le <= %(maintenant)s ORDER BY prochain_le, id
              LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, genre, destination, titre, corps, cree_le, essais, prochain_le, envoye_le, erreur
"""
ENVOYE = "UPDATE sages.messages SET envoye_le = %s, prochain_le = NULL, erreur = '' WHERE id = %s"
RATE = "UPDATE sages.messages SET prochain_le = %s, erreur = %s WHERE id = %s"
LISTE = """
SELECT id, genre, destination, titre, corps, cree_le, essais, prochain_le, envoye_le, erreur
  FROM sages.messages WHERE dossier = %s ORDER BY id DESC LIMIT %s
"""
OUBLIE = "DELETE FROM sages.messages WHERE dossier = %s AND prochain_le IS NULL AND cree_le < %s"
RECUS = """
SELECT debut_local::date, count(*) FROM sages.creneaux
 WHERE dossier = %s AND present AND debut_local >= %s AND debut_local < %s GROUP BY 1
"""
ACHEVE = """
SELECT id FROM sages.runs
 WHERE dossier = %s AND flux = %s AND fleches = %s AND NOT apercu AND fin IS NOT NULL AND verdict <> 'annulé'
 ORDER BY debut DESC, id LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class EtatAlerte:
    """What was last told about one subject, and since when."""

    sujet: str
    etat: str
    depuis: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one destination (the digest of its address). `prochain_le` None: sent, or given up."""

    id: int
    genre: Genre
    destination: str
    titre: str
    corps: str
    cree_le: datetime
    essais: int
    prochain_le: datetime | None
    envoye_le: datetime | None
    erreur: str


class DepotAlertes:
    """The alerts of one dossier."""

    def __init__(self, connexions: Connexions, dossier: str, runs: RunsTampon) -> None:
        self._connexions = connexions
        self._dossier = dossier
        self._runs = runs

    def read_etats(self) -> dict[str, EtatAlerte]:
        """Subject > what was last told about it."""
        with self._connexions.transaction() as connexion:
            lignes = connexion.execute(ETATS, (self._dossier,)).fetchall()
        etats = [EtatAlerte(*cast("tuple[str, str, datetime]", ligne)) for ligne in lignes]
        return {etat.sujet: etat for etat in etats}

    def change_etat(
        self,
        sujet: str,
        avant: str | None,
        apres: str,
        maintenant: datetime,
        *,
        courrier: Courrier | None = None,
        destinations: Sequence[str] = (),
    ) -> bool:
        """Note a change with the messages that tell it; False, and nothing, when another program did."""
        parametres = {
            "dossier": self._dossier, "sujet": sujet, "avant": avant, "apres": propre(apres), "maintenant": maintenant,
        }  # fmt: skip
        with self._connexions.transaction() as connexion:
            if connexion.execute(CHANGE, parametres).rowcount != 1:
                return False
            if courrier is not None:
                for destination in destinations:
                    self._ecrit(connexion, courrier, destination, maintenant)
        return True

    def prend_message(self, maintenant: datetime, bail: datetime) -> Message | None:
        """The next message to send, kept from the others until `bail`; None when none is due."""
        parametres = {"dossier": self._dossier, "maintenant": maintenant, "bail": bail}
        with self._connexions.transaction() as connexion:
            ligne = connexion.execute(PREND, parametres).fetchone()
        return None if ligne is None else _message(cast("LigneMessage", ligne))

    def note_envoye(self, ident: int, maintenant: datetime) -> None:
        """It was sent. Forgets those that are old."""
        with self._connexions.transaction() as connexion:
            connexion.execute(ENVOYE, (maintenant, ident))
            connexion.execute(OUBLIE, (self._dossier, maintenant - GARDE))

    def note_rate(self, ident: int, erreur: str, prochain: datetime | None) -> None:
        """It was not; it is tried again then, or given up (None)."""
        with self._connexions.transaction() as connexion:
            connexion.execute(RATE, (prochain, propre(erreur), ident))

    def list_messages(self, limite: int = 50) -> list[Message]:
        """The latest, most recent first."""
        with self._connexions.transaction() as connexion:
            lignes = connexion.execute(LISTE, (self._dossier, limite)).fetchall()
        return [_message(cast("LigneMessage", ligne)) for ligne in lignes]

    def count_recus(self, debut: date, fin: date) -> dict[date, int]:
        """Local day > how many slots it has, for the days that have any, `fin` excluded."""
        with self._connexions.transaction() as connexion:
            lignes = connexion.execute(RECUS, (self._dossier, debut, fin)).fetchall()
        return dict(cast("list[tuple[date, int]]", lignes))

    def read_dernier_acheve(self, flux: Flux) -> RunSuivi | None:
        """The latest whole run of this flow that went to an end nobody asked for."""
        fleches = [fleche.value for fleche in FLECHES[flux]]
        with self._connexions.transaction() as connexion:
            ligne = connexion.execute(ACHEVE, (self._dossier, flux.value, fleches)).fetchone()
        return None if ligne is None else self._runs.lit(cast("str", ligne[0]))

    def _ecrit(self, connexion: Connexion, courrier: Courrier, destination: str, maintenant: datetime) -> None:
        titre, corps = propre(courrier.titre), propre(courrier.corps)
        valeurs = (self._dossier, courrier.genre.value, destination, titre, corps, maintenant, maintenant)
        connexion.execute(ECRIT, valeurs)


LigneMessage = tuple[int, str, str, str, str, datetime, int, datetime | None, datetime | None, str]


def _message(ligne: LigneMessage) -> Message:
    ident, genre, destination, titre, corps, cree_le, essais, prochain_le, envoye_le, erreur = ligne
    return Message(ident, Genre(genre), destination, titre, corps, cree_le, essais, prochain_le, envoye_le, erreur)
