"""What waits for somebody's confirmation before it is written, and the first import."""

from datetime import date, datetime
from decimal import Decimal
from typing import cast

from connecteur.domain.garde import Compte, Garde
from connecteur.errors import ErreurPermanente
from connecteur.sync.ports import Evenement
from connecteur.sync.ports.litiges import ImportInitial
from connecteur.tampon import audit
from connecteur.tampon.connexion import Connexions
from connecteur.tampon.textes import propre

# Held by a line that stands before that day, and said to start later now. A slot that never changed since it came has
# not moved, nor one that never started before (what is older than a year may be missing from its history): few are left
# to look for among the lines.
PAYES = """
WITH deplaces AS MATERIALIZED (
    SELECT array_agg(c.id) AS ids FROM sages.creneaux c
     WHERE c.dossier = %(dossier)s AND c.present AND c.debut_local >= %(limite)s AND c.change_le > c.vu_le
       AND (c.vu_le < now() - interval '1 year'
            OR EXISTS (SELECT FROM sages.creneaux_histoire h
                        WHERE h.dossier = c.dossier AND h.id = c.id
                          AND h.debut < %(limite)s::timestamp + interval '1 day'))
)
SELECT i.id, max(l.debut)::date FROM deplaces d, sages.lignes l, unnest(l.creneaux) AS i (id)
 WHERE d.ids IS NOT NULL AND l.dossier = %(dossier)s AND l.debut < %(limite)s
   AND l.creneaux && d.ids AND i.id = ANY (d.ids)
 GROUP BY i.id
"""
# Days that a slot left are to be read again, for ever when they are older than what is read.
QUITTES = """
SELECT EXISTS (SELECT FROM sages.tranches
                WHERE dossier = %s AND debut < %s AND empreinte_creneaux IS NULL AND empreinte_suivi IS NULL)
"""

POSSEDEES = "SELECT count(*) FROM sages.lignes WHERE dossier = %(dossier)s AND debut >= %(debut)s AND debut < %(fin)s"
CHANGES = """
SELECT count(*) FROM sages.tranches t
  JOIN sages.creneaux c ON c.dossier = t.dossier AND c.debut_local >= t.debut AND c.debut_local < t.fin
 WHERE t.dossier = %(dossier)s AND t.debut >= %(debut)s AND t.debut < %(fin)s AND t.empreinte_suivi IS NULL
   AND c.change_le > coalesce(t.reglee_le, '-infinity')
"""

OUVERTE = """
SELECT id, cles, possedees, heures_avant, heures_apres, debut, fin, run, ouverte_le, confirmee_le, confirmee_par
  FROM sages.gardes WHERE dossier = %s AND fermee_le IS NULL
"""
FERME = "UPDATE sages.gardes SET fermee_le = now() WHERE dossier = %s AND id = %s AND fermee_le IS NULL"
OUVRE = """
INSERT INTO sages.gardes (dossier, cles, possedees, heures_avant, heures_apres, debut, fin, run)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
CONFIRME = """
UPDATE sages.gardes SET confirmee_le = now(), confirmee_par = %s
 WHERE dossier = %s AND id = %s AND fermee_le IS NULL AND confirmee_le IS NULL
"""

IMPORT = "SELECT id, depuis, demande_par, demande_le FROM sages.imports WHERE dossier = %s AND fini_le IS NULL"
DEMANDE = """
INSERT INTO sages.imports AS i (dossier, depuis, demande_par) VALUES (%s, %s, %s)
ON CONFLICT (dossier) WHERE fini_le IS NULL DO UPDATE
   SET depuis = EXCLUDED.depuis, demande_par = EXCLUDED.demande_par, demande_le = now()
