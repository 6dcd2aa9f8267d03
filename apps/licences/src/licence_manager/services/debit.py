"""So many questions a minute, for each address and about each key, over all the processes of one database.

Each process counts for itself at once and, every second, adds its counts to those of the others in the database
(`services.suivi`): nobody waits for a write, no process alone lets more through than the limit, and the limit is
common to all of them within a second (docs/decisions).
"""

import hashlib
import ipaddress
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from licence_manager.domain.suivi import Compte
from licence_manager.errors import TropDeDemandes

MINUTE = 60
COMPTES_MAX = 100_000
"""More of them in one minute is an attack from everywhere: the oldest are forgotten rather than fill the memory."""
PREFIXE_IPV6 = 64
"""A subscriber has so many bits: each of its addresses is the same one."""


@dataclass(slots=True)
class _Etat:
    partages: int = 0
    """What the database knows."""
    locaux: int = 0
    """What it does not know yet."""
    en_route: int = 0
    """What is being told to it."""

    @property
    def total(self) -> int:
        return self.partages + self.locaux + self.en_route


class Debit:
    """Counts questions. Safe to share between threads."""

    def __init__(self) -> None:
        self._verrou = threading.Lock()
        self._minute = 0
        self._comptes: dict[bytes, _Etat] = {}

    def passe(self, cle: bytes, plafond: int, maintenant: datetime) -> None:
        """Count one question. Raises `TropDeDemandes`, which counts nothing."""
        secondes = int(maintenant.timestamp())
        with self._verrou:
            self._change_de_minute(secondes // MINUTE)
            etat = self._comptes.get(cle)
            if etat is None:
                if len(self._comptes) >= COMPTES_MAX:
                    del self._comptes[next(iter(self._comptes))]
                etat = self._comptes[cle] = _Etat()
            if etat.total >= plafond:
                raise TropDeDemandes(MINUTE - secondes % MINUTE)
            etat.locaux += 1

    def preleve(self) -> list[Compte]:
        """What the other processes do not know yet: to be given to `recois`, or to `rends` when that failed."""
        with self._verrou:
            comptes = []
            for cle, etat in self._comptes.items():
                if etat.locaux:
                    comptes.append(Compte(cle, self._minute, etat.locaux))
                    etat.en_route, etat.locaux = etat.locaux, 0
            return sorted(comptes, key=lambda compte: compte.cle)

    def recois(self, totaux: Iterable[Compte]) -> None:
        """The counts of all the processes, ours included."""
        with self._verrou:
            for total in totaux:
                etat = self._comptes.get(total.cle)
                if etat is not None and total.minute == self._minute:
                    etat.partages, etat.en_route = total.nombre, 0

    def rends(self, comptes: Iterable[Compte]) -> None:
        """The database could not be told: it will be next time."""
        with self._verrou:
            for compte in comptes:
                etat = self._comptes.get(compte.cle)
                if etat is not None and compte.minute == self._minute:
                    etat.locaux, etat.en_route = etat.locaux + etat.en_route, 0

    def _change_de_minute(self, minute: int) -> None:
        # A clock set back must not open the way again and again: only a later minute begins anew.
        if minute > self._minute or minute < self._minute - 1:
            self._minute = minute
            self._comptes.clear()


def compte_adresse(adresse: str) -> bytes:
    """What the questions of this address are counted under: no address is written anywhere."""
    try:
        ip = ipaddress.ip_address(adresse)
    except ValueError:
        return hashlib.sha256(b"adresse\0" + adresse.encode(errors="replace")).digest()[:16]
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return compte_adresse(str(ip.ipv4_mapped))
        ip = ipaddress.IPv6Network((ip.packed, PREFIXE_IPV6), strict=False).network_address
    return hashlib.sha256(b"adresse\0" + ip.packed).digest()[:16]
