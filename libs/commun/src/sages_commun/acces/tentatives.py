"""Attempts are counted in the database, before they are made: however many processes, nobody gets one more.

Nothing is ever locked: after a few failures each attempt makes the next one wait, a little longer each time, up to a
few minutes. Counted by account alone, that wait would let a stranger keep somebody out by failing all day in their
name. So a browser that this account has been signed in with before (`acces_appareils`) is counted by itself, and not
with its address, which is a whole office's: the stranger's failures slow down strangers, wherever they sit, and the
person at their usual desk notices nothing.
"""

import hashlib
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from sages_commun.acces.base import Base, Transaction
from sages_commun.acces.domaine import Client, TropDeTentatives

NOTE = timedelta(minutes=1)
"""Refusals while one must wait are noted once in so long: a flood of them must not fill the audit trail."""
IPV6_RESEAU = 64
"""One subscriber's network; they have as many addresses in it as they like."""


@dataclass(frozen=True, slots=True)
class Regle:
    """How many failures are free, and how long the wait may become."""

    libres: int
    plafond: timedelta
    oubli: timedelta = timedelta(days=1)


COMPTE = Regle(5, timedelta(minutes=5))
"""Of unknown browsers on one account, all together: some 300 guesses a day."""
APPAREIL = Regle(8, timedelta(minutes=5))
ADRESSE = Regle(30, timedelta(minutes=5))
"""Of the unknown browsers of one address, on all accounts: an office has only one."""


@dataclass(frozen=True, slots=True)
class Compteur:
    """What is counted, by which rule."""

    cle: bytes
    regle: Regle
    partage: bool = False
    """Whether others are counted here too: then a success gives back one attempt, it does not clear the others'."""


def compteurs(usage: str, compte: str, client: Client, *, appareil: bool) -> list[Compteur]:
    """Those of one attempt on an account, from a browser that it knows or not."""
    if appareil:
        return [Compteur(_cle(usage, "appareil", compte, client.appareil), APPAREIL)]
    return [Compteur(_cle(usage, "compte", compte), COMPTE), compteur_adresse(client)]


def compteur_adresse(client: Client) -> Compteur:
    """The one that every attempt from this address counts in."""
    return Compteur(_cle("adresse", reseau(client.adresse)), ADRESSE, partage=True)


def tente(base: Base, quels: Iterable[Compteur], maintenant: datetime) -> None:
    """Count one attempt, as failed until `reussit` says otherwise. Raises `TropDeTentatives`: then nothing counts."""
    # Always in one order: two attempts that share two counters must not wait for each other.
    with base.transaction() as t:
        for compteur in sorted(quels, key=lambda un: un.cle):
            _compte(t, compteur, maintenant)


def reussit(t: Transaction, quels: Iterable[Compteur], maintenant: datetime) -> None:
    """The attempt that was counted was a good one."""
    for compteur in sorted(quels, key=lambda un: un.cle):
        if compteur.partage:
            t.execute(
                "UPDATE {s}.acces_tentatives SET echecs = greatest(echecs - 1, 0), "
                "libre_le = least(libre_le, %(le)s) WHERE cle = %(cle)s",
                cle=compteur.cle, le=maintenant,
            )  # fmt: skip
        else:
            t.execute("DELETE FROM {s}.acces_tentatives WHERE cle = %(cle)s", cle=compteur.cle)


def est_a_noter(base: Base, quels: Iterable[Compteur], maintenant: datetime) -> bool:
    """Whether this refusal is the first in a while."""
    with base.transaction() as t:
        nouveaux = t.toutes(
            "WITH a_noter AS (SELECT cle FROM {s}.acces_tentatives "
            "WHERE cle = ANY(%(cles)s) AND libre_le > %(le)s AND (note_le IS NULL OR note_le <= %(avant)s) "
            "ORDER BY cle FOR UPDATE) "
            "UPDATE {s}.acces_tentatives t SET note_le = %(le)s FROM a_noter a WHERE t.cle = a.cle RETURNING 1",
            cles=sorted(un.cle for un in quels), le=maintenant, avant=maintenant - NOTE,
        )  # fmt: skip
    return bool(nouveaux)


def purge(t: Transaction, maintenant: datetime) -> None:
    """Forget what is old."""
    t.execute(
        "DELETE FROM {s}.acces_tentatives WHERE dernier_le < %(avant)s",
        avant=maintenant - max(COMPTE.oubli, APPAREIL.oubli, ADRESSE.oubli),
    )


def reseau(adresse: str) -> str:
    """The address, or the network of one subscriber."""
    try:
        lue = ipaddress.ip_address(adresse)
    except ValueError:
        return adresse
    if lue.version == 4:  # noqa: PLR2004
        return str(lue)
    return str(lue.ipv4_mapped or ipaddress.ip_network((lue, IPV6_RESEAU), strict=False))


def _compte(t: Transaction, compteur: Compteur, maintenant: datetime) -> None:
    regle = compteur.regle
    ligne = t.une(
        """
        INSERT INTO {s}.acces_tentatives AS t (cle, echecs, dernier_le, libre_le)
        VALUES (%(cle)s, 1, %(le)s, %(le)s)
        ON CONFLICT (cle) DO UPDATE SET
            echecs = CASE WHEN t.dernier_le < %(oubli)s THEN 1 ELSE t.echecs + 1 END,
            dernier_le = %(le)s,
            libre_le = CASE
                WHEN t.dernier_le < %(oubli)s OR t.echecs + 1 < %(libres)s THEN %(le)s
                ELSE %(le)s + make_interval(
                    secs => least(%(plafond)s, power(2, least(t.echecs + 1 - %(libres)s, 20)))::double precision)
            END
        WHERE t.libre_le <= %(le)s
        RETURNING echecs
        """,
        cle=compteur.cle, le=maintenant, oubli=maintenant - regle.oubli, libres=regle.libres,
        plafond=regle.plafond.total_seconds(),
    )  # fmt: skip
    if ligne is None:
        libre = t.une("SELECT libre_le FROM {s}.acces_tentatives WHERE cle = %(cle)s", cle=compteur.cle)
        attendre = (libre[0] - maintenant).total_seconds() if libre else 1
        raise TropDeTentatives(max(1, ceil(attendre)))


def _cle(*parties: str) -> bytes:
    return hashlib.sha256("\0".join(parties).encode("utf-8", "replace")).digest()