"""
FINIT = "UPDATE sages.imports SET fini_le = now(), run = %s WHERE dossier = %s AND id = %s AND fini_le IS NULL"


class DepotGardes:
    """The guard and the first import of one dossier."""

    def __init__(self, connexions: Connexions, dossier: str) -> None:
        self._connexions = connexions
        self._dossier = dossier

    def list_payes(self, depuis: date, cloture: date | None) -> dict[str, date]:
        """See `ports.TamponLitiges`."""
        parametres = {"dossier": self._dossier, "limite": max(depuis, cloture or depuis)}
        with self._connexions.transaction() as connexion:
            if cloture is None and connexion.execute(QUITTES, (self._dossier, depuis)).fetchone() == (False,):
                return {}
            return dict(cast("list[tuple[str, date]]", connexion.execute(PAYES, parametres).fetchall()))

    def count_changements(self, debut: date, fin: date) -> tuple[int, int]:
        """See `ports.TamponLitiges`."""
        parametres = {"dossier": self._dossier, "debut": debut, "fin": fin}
        with self._connexions.transaction() as connexion:
            (possedees,) = cast("tuple[int]", connexion.execute(POSSEDEES, parametres).fetchone())
            if not possedees:
                return 0, 0
            (changes,) = cast("tuple[int]", connexion.execute(CHANGES, parametres).fetchone())
        return possedees, changes

    def read_garde(self) -> Garde | None:
        """The open request for confirmation."""
        with self._connexions.transaction() as connexion:
            ligne = connexion.execute(OUVERTE, (self._dossier,)).fetchone()
        return None if ligne is None else _garde(cast("LigneGarde", ligne))

    def ouvre_garde(self, compte: Compte, run: str) -> Garde:
        """See `ports.TamponLitiges`."""
        with self._connexions.transaction() as connexion:
            ligne = connexion.execute(OUVERTE + " FOR UPDATE", (self._dossier,)).fetchone()
            connue = None if ligne is None else _garde(cast("LigneGarde", ligne))
            if connue is None or connue.compte != compte:
                if connue is not None:
                    connexion.execute(FERME, (self._dossier, connue.id))
                c = compte
                colonnes = (sorted(c.cles), c.possedees, c.heures_avant, c.heures_apres, c.debut, c.fin)
                connexion.execute(OUVRE, (self._dossier, *colonnes, run))
                ligne = connexion.execute(OUVERTE, (self._dossier,)).fetchone()
        return _garde(cast("LigneGarde", ligne))

    def confirme_garde(self, ident: int, qui: str) -> None:
        """Let these changes be written by the next push. Raises `ErreurPermanente` when they are not open any more."""
        with self._connexions.transaction() as connexion:
            if connexion.execute(CONFIRME, (propre(qui) or "inconnu", self._dossier, ident)).rowcount != 1:
                raise garde_perimee()
            audit.note(connexion, self._dossier, Evenement(qui, "confirmer", "garde", str(ident)))

    def ferme_garde(self, ident: int) -> None:
        """See `ports.TamponLitiges`."""
        with self._connexions.transaction() as connexion:
            connexion.execute(FERME, (self._dossier, ident))

    def read_import(self) -> ImportInitial | None:
        """See `ports.TamponLitiges`."""
        with self._connexions.transaction() as connexion:
            ligne = connexion.execute(IMPORT, (self._dossier,)).fetchone()
        return None if ligne is None else ImportInitial(*cast("tuple[int, date, str, datetime]", ligne))

    def demande_import(self, depuis: date, qui: str) -> None:
        """Ask that the next run go back to this day, once."""
        with self._connexions.transaction() as connexion:
            connexion.execute(DEMANDE, (self._dossier, depuis, propre(qui) or "inconnu"))
            audit.note(connexion, self._dossier, Evenement(qui, "demander", "import", depuis.isoformat()))

    def finit_import(self, ident: int, run: str) -> None:
        """See `ports.TamponLitiges`."""
        with self._connexions.transaction() as connexion:
            connexion.execute(FINIT, (run, self._dossier, ident))


LigneGarde = tuple[int, list[int], int, Decimal, Decimal, date, date, str, datetime, datetime | None, str | None]


def garde_perimee() -> ErreurPermanente:
    """Somebody confirmed already, or what was shown is not what waits now."""
    return ErreurPermanente(
        "Cette demande de confirmation n’est plus ouverte.", remede="Relisez ce qui attend maintenant."
    )


def _garde(ligne: LigneGarde) -> Garde:
    ident, cles, possedees, avant, apres, debut, fin, run, ouverte_le, confirmee_le, confirmee_par = ligne
    compte = Compte(frozenset(cles), possedees, avant, apres, debut, fin)
    return Garde(ident, compte, run, ouverte_le, confirmee_le, confirmee_par)
