"""What waits for a person: one open rejet per record, the resolved ones kept as its history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from connecteur.domain.periode import Tranche
from connecteur.domain.rejet import MotifRejet, ObjetRejet, Rejet
from connecteur.tampon.connexion import Connexion, Connexions
from connecteur.tampon.textes import propre

ACCORDE = """
WITH voulus AS MATERIALIZED (
    SELECT * FROM unnest(%(cles)s::text[], %(jours)s::date[], %(motifs)s::text[], %(libelles)s::text[],
                         %(details)s::text[]) WITH ORDINALITY AS v (cle, jour, motif, libelle, detail, rang)
), connus AS (
    UPDATE sages.rejets r
       SET jour = v.jour, motif = v.motif, libelle = v.libelle, detail = v.detail, dernier_le = now(),
           dernier_run = %(run)s, tentatives = r.tentatives + 1
      FROM voulus v
     WHERE r.dossier = %(dossier)s AND r.objet = %(objet)s AND r.cle = v.cle AND r.resolu_le IS NULL
)
INSERT INTO sages.rejets (dossier, objet, cle, jour, motif, libelle, detail, premier_run, dernier_run)
SELECT %(dossier)s, %(objet)s, v.cle, v.jour, v.motif, v.libelle, v.detail, %(run)s, %(run)s
  FROM voulus v
 WHERE NOT EXISTS (SELECT FROM sages.rejets r WHERE r.dossier = %(dossier)s AND r.objet = %(objet)s
                      AND r.cle = v.cle AND r.resolu_le IS NULL)
 ORDER BY v.rang
"""

RESOUT = """
UPDATE sages.rejets r SET resolu_le = now(), dernier_run = %(run)s
 WHERE r.dossier = %(dossier)s AND r.objet = %(objet)s AND r.resolu_le IS NULL
   AND NOT EXISTS (SELECT FROM unnest(%(cles)s::text[]) AS v (cle) WHERE v.cle = r.cle)
"""

RESOUT_JOURS = RESOUT + " AND r.jour >= %(debut)s AND r.jour < %(fin)s"

OUVERTS = """
SELECT objet, cle, motif, libelle, detail FROM sages.rejets
 WHERE dossier = %s AND resolu_le IS NULL ORDER BY id DESC
"""
SUIVIS = """
SELECT objet, cle, motif, libelle, detail, tentatives, premier_le, dernier_le, resolu_le, premier_run, dernier_run
  FROM sages.rejets
 WHERE dossier = %s AND (resolu_le IS NULL OR %s) ORDER BY (resolu_le IS NOT NULL), id DESC LIMIT %s
"""

RejetDate = tuple[Rejet, date | None]
"""A rejet and the local day it belongs to, when it has one."""


@dataclass(frozen=True, slots=True)
class RejetSuivi:
    """A rejet with its story."""

    rejet: Rejet
    tentatives: int
    premier_le: datetime
    dernier_le: datetime
    resolu_le: datetime | None
    premier_run: str
    dernier_run: str


class DepotRejets:
    """The rejets of one dossier."""

    def __init__(self, connexions: Connexions, dossier: str) -> None:
        self._connexions = connexions
        self._dossier = dossier

    def replace_rejets(self, objet: ObjetRejet, rejets: Sequence[Rejet], run: str) -> None:
        """These are the rejets of this kind now: new ones open, known ones get a new attempt, others are resolved."""
        with self._connexions.transaction() as connexion:
            parametres = ouvre_rejets(connexion, self._dossier, objet, [(r, None) for r in rejets], run)
            connexion.execute(RESOUT, parametres)

    def list_rejets_ouverts(self) -> list[Rejet]:
        """Every open rejet of the dossier, most recent first."""
        with self._connexions.transaction() as connexion:
            lignes = connexion.execute(OUVERTS, (self._dossier,)).fetchall()
        return [_rejet(*cast("tuple[str, str, str, str, str]", ligne)) for ligne in lignes]

    def list_rejets(self, *, resolus: bool = False, limite: int = 1000) -> list[RejetSuivi]:
        """The open rejets with their story, most recent first, then (when asked) the resolved ones."""
        with self._connexions.transaction() as connexion:
            lignes = connexion.execute(SUIVIS, (self._dossier, resolus, limite)).fetchall()
        return [
            RejetSuivi(
                _rejet(*cast("tuple[str, str, str, str, str]", ligne[:5])),
                *cast("tuple[int, datetime, datetime, datetime | None, str, str]", ligne[5:]),
            )
            for ligne in lignes
        ]


def ouvre_rejets(
    connexion: Connexion, dossier: str, objet: ObjetRejet, rejets: Sequence[RejetDate], run: str
) -> dict[str, object]:
    """Open these, or count one more attempt; return the parameters with which to resolve the others."""
    par_cle = {propre(rejet.cle): (rejet, jour) for rejet, jour in rejets}
    parametres: dict[str, object] = {
        "dossier": dossier,
        "objet": objet.value,
        "run": run,
        "cles": list(par_cle),
        "jours": [jour for _, jour in par_cle.values()],
        "motifs": [rejet.motif.value for rejet, _ in par_cle.values()],
        "libelles": [propre(rejet.libelle) for rejet, _ in par_cle.values()],
        "details": [propre(rejet.detail) for rejet, _ in par_cle.values()],
    }
    if par_cle:
        connexion.execute(ACCORDE, parametres)
    return parametres


def replace_refus(connexion: Connexion, dossier: str, tranche: Tranche, refus: Sequence[Rejet], run: str) -> None:
    """These are the refused lines of these days now."""
    dates = [(rejet, jour_de_cle(rejet.cle, tranche)) for rejet in refus]
    parametres = ouvre_rejets(connexion, dossier, ObjetRejet.LIGNE, dates, run)
    connexion.execute(RESOUT_JOURS, {**parametres, "debut": tranche.debut, "fin": tranche.fin})


def jour_de_cle(cle: str, tranche: Tranche) -> date:
    """The day of a line from its key as text (`ports.cle_texte`)."""
    try:
        return datetime.fromisoformat(cle.rpartition("/")[2]).date()
    except ValueError:
        return tranche.debut


def _rejet(objet: str, cle: str, motif: str, libelle: str, detail: str) -> Rejet:
    return Rejet(ObjetRejet(objet), cle, MotifRejet(motif), libelle, detail)
