"""Where time stands for the licence: it never goes back, whatever is done to this machine's clock.

Time is counted from the last answer of the licence server, whose time is signed. A clock that goes on is believed. A
clock that was set back gives nothing back: time stays where it was, and goes on from there with the clock. As nobody
knows how long the machine was off meanwhile, each setting back counts for a day; otherwise whoever sets the clock back
before each run would stop time. A machine whose battery is dead wakes up in 2000 and is set right again: the years it
then makes up for are not counted. A clock set forward by mistake is believed, because nothing tells it from a machine
that was off: the next answer of the server mends it.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from connecteur.domain.licence import Repere

TOLERANCE = timedelta(minutes=15)
"""What a clock may go back without anybody having touched it: a correction by the network, a restored snapshot."""
COUT_D_UN_RECUL = timedelta(days=1)
NUL = timedelta(0)


def avance(repere: Repere | None, horloge: datetime) -> Repere:
    """Where time stands now that the clock says this."""
    if repere is None:
        return Repere(horloge, horloge)
    ecoule = horloge - repere.horloge
    if ecoule < -TOLERANCE:
        plus_haut = repere.sommet is None or repere.horloge > repere.sommet
        return replace(
            repere,
            atteint=repere.atteint + COUT_D_UN_RECUL,
            horloge=horloge,
            reculs=repere.reculs + 1,
            sommet=repere.horloge if plus_haut else repere.sommet,
            atteint_au_sommet=repere.atteint if plus_haut else repere.atteint_au_sommet,
        )
    if ecoule <= NUL:
        return repere  # the clock is waited for, so that small steps back add up
    if repere.sommet is None or repere.atteint_au_sommet is None:
        return replace(repere, atteint=repere.atteint + ecoule, horloge=horloge)
    if horloge < repere.sommet:
        # Still behind: a step forward may be somebody who sets it right, not time that has passed.
        return replace(repere, atteint=repere.atteint + min(ecoule, COUT_D_UN_RECUL), horloge=horloge)
    droit = repere.atteint_au_sommet + (horloge - repere.sommet)
    atteint = max(repere.atteint, min(repere.atteint + ecoule, droit))
    return replace(repere, atteint=atteint, horloge=horloge, sommet=None, atteint_au_sommet=None)


def recale(horloge: datetime, serveur: datetime) -> Repere:
    """The server has just answered: its time is the time."""
    return Repere(serveur, horloge, contact=serveur)


def le_plus_tard(premier: Repere | None, second: Repere | None, contact: datetime | None) -> Repere | None:
    """The one to believe of the two copies that are kept; `contact` is the time of the last signed answer.

    A copy from before that answer says nothing any more. Otherwise the latest wins: a copy that was brought back, or
    changed by hand, gives no time back.
    """
    bons = [un for un in (premier, second) if un is not None and not _perime(un, contact)]
    return max(bons, key=lambda un: un.atteint) if bons else None


def _perime(repere: Repere, contact: datetime | None) -> bool:
    return contact is not None and (repere.contact is None or repere.contact < contact)
