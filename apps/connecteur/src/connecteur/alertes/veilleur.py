"""Watches one dossier, tells its changes, and sees the messages off."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Protocol, Self
from zoneinfo import ZoneInfo

import structlog

from connecteur.alertes import messages
from connecteur.alertes.envoi import Destination, envoie
from connecteur.domain.alerte import RECHERCHE, Courrier, Genre, habituel, transition
from connecteur.domain.rejet import Rejet
from connecteur.domain.run import REFUS_LICENCE, Flux, Verdict
from connecteur.errors import ErreurConnecteur
from connecteur.settings import ReglagesAlertesDossier

journal = structlog.get_logger(__name__)

RONDE_S = 10.0
ESPACEMENT = timedelta(minutes=15)
"""Between two messages about one flow: a service that comes and goes tells where it settles."""
BAIL = timedelta(minutes=5)
"""How long a message is kept from other programs while it is being sent."""
PAR_RONDE = 20
RATES_PAR_RONDE = 2
"""A mail server that does not answer costs its time-out for each message: the others wait for the next round."""
RECUL_S = 60.0
RECUL_MAX_S = 3600.0
ABANDON = timedelta(days=3)
"""After so long, a message tells nothing any more."""
RECU, SILENCE = "reçu", "silence"


class Etat(Protocol):
    """What was last told."""

    @property
    def etat(self) -> str: ...
    @property
    def depuis(self) -> datetime: ...


class Message(Protocol):
    """A message to send."""

    @property
    def id(self) -> int: ...
    @property
    def destination(self) -> str: ...
    @property
    def titre(self) -> str: ...
    @property
    def corps(self) -> str: ...
    @property
    def cree_le(self) -> datetime: ...
    @property
    def essais(self) -> int: ...


class RunAcheve(messages.Run, Protocol):
    """A run that is over, with its verdict."""

    @property
    def verdict(self) -> Verdict | None: ...


class Depot(Protocol):
    """What the tampon keeps and knows. Every method raises `ErreurTransitoire` or `ErreurPermanente`."""

    def read_etats(self) -> Mapping[str, Etat]: ...
    def change_etat(
        self,
        sujet: str,
        avant: str | None,
        apres: str,
        maintenant: datetime,
        *,
        courrier: Courrier | None = None,
        destinations: Sequence[str] = (),
    ) -> bool: ...
    def prend_message(self, maintenant: datetime, bail: datetime) -> Message | None: ...
    def note_envoye(self, ident: int, maintenant: datetime) -> None: ...
    def note_rate(self, ident: int, erreur: str, prochain: datetime | None) -> None: ...
    def count_recus(self, debut: date, fin: date) -> dict[date, int]: ...
    def read_dernier_acheve(self, flux: Flux) -> RunAcheve | None: ...


@dataclass(frozen=True, slots=True)
class EtatLicence:
    """What the licence is worth, as it is told."""

    etat: str
    """What was told is told again only when this changes: the state, with the step of its countdown."""
    en_vigueur: bool
    titre: str
    message: str
    remede: str


SANS_LICENCE, EN_REGLE = "absente", "valide"
"""Nobody is told that a fresh installation has no licence yet, nor that it has just been given one."""
Suite = Callable[[Flux], str]
"""What comes next for a flow, as a sentence: « Prochain essai à 14:32. »"""


class Veilleur:
    """Use it as a context manager, or call `regarde` and `distribue`."""

    def __init__(
        self,
        nom: str,
        depot: Depot,
        rejets: Callable[[], Sequence[Rejet]],
        reglages: Callable[[], ReglagesAlertesDossier],
        *,
        destinations: Sequence[Destination],
        suite: Suite,
        planifie: Callable[[Flux], bool],
        licence: Callable[[], EtatLicence] | None = None,
        fuseau: ZoneInfo,
        horloge: Callable[[], datetime],
    ) -> None:
        """`nom`: the dossier as the firm knows it; `planifie`: whether a flow runs by itself; `licence`: None when
        another dossier's watch tells of it."""
        self._nom = nom
        self._depot = depot
        self._rejets = rejets
        self._reglages = reglages
        self._destinations = {destination.empreinte: destination for destination in destinations}
        self._suite = suite
        self._planifie = planifie
        self._licence = licence
        self._fuseau = fuseau
        self._horloge = horloge
        self._arret = threading.Event()
        self._fil = threading.Thread(target=self._veille, name=f"alertes {nom}", daemon=True)

    def __enter__(self) -> Self:
        self._fil.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._arret.set()
        self._fil.join()

    def regarde(self) -> None:
        """Note what has changed, with the messages that tell it."""
        reglages = self._reglages()
        etats = self._depot.read_etats()
        for flux in Flux:
            self._regarde_flux(flux, etats.get(f"flux {flux.value}"), reglages)
        self._regarde_silence(etats.get("silence"), reglages)
        self._regarde_rejets(etats.get("rejets"), reglages)
        if self._licence is not None:
            self._regarde_licence(self._licence(), etats.get("licence"), reglages)

    def distribue(self) -> int:
        """Send what waits, each message once; how many were accepted."""
        envoyes = rates = 0
        while envoyes < PAR_RONDE and rates < RATES_PAR_RONDE:
            maintenant = self._horloge()
            message = self._depot.prend_message(maintenant, maintenant + BAIL)
            if message is None:
                break
            parti = self._envoie(message)
            envoyes, rates = envoyes + parti, rates + (not parti)
            if self._arret.is_set():
                break
        return envoyes

    # --- what is told -----------------------------------------------------------------------------------

    def _regarde_flux(self, flux: Flux, etat: Etat | None, reglages: ReglagesAlertesDossier) -> None:
        run = self._depot.read_dernier_acheve(flux)
        if run is None or run.verdict is None or run.fin is None:
            return
        if run.erreur is not None and run.erreur.code == REFUS_LICENCE:
            return  # the alert of the licence tells it, once for all flows
        annonce = None if etat is None else Verdict(etat.etat)
        maintenant = self._horloge()
        if run.verdict is annonce or (etat is not None and abs(maintenant - etat.depuis) < ESPACEMENT):
            return
        genre = transition(annonce, run.verdict)
        voulu = {
            Genre.ECHEC: reglages.echec,
            Genre.PARTIEL: reglages.partiel,
            Genre.RETABLI: reglages.retablissement,
        }
        courrier = None
        if genre is not None and voulu.get(genre):
            quand = f"{run.fin.astimezone(self._fuseau):%d/%m/%Y à %H:%M}"
            courrier = messages.du_run(genre, self._nom, flux, run, quand=quand, suite=self._suite(flux))
        self._change(f"flux {flux.value}", etat, run.verdict.value, courrier)

    def _regarde_silence(self, etat: Etat | None, reglages: ReglagesAlertesDossier) -> None:
        local = self._horloge().astimezone(self._fuseau)
        if not reglages.silence or local.time() < reglages.heure_silence:
            return
        jour = local.date()
        recus = self._depot.count_recus(jour - timedelta(weeks=RECHERCHE), jour + timedelta(days=1))
        if recus.get(jour):
            if etat is None or etat.etat != RECU:
                self._change("silence", etat, RECU, None)
            return
        if etat is not None and etat.etat == SILENCE:
            return
        attendus = habituel(jour, recus, feries(jour.year))
        lu = self._a_lu(jour)
        # A dossier that somebody synchronises by hand, when he likes, says nothing on the days when he does not.
        if attendus is not None and (lu or self._planifie(Flux.HEURES)):
            self._change("silence", etat, SILENCE, messages.du_silence(self._nom, jour, attendus, lu=lu))

    def _a_lu(self, jour: date) -> bool:
        run = self._depot.read_dernier_acheve(Flux.HEURES)
        return (
            run is not None
            and run.fin is not None
            and run.fin.astimezone(self._fuseau).date() == jour
            and run.verdict in {Verdict.REUSSI, Verdict.PARTIEL}
        )

    def _regarde_rejets(self, etat: Etat | None, reglages: ReglagesAlertesDossier) -> None:
        local = self._horloge().astimezone(self._fuseau)
        jour = local.date()
        dit = etat is not None and etat.etat == jour.isoformat()
        if not reglages.rejets or dit or local.time() < reglages.heure_rejets or not _ouvre(jour):
            return
        rejets = self._rejets()
        self._change("rejets", etat, jour.isoformat(), messages.des_rejets(self._nom, rejets) if rejets else None)

    def _regarde_licence(self, vue: EtatLicence, etat: Etat | None, reglages: ReglagesAlertesDossier) -> None:
        annonce = None if etat is None else etat.etat
        if vue.etat == annonce:
            return
        tait = annonce in {None, SANS_LICENCE} and vue.etat in {SANS_LICENCE, EN_REGLE}
        courrier = None if tait or not reglages.licence else messages.de_la_licence(self._nom, vue)
        self._change("licence", etat, vue.etat, courrier)

    def _change(self, sujet: str, etat: Etat | None, apres: str, courrier: Courrier | None) -> None:
        change = self._depot.change_etat(
            sujet,
            None if etat is None else etat.etat,
            apres,
            self._horloge(),
            courrier=courrier,
            destinations=list(self._destinations),
        )
        if change and courrier is not None:
            journal.info("alerte", sujet=sujet, genre=courrier.genre.value, destinations=len(self._destinations))

    # --- how it is sent ---------------------------------------------------------------------------------

    def _envoie(self, message: Message) -> bool:
        destination = self._destinations.get(message.destination)
        if destination is None:
            self._depot.note_rate(message.id, "cette adresse n’est plus dans les réglages", None)
            return False
        erreur = envoie(destination, message.titre, message.corps)
        maintenant = self._horloge()
        if not erreur:
            self._depot.note_envoye(message.id, maintenant)
            return True
        recul = timedelta(seconds=min(RECUL_S * 2 ** min(message.essais - 1, 30), RECUL_MAX_S))
        prochain = None if maintenant - message.cree_le > ABANDON else maintenant + recul
        journal.warning("alerte non envoyée", destination=destination.nom, essai=message.essais, erreur=erreur)
        self._depot.note_rate(message.id, erreur, prochain)
        return False

    def _veille(self) -> None:
        muet = False
        with structlog.contextvars.bound_contextvars(dossier=self._nom):
            while not self._arret.is_set():
                try:
                    self.regarde()
                    self.distribue()
                    muet = False
                except Exception as exc:  # noqa: BLE001 -- alerts must never stop, nor say so every ten seconds
                    if not muet:
                        trace = None if isinstance(exc, ErreurConnecteur) else exc
                        journal.warning("alertes en panne", erreur=str(exc), exc_info=trace)
                    muet = True
                self._arret.wait(RONDE_S)


@lru_cache(maxsize=8)
def feries(annee: int) -> frozenset[date]:
    """The public holidays of France this year and the one before: past days are looked at too."""
    import holidays

    return frozenset(holidays.country_holidays("FR", years=(annee - 1, annee)))


def _ouvre(jour: date) -> bool:
    return jour.weekday() < 5 and jour not in feries(jour.year)  # noqa: PLR2004 -- Monday to Friday
