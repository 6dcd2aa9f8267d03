"""Reminders 30, 7 and 1 days before a licence expires, through Apprise.

Each is sent once to each of those who get it, whoever runs: an address that fails is tried again without the others
being told twice.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import quote

import apprise
import structlog
from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from licence_manager.domain.duree import jour_de
from licence_manager.domain.historique import Evenement, Geste
from licence_manager.domain.licence import Licence
from licence_manager.domain.recherche import Critere, Filtre, Tri
from licence_manager.errors import ConfigurationInvalide
from licence_manager.repository.historique import note
from licence_manager.repository.rappels import Echec, forget_echecs, note_echec
from licence_manager.repository.tables import licences, rappels
from licence_manager.services.contexte import Contexte
from sages_commun.contacts import LICENCES

journal = structlog.get_logger()
SEUILS = (30, 7, 1)
"""Days before the end."""
PROGRAMME = "rappels"
CHAMP_EMAIL = "{email}"


@dataclass(frozen=True, slots=True)
class Message:
    """A reminder."""

    titre: str
    texte: str


@dataclass(frozen=True, slots=True)
class Destination:
    """Somebody who is told."""

    adresse: str = field(repr=False)
    """Tells it from the others. It may hold a password: only a fingerprint of it is kept."""
    envoie: Callable[[Message], bool]
    """Whether the message left."""
    est_client: bool = False


Destinations = Callable[[str], Sequence[Destination]]
"""Who is told of a licence whose client has this address (empty when none is known)."""


class _NonEnvoye(Exception):
    """Undoes the mark: to be tried again."""


class Rappels:
    """Sends what is due."""

    def __init__(self, contexte: Contexte, destinations: Destinations) -> None:
        self._contexte = contexte
        self._destinations = destinations

    def send_rappels(self, arrete: Callable[[], bool] = lambda: False) -> int:
        """Send the reminders that are due and were not sent; how many left. Raises `BaseIndisponible`.

        A licence that passes several thresholds at once gets one message. What cannot be sent is tried next time.
        `arrete` is asked before each message.
        """
        bornes = self._contexte.bornes()
        envoyes, suite, premiere = 0, None, True
        while premiere or suite is not None:
            premiere = False
            with self._contexte.transaction() as (_, depot):
                page = depot.list_page(Critere(Filtre.EXPIRENT_BIENTOT, tri=Tri.ECHEANCE), suite, 200, bornes)
            for licence in page.lignes:
                for destination in self._destinations(licence.fiche.email):
                    if arrete():
                        return envoyes
                    envoyes += self._send(licence, destination)
            suite = page.suite
        return envoyes

    def _send(self, licence: Licence, destination: Destination) -> bool:
        reste = (jour_de(licence.expire_le) - jour_de(self._contexte.maintenant())).days
        atteints = [seuil for seuil in SEUILS if reste <= seuil]
        try:
            with self._contexte.transaction() as (connexion, _):
                # The row is taken first: another process that is at it makes us wait, then find it done.
                if not atteints or not self._take(connexion, licence, destination, atteints):
                    return False
                self._envoie(destination, message(licence, reste))
                detail = {"jours": reste, "expire": licence.expire_le.isoformat(), "au_client": destination.est_client}
                note(connexion, [Evenement(Geste.RAPPEL, PROGRAMME, self._contexte.maintenant(), licence.id, detail)])
                forget_echecs(connexion, licence, self._contexte.coffre.repere(destination.adresse))
        except _NonEnvoye:
            journal.warning("rappel non envoyé", licence=licence.id, au_client=destination.est_client)
            with self._contexte.transaction() as (connexion, _):
                repere = self._contexte.coffre.repere(destination.adresse)
                echec = Echec(licence, min(atteints), repere, destination.est_client)
                note_echec(connexion, echec, self._contexte.maintenant())
            return False
        return True

    def _envoie(self, destination: Destination, a_envoyer: Message) -> None:
        if not destination.envoie(a_envoyer):
            raise _NonEnvoye

    def _take(self, connexion: Connection, licence: Licence, destination: Destination, seuils: Sequence[int]) -> bool:
        """Mark these thresholds as passed; whether the closest one was not yet, and the licence has not changed."""
        actuelle = connexion.scalar(
            select(licences.c.expire_le).where(
                licences.c.id == licence.id, licences.c.active, licences.c.archivee_le.is_(None)
            )
        )
        if actuelle != licence.expire_le:
            return False
        requete = insert(rappels).on_conflict_do_nothing().returning(rappels.c.jours)
        commun = {
            "licence_id": licence.id,
            "expire_le": licence.expire_le,
            "destination": self._contexte.coffre.repere(destination.adresse),
            "le": self._contexte.maintenant(),
        }
        lignes = [commun | {"jours": seuil} for seuil in seuils]
        return min(seuils) in set(connexion.scalars(requete, lignes))


def message(licence: Licence, reste: int) -> Message:
    """What is written, so many days before the end."""
    fiche = licence.fiche
    quand = {0: "aujourd’hui", 1: "demain"}.get(reste, f"dans {reste} jours")
    nom = fiche.entreprise or fiche.client
    return Message(
        titre=f"Connecteur SAGES : la licence de {nom} expire {quand}",
        texte=(
            f"La licence du Connecteur SAGES de {nom} expire {quand} : elle est en vigueur jusqu’au "
            f"{jour_de(licence.expire_le):%d/%m/%Y} à minuit.\n\n"
            "Passé cette date, les synchronisations s’arrêtent ; rien de ce qui a été transféré n’est perdu.\n"
            f"Pour la renouveler : {LICENCES}."
        ),
    )


def destinations_apprise(adresses: str) -> Destinations:
    """These Apprise addresses, separated by blanks. Raises `ConfigurationInvalide` for one that is none.

    `{email}` in one becomes the client's; that one is left out for a client without an address.
    """
    choisies = adresses.split()
    for rang, adresse in enumerate(choisies, start=1):
        essai = adresse.replace(CHAMP_EMAIL, "client%40exemple.fr")
        if apprise.Apprise.instantiate(essai) is None:
            raise ConfigurationInvalide(
                f"« LICENCE_MANAGER_RAPPELS » : l’adresse n° {rang} n’en est pas une pour Apprise.",
                remede="Exemple : mailtos://COMPTE:…@smtp.exemple.fr?to={email}",
            )
    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its messages hold addresses with their passwords

    def destinations(email: str) -> list[Destination]:
        retenues = [(adresse, CHAMP_EMAIL in adresse) for adresse in choisies if email or CHAMP_EMAIL not in adresse]
        completes = [(a.replace(CHAMP_EMAIL, quote(email, safe="")), au_client) for a, au_client in retenues]
        return [Destination(adresse, partial(_envoie, adresse), au_client) for adresse, au_client in completes]

    return destinations


def _envoie(adresse: str, a_envoyer: Message) -> bool:
    service = apprise.Apprise()
    return service.add(adresse) and bool(service.notify(title=a_envoyer.titre, body=a_envoyer.texte))
