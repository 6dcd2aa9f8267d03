"""What a validation reads, and what it takes: a place for a machine, one use. Counting it comes later (`suivi`)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Select, and_, bindparam, exc, insert, select

from licence_manager.domain.historique import Evenement, Geste
from licence_manager.domain.jugement import Presence, juge
from licence_manager.domain.licence import Licence
from licence_manager.repository.connexion import en_francais, transaction
from licence_manager.repository.historique import note
from licence_manager.repository.licences import COLONNES_SEULES, DepotLicences, licence_de
from licence_manager.repository.tables import licences, machines
from licence_manager.signing.coffre import Coffre
from sages_commun.licence.verdict import Verdict

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
        self._rapide = rapide.execution_options(isolation_level="AUTOCOMMIT")
        self._coffre = coffre

    def find(self, empreinte: bytes, machine: str | None) -> Trouvee:
        """One indexed read, one round trip; only `take` counts the other machines. Raises `BaseIndisponible`."""
        with en_francais():
            parametres = {"empreinte": empreinte, "machine": machine}
            try:
                with self._rapide.connect() as connexion:
                    ligne = connexion.execute(_PAR_EMPREINTE, parametres).one_or_none()
            except exc.DBAPIError as e:
                if not e.connection_invalidated:
                    raise
                # The server or the pooler closed an idle connection: the pool has dropped them all, ask again.
                with self._rapide.connect() as connexion:
                    ligne = connexion.execute(_PAR_EMPREINTE, parametres).one_or_none()
        if ligne is None:
            return Trouvee(None, Presence(machine, connue=False, machines=0))
        return Trouvee(licence_de(ligne), Presence(machine, connue=ligne.connue, machines=0))

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


def _requete_par_empreinte() -> Select[*tuple[Any, ...]]:
    # As few tables as can be: without prepared statements (poolers), it is planned anew each time.
    voisine = and_(machines.c.licence_id == licences.c.id, machines.c.machine == bindparam("machine"))
    return (
        select(*COLONNES_SEULES, machines.c.machine.is_not(None).label("connue"))
        .select_from(licences.outerjoin(machines, voisine))
        .where(licences.c.empreinte == bindparam("empreinte"))
    )


_PAR_EMPREINTE = _requete_par_empreinte()
