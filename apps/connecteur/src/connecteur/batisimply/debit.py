"""The rate the server grants, learned from its refusals and shared by all threads.

A 429 shuts one gate for everybody, for as long as the server says; then calls leave further apart, and come closer
again with time. The same mechanism finds a rate per second and a number of calls at once, since calls that leave
further apart also overlap less. A rate below the slowest pace is kept by the gate alone.
"""

import threading
import time
from datetime import UTC, datetime

from connecteur.batisimply.echange import Reponse, lit_date_http
from connecteur.errors import ServiceSature

ATTENTE_MAX_S = 120.0
"""Longest wait asked by a server that is honoured on the spot; beyond it the run gives up and says so."""
ATTENTE_INITIALE_S = 0.5
"""First wait when the server does not say how long; it doubles as long as the server refuses."""
ECART_INITIAL_S = 0.01
ECART_MAX_S = 0.25
"""The slowest pace: refusals that have nothing to do with the rate must not bring a run to a halt."""
ECART_NEGLIGEABLE_S = 0.001
FREIN = 1.5
DEMI_VIE_S = 5.0
"""After so long without a refusal, calls leave twice as close."""


class Debit:
    """Gate and pace of one server. Any thread may call."""

    def __init__(self, attente_initiale_s: float = ATTENTE_INITIALE_S) -> None:
        self._attente_initiale_s = attente_initiale_s
        self._verrou = threading.Lock()
        self._ouverture = 0.0
        self._prochain = 0.0
        self._freinage = 0.0
        self._refus_de_suite = 0
        self._ecart = 0.0

    def passe(self) -> float:
        """Wait for one's turn and return the (monotonic) instant of departure.

        Raises `ServiceSature` at once when the server asked for a wait longer than `ATTENTE_MAX_S`.
        """
        with self._verrou:
            depart = max(time.monotonic(), self._prochain, self._ouverture)
            self._prochain = depart + self._ecart_a(depart)
        while True:
            attente = depart - time.monotonic()
            if attente > ATTENTE_MAX_S:
                raise sature(attente)
            if attente > 0:
                time.sleep(attente)
            # Somebody may have been refused meanwhile.
            with self._verrou:
                if self._ouverture <= depart:
                    return time.monotonic()
                depart = max(self._ouverture, self._prochain)
                self._prochain = depart + self._ecart_a(depart)

    @property
    def ecart_s(self) -> float:
        """Seconds between two departures now; 0: no limit known."""
        with self._verrou:
            return self._ecart_a(time.monotonic())

    def reussite(self) -> None:
        """A call was served."""
        with self._verrou:
            self._refus_de_suite = 0

    def ferme(self, attendre_s: float) -> None:
        """The server asks everybody to wait so long, for another reason than the rate."""
        with self._verrou:
            self._ouverture = max(self._ouverture, time.monotonic() + attendre_s)

    def refus(self, depart: float, attendre_s: float | None) -> None:
        """A call that left at `depart` was refused for its rate; the server asked to wait so long, if it said so."""
        maintenant = time.monotonic()
        with self._verrou:
            if attendre_s is None:
                attendre_s = min(self._attente_initiale_s * 2**self._refus_de_suite, ATTENTE_MAX_S / 4)
            self._ouverture = max(self._ouverture, maintenant + attendre_s)
            if depart < self._freinage:
                return  # it left before the last slowdown: the same overload, told once more
            self._refus_de_suite = min(self._refus_de_suite + 1, 16)
            self._ecart = min(max(self._ecart_a(maintenant) * FREIN, ECART_INITIAL_S), ECART_MAX_S)
            self._freinage = maintenant

    def _ecart_a(self, instant: float) -> float:
        ecart = self._ecart * 0.5 ** (max(0.0, instant - self._freinage) / DEMI_VIE_S)
        return ecart if ecart > ECART_NEGLIGEABLE_S else 0.0


def sature(attente_s: float | None) -> ServiceSature:
    """The error of a server that refuses for the rate, in words."""
    duree = "" if attente_s is None else f" et demande d’attendre {_duree(attente_s)}"
    return ServiceSature(
        f"BatiSimply limite le nombre d’appels{duree}.",
        remede="Rien n’est perdu : la synchronisation reprendra d’elle-même. Si cela revient souvent, "
        "diminuez envois_paralleles ou espacez les synchronisations.",
        attendre_s=attente_s,
    )


def _duree(secondes: float) -> str:
    minutes = round(secondes / 60)
    return f"{round(secondes)} s" if secondes < ATTENTE_MAX_S else f"{minutes} min"


def lit_attente(reponse: Reponse) -> float | None:
    """The seconds that `Retry-After` asks to wait, from either of its forms; None when it does not say.

    A date is compared with the server's own clock when the answer tells it: ours may be wrong.
    """
    texte = reponse.entetes.get("retry-after", "").strip()
    if texte.isascii() and texte.isdigit():
        return float(texte[:9])
    echeance = lit_date_http(texte)
    if echeance is None:
        return None
    maintenant = lit_date_http(reponse.entetes.get("date")) or datetime.now(UTC)
    return max(0.0, (echeance - maintenant).total_seconds())
