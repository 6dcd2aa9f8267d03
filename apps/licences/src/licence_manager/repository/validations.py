"""What a validation reads, and what it takes: a place for a machine, one use. Counting it comes later (`suivi`)."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import Connection, Engine, func, insert, select

from licence_manager.domain.historique import Evenement, Geste
from licence_manager.domain.jugement import Presence, juge
from licence_manager.domain.licence import SANS_LIMITE, Licence
from licence_manager.repository.connexion import en_francais, transaction
from licence_manager.repository.historique import note
from licence_manager.repository.licences import DepotLicences, licence_de
from licence_manager.repository.tables import licences, machines, utilisations
from licence_manager.signing.coffre import Coffre
from sages_commun.licence.verdict import Verdict

LECTURE = "SELECT * FROM licence_manager.lit_licence(%s, %s)"
MACHINES_RETENUES = 1_000
"""Of a licence without a limit: a machine that changes its name at each start must not fill a history kept for ever."""
CONNECTEUR = "connecteur"
"""Who did what a connector did by asking."""


@dataclass(frozen=True, slots=True)
class Trouvee:
    """A licence and the machine that asks beside it."""

    licence: Licence | None
    presence: Presence


@dataclass(frozen=True, slots=True)
class Prise:
    """What a machine asks to take from a licence."""

    machine: str | None
    version: str | None
    consomme: bool
    """One use."""
    marque: str | None
    """Tells this use from the others: asked again because the answer was lost, it is counted once."""


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

    def take(self, numero: int, prise: Prise, maintenant: datetime) -> tuple[Verdict, Licence]:
        """Judge again with the licence held, then register the machine and count one use: all of it or nothing.

        Everyone who takes from one licence passes here one after the other, so no limit is ever passed.
        """
        with transaction(self._moteur) as connexion:
            depot = DepotLicences(connexion, self._coffre)
            licence = depot.read(numero, bloque=True)
            if licence is None:
                raise LookupError(f"licence {numero} was here a moment ago")
            presence = self._presence(connexion, numero, prise.machine)
            marque = prise.marque if prise.consomme and licence.fiche.utilisations_max != SANS_LIMITE else None
            deja = marque is not None and self._est_comptee(connexion, numero, marque)
            # A use that is counted already does not stand in its own way.
            verdict = juge(replace(licence, utilisations=licence.utilisations - deja), presence, maintenant)
            if verdict is not Verdict.VALIDE:
                return verdict, licence
            self._register(connexion, licence, presence, prise.version, maintenant)
            if deja or not prise.consomme:
                return verdict, licence
            depot.change(numero, utilisations=licences.c.utilisations + 1)
            if marque is not None:
                connexion.execute(insert(utilisations).values(licence_id=numero, marque=marque, le=maintenant))
            relue = depot.read(numero)
        return verdict, relue or licence

    def _presence(self, connexion: Connection, numero: int, machine: str | None) -> Presence:
        nombre, connue = connexion.execute(
            select(func.count(), func.bool_or(machines.c.machine == machine)).where(machines.c.licence_id == numero)
        ).one()
        return Presence(machine, connue=bool(connue), machines=nombre)

    def _est_comptee(self, connexion: Connection, numero: int, marque: str) -> bool:
        return bool(
            connexion.scalar(
                select(func.count()).where(utilisations.c.licence_id == numero, utilisations.c.marque == marque)
            )
        )

    def _register(
        self, connexion: Connection, licence: Licence, presence: Presence, version: str | None, maintenant: datetime
    ) -> None:
        sans_limite = licence.fiche.machines_max == SANS_LIMITE
        if presence.machine is None or presence.connue or (sans_limite and presence.machines >= MACHINES_RETENUES):
            return
        connexion.execute(
            insert(machines).values(
                licence_id=licence.id, machine=presence.machine, premiere_le=maintenant, derniere_le=maintenant,
                version=version,
            )
        )  # fmt: skip
        detail = {"machine": presence.machine}
        note(connexion, [Evenement(Geste.MACHINE_AJOUTEE, CONNECTEUR, maintenant, licence.id, detail)])
