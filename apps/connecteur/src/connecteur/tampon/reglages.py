"""What the office changed at run time, and with which settings each run was carried out.

The settings of a run are kept once per set: thousands of runs share one.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from psycopg.types.json import Jsonb

from connecteur.sync.ports import Evenement
from connecteur.tampon.audit import note
from connecteur.tampon.connexion import Connexions
from connecteur.tampon.textes import propre

OBJET = "reglage"
"""What the audit trail calls a setting."""

LISTE = "SELECT cle, valeur, modifie_le, modifie_par FROM sages.reglages WHERE dossier = %s ORDER BY cle"
CHANGE = """
INSERT INTO sages.reglages (dossier, cle, valeur, modifie_par) VALUES (%s, %s, %s, %s)
ON CONFLICT (dossier, cle) DO UPDATE SET valeur = excluded.valeur, modifie_par = excluded.modifie_par,
                                         modifie_le = now()
"""
AVANT = "SELECT valeur FROM sages.reglages WHERE dossier = %s AND cle = %s FOR UPDATE"
RETIRE = "DELETE FROM sages.reglages WHERE dossier = %s AND cle = %s RETURNING valeur"

NOTE_JEU = """
INSERT INTO sages.jeux_reglages (dossier, empreinte, valeurs) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING
"""
NOTE_RUN = "UPDATE sages.runs SET jeu_reglages = %s WHERE dossier = %s AND id = %s"
DU_RUN = """
SELECT j.valeurs FROM sages.runs r JOIN sages.jeux_reglages j ON (j.dossier, j.empreinte) = (r.dossier, r.jeu_reglages)
 WHERE r.dossier = %s AND r.id = %s
"""


@dataclass(frozen=True, slots=True)
class Surcharge:
    """One setting that was changed: a JSON value, when and by whom."""

    cle: str
    valeur: object
    modifie_le: datetime
    modifie_par: str


class DepotReglages:
    """The changed settings of one dossier."""

    def __init__(self, connexions: Connexions, dossier: str) -> None:
        self._connexions = connexions
        self._dossier = dossier

    def list_reglages(self) -> list[Surcharge]:
        """Every setting that was changed, by name."""
        with self._connexions.transaction() as connexion:
            lignes = connexion.execute(LISTE, (self._dossier,)).fetchall()
        return [Surcharge(*cast("tuple[str, object, datetime, str]", ligne)) for ligne in lignes]

    def list_surcharges(self) -> dict[str, object]:
        """Name > JSON value of every setting that was changed."""
        return {surcharge.cle: surcharge.valeur for surcharge in self.list_reglages()}

    def change_reglage(self, cle: str, valeur: object, qui: str) -> None:
        """Lay this JSON value, checked already, over the file's; the next run follows it."""
        with self._connexions.transaction() as connexion:
            avant = connexion.execute(AVANT, (self._dossier, cle)).fetchone()
            connexion.execute(CHANGE, (self._dossier, cle, Jsonb(valeur), propre(qui)))
            note(
                connexion,
                self._dossier,
                Evenement(
                    qui, "changer", OBJET, cle,
                    avant=None if avant is None else {"valeur": avant[0]}, apres={"valeur": valeur},
                ),
            )  # fmt: skip

    def retire_reglage(self, cle: str, qui: str) -> bool:
        """Go back to the file's value; False when this setting had not been changed."""
        with self._connexions.transaction() as connexion:
            avant = connexion.execute(RETIRE, (self._dossier, cle)).fetchone()
            if avant is not None:
                note(connexion, self._dossier, Evenement(qui, "retirer", OBJET, cle, avant={"valeur": avant[0]}))
        return avant is not None

    def note_reglages_du_run(self, run: str, valeurs: Mapping[str, Any]) -> None:
        """Note with which settings this run is carried out; nothing for a run that is not noted."""
        empreinte = hashlib.sha256(json.dumps(valeurs, sort_keys=True).encode()).hexdigest()
        with self._connexions.transaction() as connexion:
            connexion.execute(NOTE_JEU, (self._dossier, empreinte, Jsonb(dict(valeurs))))
            connexion.execute(NOTE_RUN, (empreinte, self._dossier, run))

    def read_reglages_du_run(self, run: str) -> dict[str, Any] | None:
        """The settings this run was, or is being, carried out with; None when none are noted."""
        with self._connexions.transaction() as connexion:
            ligne = connexion.execute(DU_RUN, (self._dossier, run)).fetchone()
        return None if ligne is None else cast("dict[str, Any]", ligne[0])
