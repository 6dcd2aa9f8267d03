"""What a validation reads, and what it takes: a place for a machine, one use. Counting it comes later (`suivi`)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import Connection, Engine, insert, select

from licence_manager.domain.historique import Evenement, Geste
from licence_manager.domain.jugement import Presence, juge
from licence_manager.domain.licence import Licence
from licence_manager.repository.connexion import en_francais, transaction
from licence_manager.repository.historique import note
from licence_manager.repository.licences import DepotLicences, licence_de
from licence_manager.repository.tables import licences, machines
from licence_manager.signing.coffre import Coffre
from sages_commun.licence.verdict import Verdict

LECTURE = "SELECT * FROM licence_manager.lit_licence(%s, %s)"
CONNECTEUR = "connecteur"
"""Who did what a connector did by asking."""


@dataclass(frozen=True, slots=True)
class Trouvee:
    """A licence and the machine that asks beside it."""

    licence: Licence | None
    presence: Presence


class DepotValidations:
    """The reads and writes of the validation endpoint."""

    def __init__(self, moteur: Engine, rapide: Engine, coffre: Coffre) -> None:
        self._moteur = moteur
        self._rapide = rapide
        self._coffre = coffre

    def find(self, empreinte: bytes, machine: str | None) -> Trouvee:
        """One indexed read, one round trip; only `take` counts the other machines. Raises `BaseIndisponible`."""
        with en_francais():
            try:
                ligne = self._lit(empreinte, machine)
            except psycopg.OperationalError:
                # The server or the pooler closed the idle connections: drop them all and ask again, once.
                self._rapide.dispose()
                ligne = self._lit(empreinte, machine)
        if ligne is None:
            return Trouvee(None, Presence(machine, connue=False, machines=0))
        return Trouvee(licence_de(ligne), Presence(machine, connue=ligne.connue, machines=0))

    def _lit(self, empreinte: bytes, machine: str | None) -> Any:
        # The driver itself, through the pool: twice as quick as a statement of SQLAlchemy.
        connexion = self._rapide.raw_connection()
        try:
            curseur = connexion.cursor(row_factory=namedtuple_row)
            return curseur.execute(LECTURE, (empreinte, machine)).fetchone()
        except psycopg.OperationalError:
            connexion.invalidate()
            raise
        finally:
            connexion.close()

    def take(
        self, numero: int, machine: str | None, version: str | None, maintenant: datetime, *, consomme: bool
    ) -> tuple[Verdict, Licence]:
        """Judge again with the licence held, then register the machine and count one use: all of it or nothing.

        Everyone who takes from one licence passes here one after the other, so no limit is ever passed.
        """
        with transaction(self._moteur) as connexion:
            depot = DepotLicences(connexion, self._coffre)
            licence = depot.read(numero, bloque=True)
            if licence is None:
                raise LookupError(f"licence {numero} was here a moment ago")
            connues = set(connexion.scalars(select(machines.c.machine).where(machines.c.licence_id == numero)))
            presence = Presence(machine, connue=machine in connues, machines=len(connues))
            verdict = juge(licence, presence, maintenant)
            if verdict is not Verdict.VALIDE:
                return verdict, licence
            if machine is not None and not presence.connue:
                self._register(connexion, numero, machine, version, maintenant)
            if not consomme:
                return verdict, licence
            depot.change(numero, utilisations=licences.c.utilisations + 1)
            relue = depot.read(numero)
        return verdict, relue or licence

    def _register(
        self, connexion: Connection, numero: int, machine: str, version: str | None, maintenant: datetime
    ) -> None:
        connexion.execute(
            insert(machines).values(
                licence_id=numero, machine=machine, premiere_le=maintenant, derniere_le=maintenant, version=version
            )
        )
        note(connexion, [Evenement(Geste.MACHINE_AJOUTEE, CONNECTEUR, maintenant, numero, {"machine": machine})])
