"""What this machine keeps of its licence: in the vault, and the time in the tampon as well.

Nothing in a lease is used before it was verified again. The tampon may be away: the vault alone then does.
"""

import contextlib
import json
import secrets
from datetime import datetime, timedelta

from connecteur.domain.licence import EchecContact, Repere
from connecteur.errors import ErreurConnecteur
from connecteur.licence.etats import Connu
from connecteur.licence.ports import Coffre, Depot, Fournisseur, Reponse
from connecteur.licence.temps import avance, le_plus_tard, recale
from sages_commun.licence import BailRefuse

CLE, BAIL, VU, MACHINE = "licence.cle", "licence.bail", "licence.vu", "licence.machine"
NOTE_TAMPON, NOTE_COFFRE = timedelta(minutes=5), timedelta(hours=6)
"""How often the time is noted. The vault keeps one former state: it is not to be written for nothing."""


class Souvenir:
    """Reads and writes it. Safe to share between threads and between programs."""

    def __init__(self, coffre: Coffre, depot: Depot) -> None:
        self._coffre = coffre
        self._depot = depot

    def machine(self) -> str:
        """The name of this machine for the licence server; empty before there was a key."""
        return self._coffre.lit(MACHINE) or ""

    def nomme_machine(self) -> str:
        """The same, drawn the first time: it says nothing of the machine."""
        connue = self.machine()
        if not connue:
            connue = secrets.token_hex(16)
            self._coffre.ecrit({MACHINE: connue})
        return connue

    def cle(self) -> str | None:
        """The licence key."""
        return self._coffre.lit(CLE)

    def connu(self, fournisseur: Fournisseur | None, horloge: datetime) -> Connu:
        """Everything the rules look at. Notes the time. Never raises for what cannot be read: it says so."""
        try:
            return self._connu(fournisseur, horloge)
        except ErreurConnecteur as exc:
            panne = EchecContact(horloge, exc.message, exc.remede, exc.detail)
            return Connu(cle=False, bail=None, repere=avance(None, horloge), panne=panne)

    def garde(self, cle: str, reponse: Reponse, horloge: datetime) -> None:
        """Keep an answer that has just come; its time is the time. Raises `ErreurConnecteur`."""
        repere = recale(horloge, reponse.bail.emis)
        self._coffre.ecrit({CLE: cle, BAIL: reponse.garde, VU: _ecrit(repere)})
        with contextlib.suppress(ErreurConnecteur):
            # The server's clock may have been ahead, and be right now: what it answers just now wins all the same.
            self._depot.write_repere(self.machine(), repere, fraiche=True)
            self._depot.write_echec(self.machine(), None)

    def garde_cle(self, cle: str) -> None:
        """Keep a key that could not be verified yet. Raises `ErreurConnecteur`."""
        self._coffre.ecrit({CLE: cle, BAIL: None})

    def note_echec(self, echec: EchecContact) -> None:
        """The last contact failed."""
        with contextlib.suppress(ErreurConnecteur):
            self._depot.write_echec(self.machine(), echec)

    def _connu(self, fournisseur: Fournisseur | None, horloge: datetime) -> Connu:
        machine, cle, garde = self.machine(), self.cle(), self._coffre.lit(BAIL)
        if not machine:
            return Connu(cle=False, bail=None, repere=avance(None, horloge))
        du_coffre = _lit(self._coffre.lit(VU))
        du_tampon, echec = None, None
        with contextlib.suppress(ErreurConnecteur):
            du_tampon, echec = self._depot.read_repere(machine), self._depot.read_echec(machine)
        tenu = le_plus_tard(du_coffre, du_tampon, du_coffre.contact if du_coffre else None)
        repere = avance(tenu, horloge)
        if _a_noter(du_tampon, repere, NOTE_TAMPON):
            with contextlib.suppress(ErreurConnecteur):
                self._depot.write_repere(machine, repere)
        if _a_noter(du_coffre, repere, NOTE_COFFRE):
            with contextlib.suppress(ErreurConnecteur):  # a program that may only read: the tampon does
                self._coffre.ecrit({VU: _ecrit(repere)})
        if cle is None or garde is None or fournisseur is None:
            return Connu(cle=cle is not None, bail=None, repere=repere, echec=echec)
        try:
            bail = fournisseur.relit(garde, cle, machine, repere.atteint)
        except BailRefuse as exc:
            return Connu(cle=True, bail=None, repere=repere, refus=exc.code, echec=echec)
        return Connu(cle=True, bail=bail, repere=repere, echec=echec)


def _a_noter(note: Repere | None, repere: Repere, chaque: timedelta) -> bool:
    return note is None or repere.reculs != note.reculs or repere.atteint - note.atteint >= chaque


def _ecrit(repere: Repere) -> str:
    return json.dumps(repere.en_json())


def _lit(texte: str | None) -> Repere | None:
    try:
        return None if texte is None else Repere.de_json(json.loads(texte))
    except ValueError:
        return None
