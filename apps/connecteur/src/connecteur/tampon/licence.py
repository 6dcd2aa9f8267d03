"""What the tampon keeps of the licence, for each machine that shares it."""

from typing import TYPE_CHECKING, cast

from psycopg.types.json import Jsonb

from connecteur.domain.licence import EchecContact, Passage, Repere, Trace
from connecteur.tampon.connexion import Connexions
from connecteur.tampon.textes import propre

if TYPE_CHECKING:
    from datetime import datetime

REPERE = "SELECT repere FROM sages.licence_temps WHERE machine = %s"
# Programs note the time in no order: an older one must not win, but after a new answer of the server.
NOTE_REPERE = """
INSERT INTO sages.licence_temps (machine, contact, atteint, repere)
VALUES (%(machine)s, %(contact)s, %(atteint)s, %(repere)s)
ON CONFLICT (machine) DO UPDATE SET contact = excluded.contact, atteint = excluded.atteint, repere = excluded.repere
  WHERE %(fraiche)s OR coalesce(excluded.contact, '-infinity') > coalesce(licence_temps.contact, '-infinity')
     OR (excluded.contact IS NOT DISTINCT FROM licence_temps.contact AND excluded.atteint >= licence_temps.atteint)
"""
ECHEC = "SELECT le, message, remede, detail FROM sages.licence_echecs WHERE machine = %s"
NOTE_ECHEC = """
INSERT INTO sages.licence_echecs (machine, le, message, remede, detail) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (machine) DO UPDATE
   SET le = excluded.le, message = excluded.message, remede = excluded.remede, detail = excluded.detail
"""
OUBLIE_ECHEC = "DELETE FROM sages.licence_echecs WHERE machine = %s"
PASSAGE = "SELECT passage FROM sages.licence_passages WHERE run = %s"
NOTE_PASSAGE = """
INSERT INTO sages.licence_passages (run, machine, passage) VALUES (%s, %s, %s)
ON CONFLICT (run) DO UPDATE SET passage = excluded.passage, machine = excluded.machine
"""
RETIRE_PASSAGE = "DELETE FROM sages.licence_passages WHERE run = %s"
# No run is resumed after so long.
OUBLIE_PASSAGES = "DELETE FROM sages.licence_passages WHERE le < now() - interval '60 days' AND passage <> 'dû'"
DU = "SELECT run FROM sages.licence_passages WHERE machine = %s AND passage = 'dû' ORDER BY le, run LIMIT 1"
VERROU = "SELECT pg_advisory_xact_lock(hashtextextended('connecteur/licence/' || %s, 0))"
DERNIERE = """
SELECT detail FROM sages.licence_histoire WHERE machine = %s AND geste = %s ORDER BY id DESC LIMIT 1
"""
NOTE = "INSERT INTO sages.licence_histoire (machine, le, geste, qui, detail) VALUES (%s, %s, %s, %s, %s)"
LISTE = """
SELECT le, geste, qui, detail FROM sages.licence_histoire WHERE machine = %s ORDER BY id DESC LIMIT %s
"""


class DepotLicence:
    """Safe to share between threads."""

    def __init__(self, connexions: Connexions) -> None:
        self._connexions = connexions

    def read_repere(self, machine: str) -> Repere | None:
        """Where time stood; None when it was never noted, or cannot be read."""
        with self._connexions.transaction() as connexion:
            ligne = connexion.execute(REPERE, (machine,)).fetchone()
        return None if ligne is None else Repere.de_json(ligne[0])

    def write_repere(self, machine: str, repere: Repere, *, fraiche: bool = False) -> None:
        """Note it, unless a later one is noted; `fraiche`: the server has just answered, note it whatever was noted."""
        valeurs = {
            "machine": machine, "contact": repere.contact, "atteint": repere.atteint, "fraiche": fraiche,
            "repere": Jsonb(repere.en_json()),
        }  # fmt: skip
        with self._connexions.transaction() as connexion:
            connexion.execute(NOTE_REPERE, valeurs)

    def read_echec(self, machine: str) -> EchecContact | None:
        """The last contact, when it failed."""
        with self._connexions.transaction() as connexion:
            ligne = connexion.execute(ECHEC, (machine,)).fetchone()
        return None if ligne is None else EchecContact(*cast("tuple[datetime, str, str, str]", ligne))

    def write_echec(self, machine: str, echec: EchecContact | None) -> None:
        """Note it, or that the last contact went well."""
        with self._connexions.transaction() as connexion:
            if echec is None:
                connexion.execute(OUBLIE_ECHEC, (machine,))
                return
            textes = (propre(texte) for texte in (echec.message, echec.remede, echec.detail))
            connexion.execute(NOTE_ECHEC, (machine, echec.le, *textes))

    def read_passage(self, run: str) -> Passage | None:
        """What became of the use this run makes of the licence; None when it was not let in yet."""
        with self._connexions.transaction() as connexion:
            ligne = connexion.execute(PASSAGE, (run,)).fetchone()
        return None if ligne is None else Passage(cast("str", ligne[0]))

    def write_passage(self, machine: str, run: str, passage: Passage | None) -> None:
        """Note it; None: it was refused, and is not let in."""
        with self._connexions.transaction() as connexion:
            if passage is None:
                connexion.execute(RETIRE_PASSAGE, (run,))
                return
            connexion.execute(NOTE_PASSAGE, (run, machine, passage.value))
            connexion.execute(OUBLIE_PASSAGES)

    def read_du(self, machine: str) -> str | None:
        """The oldest run whose use is owed; None when none is."""
        with self._connexions.transaction() as connexion:
            ligne = connexion.execute(DU, (machine,)).fetchone()
        return None if ligne is None else cast("str", ligne[0])

    def note(self, machine: str, trace: Trace, *, si_nouveau: bool = False) -> bool:
        """Add to the history; with `si_nouveau`, unless the last one of this kind said the same."""
        detail = propre(trace.detail)
        with self._connexions.transaction() as connexion:
            if si_nouveau:
                connexion.execute(VERROU, (machine,))
                derniere = connexion.execute(DERNIERE, (machine, trace.geste)).fetchone()
                if derniere is not None and derniere[0] == detail:
                    return False
            connexion.execute(NOTE, (machine, trace.le, trace.geste, propre(trace.qui), detail))
        return True

    def list_traces(self, machine: str, limite: int = 50) -> list[Trace]:
        """The history, most recent first."""
        with self._connexions.transaction() as connexion:
            lignes = connexion.execute(LISTE, (machine, limite)).fetchall()
        return [Trace(*cast("tuple[datetime, str, str, str]", ligne)) for ligne in lignes]
