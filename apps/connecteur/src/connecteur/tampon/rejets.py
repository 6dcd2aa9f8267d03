"""What waits for a person: one open rejet per record, the resolved ones kept as its history."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast

from psycopg.types.json import Jsonb

from connecteur.domain.periode import Tranche
from connecteur.domain.rejet import MotifRejet, ObjetRejet, Rejet
from connecteur.tampon.connexion import Connexion, Connexions
from connecteur.tampon.textes import propre

DETAIL_MAX = 4000
TEXTE_MAX = 2000
CLE_MAX = 100
CHAMPS_MAX = 50
"""How much is kept of a record: characters of the answer, of a value, of a name; names."""

ACCORDE = """
WITH voulus AS MATERIALIZED (
    SELECT * FROM unnest(%(cles)s::text[], %(jours)s::date[], %(motifs)s::text[], %(libelles)s::text[],
                         %(details)s::text[], %(contenus)s::jsonb[], %(empreintes)s::text[]) WITH ORDINALITY
               AS v (cle, jour, motif, libelle, detail, contenu, empreinte, rang)
), revenus AS MATERIALIZED (
    SELECT r.id, r.ignore_par, r.ignore_raison FROM sages.rejets r JOIN voulus v USING (cle)
     WHERE r.dossier = %(dossier)s AND r.objet = %(objet)s AND r.resolu_le IS NULL AND r.ignore_le IS NOT NULL
       AND r.empreinte NOT IN ('', v.empreinte)
), avertis AS (
    INSERT INTO sages.audit (dossier, qui, geste, objet, cle, run, detail, avant, apres)
    SELECT %(dossier)s, 'run ' || %(run)s, 'rouvrir', 'rejet', id::text, %(run)s,
           jsonb_build_object('raison', 'l’enregistrement a changé'),
           jsonb_build_object('etat', 'ignoré', 'par', ignore_par, 'raison', ignore_raison),
           jsonb_build_object('etat', 'ouvert')
      FROM revenus
), connus AS (
    UPDATE sages.rejets r
       SET jour = v.jour, motif = v.motif, libelle = v.libelle, detail = v.detail, contenu = v.contenu,
           empreinte = v.empreinte, dernier_le = now(), dernier_run = %(run)s, tentatives = r.tentatives + 1,
           ignore_le = CASE WHEN x.id IS NULL THEN r.ignore_le END,
           ignore_par = CASE WHEN x.id IS NULL THEN r.ignore_par END,
           ignore_raison = CASE WHEN x.id IS NULL THEN r.ignore_raison END
      FROM voulus v JOIN sages.rejets ouvert ON ouvert.dossier = %(dossier)s AND ouvert.objet = %(objet)s
                                            AND ouvert.cle = v.cle AND ouvert.resolu_le IS NULL
           LEFT JOIN revenus x ON x.id = ouvert.id
     WHERE r.id = ouvert.id
)
INSERT INTO sages.rejets (dossier, objet, cle, jour, motif, libelle, detail, contenu, empreinte, premier_run,
                          dernier_run, reouvertures)
SELECT %(dossier)s, %(objet)s, v.cle, v.jour, v.motif, v.libelle, v.detail, v.contenu, v.empreinte, %(run)s, %(run)s,
       (SELECT count(*) FROM sages.rejets r WHERE r.dossier = %(dossier)s AND r.objet = %(objet)s AND r.cle = v.cle)
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

RETENTE = """
UPDATE sages.rejets r SET dernier_le = now(), dernier_run = %(run)s, tentatives = r.tentatives + 1
  FROM unnest(%(debuts)s::date[], %(fins)s::date[]) AS t (debut, fin)
 WHERE r.dossier = %(dossier)s AND r.objet = 'creneau' AND r.resolu_le IS NULL AND r.jour >= t.debut AND r.jour < t.fin
"""

OUVERTS = """
SELECT objet, cle, motif, libelle, detail, contenu FROM sages.rejets
 WHERE dossier = %s AND resolu_le IS NULL AND ignore_le IS NULL ORDER BY id DESC
"""

COMPTE = """
SELECT count(*) FROM sages.rejets
 WHERE dossier = %s AND objet = %s AND resolu_le IS NULL AND ignore_le IS NULL
"""

RejetDate = tuple[Rejet, date | None]
"""A rejet and the local day it belongs to, when it has one."""


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
        return [rejet_de(cast("LigneRejet", ligne)) for ligne in lignes]

    def count_rejets_ouverts(self, objet: ObjetRejet) -> int:
        """How many of this kind are open and not ignored."""
        with self._connexions.transaction() as connexion:
            ligne = connexion.execute(COMPTE, (self._dossier, objet.value)).fetchone()
        return cast("int", ligne[0]) if ligne else 0

    def retente_rejets(self, tranches: Sequence[Tranche], run: str) -> None:
        """Count one more attempt for the rejets of slots of these slices: read again, unchanged, still refused."""
        parametres = {
            "dossier": self._dossier,
            "run": run,
            "debuts": [tranche.debut for tranche in tranches],
            "fins": [tranche.fin for tranche in tranches],
        }
        with self._connexions.transaction() as connexion:
            connexion.execute(RETENTE, parametres)


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
        "details": [propre(rejet.detail)[:DETAIL_MAX] for rejet, _ in par_cle.values()],
        "contenus": [Jsonb(contenu_borne(rejet.contenu)) for rejet, _ in par_cle.values()],
        "empreintes": [empreinte_rejet(rejet) for rejet, _ in par_cle.values()],
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


def contenu_borne(contenu: Mapping[str, Any]) -> dict[str, Any]:
    """The record as it is kept: texts PostgreSQL can hold, none of them endless, a few fields at most."""
    return {
        propre(cle)[:CLE_MAX]: propre(valeur)[:TEXTE_MAX] if isinstance(valeur, str) else _borne(valeur)
        for cle, valeur in list(contenu.items())[:CHAMPS_MAX]
    }


def _borne(valeur: object) -> object:
    texte = json.dumps(valeur, ensure_ascii=False, default=str)
    return json.loads(propre(texte)) if len(texte) <= TEXTE_MAX else propre(texte)[:TEXTE_MAX]


def empreinte_rejet(rejet: Rejet) -> str:
    """Equal digests: the same record, refused for the same reason. What the other side answered does not count."""
    contenu = json.dumps([rejet.motif.value, dict(rejet.contenu)], sort_keys=True, default=str)
    return hashlib.sha256(contenu.encode(errors="replace")).hexdigest()


LigneRejet = tuple[str, str, str, str, str, dict[str, Any]]


def rejet_de(ligne: LigneRejet) -> Rejet:
    """A rejet from its columns."""
    objet, cle, motif, libelle, detail, contenu = ligne
    return Rejet(ObjetRejet(objet), cle, MotifRejet(motif), libelle, detail, contenu)
