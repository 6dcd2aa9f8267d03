"""What waits for a person: one open rejet per record, the resolved ones kept as its history."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, cast

from psycopg.types.json import Jsonb

from connecteur.domain.periode import Tranche
from connecteur.domain.rejet import MotifRejet, ObjetRejet, Rejet
from connecteur.tampon.connexion import Connexion, Connexions
from connecteur.tampon.copie import NUL, champ, copie, echappe
from connecteur.tampon.textes import propre

DETAIL_MAX = 4000
TEXTE_MAX = 2000
CLE_MAX = 100
CHAMPS_MAX = 50
"""How much is kept of a record: characters of the answer, of a value, of a name; names."""

# Looked up by key: on a fresh site every slot is a rejet, and none of them must be read for every slice.
CONNUS = """
SELECT cle, id, empreinte, jour, libelle, detail, ignore_le IS NOT NULL FROM sages.rejets
 WHERE dossier = %(dossier)s AND objet = %(objet)s AND resolu_le IS NULL AND cle = ANY (%(cles)s::text[])
"""
DEJA_RESOLUS = """
SELECT cle, count(*) FROM sages.rejets
 WHERE dossier = %(dossier)s AND objet = %(objet)s AND cle = ANY (%(cles)s::text[]) GROUP BY cle
"""
COPIE = """
COPY sages.rejets (dossier, objet, cle, jour, motif, libelle, detail, contenu, empreinte, premier_run, dernier_run,
                   reouvertures) FROM STDIN
"""
ENCORE = """
UPDATE sages.rejets SET dernier_le = now(), dernier_run = %(run)s, tentatives = tentatives + 1 WHERE id = ANY (%(ids)s)
"""
CHANGE = """
UPDATE sages.rejets r
   SET jour = v.jour, motif = v.motif, libelle = v.libelle, detail = v.detail, contenu = v.contenu,
       empreinte = v.empreinte
  FROM unnest(%(ids)s::bigint[], %(jours)s::date[], %(motifs)s::text[], %(libelles)s::text[], %(details)s::text[],
              %(contenus)s::jsonb[], %(empreintes)s::text[])
       AS v (id, jour, motif, libelle, detail, contenu, empreinte)
 WHERE r.id = v.id
"""
REVIENT = """
WITH revenus AS MATERIALIZED (
    SELECT id, ignore_par, ignore_raison FROM sages.rejets WHERE id = ANY (%(ids)s)
), avertis AS (
    INSERT INTO sages.audit (dossier, qui, geste, objet, cle, run, detail, avant, apres)
    SELECT %(dossier)s, 'run ' || %(run)s, 'rouvrir', 'rejet', id::text, %(run)s,
           jsonb_build_object('raison', 'l’enregistrement a changé'),
           jsonb_build_object('etat', 'ignoré', 'par', ignore_par, 'raison', ignore_raison),
           jsonb_build_object('etat', 'ouvert')
      FROM revenus
)
UPDATE sages.rejets r SET ignore_le = NULL, ignore_par = NULL, ignore_raison = NULL
  FROM revenus x WHERE r.id = x.id
"""

RESOUT = """
UPDATE sages.rejets r SET resolu_le = now(), dernier_run = %(run)s
 WHERE r.dossier = %(dossier)s AND r.objet = %(objet)s AND r.resolu_le IS NULL
   AND NOT EXISTS (SELECT FROM unnest(%(cles)s::text[]) AS v (cle) WHERE v.cle = r.cle)
"""

RESOUT_JOURS = RESOUT + " AND r.jour >= %(debut)s AND r.jour < %(fin)s"

# Where there are very many (a site on which nobody is known yet), each is counted every ten minutes at most: a run
# every fifteen seconds must not rewrite them all.
RETENTE = """
UPDATE sages.rejets r SET dernier_le = now(), dernier_run = %(run)s, tentatives = r.tentatives + 1
  FROM unnest(%(debuts)s::date[], %(fins)s::date[]) AS t (debut, fin)
 WHERE r.dossier = %(dossier)s AND r.objet = 'creneau' AND r.resolu_le IS NULL AND r.jour >= t.debut AND r.jour < t.fin
   AND (r.dernier_le < now() - interval '10 minutes'
        OR (SELECT count(*) FROM sages.rejets n
             WHERE n.dossier = %(dossier)s AND n.objet = 'creneau' AND n.resolu_le IS NULL) <= 2000)
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


@dataclass(frozen=True, slots=True)
class _Connu:
    """An open rejet, as far as it is compared."""

    id: int
    empreinte: str
    jour: date | None
    libelle: str
    detail: str
    ignore: bool

    def pareil(self, rejet: Rejet, jour: date | None, empreinte: str) -> bool:
        """Whether only the attempt is to be counted."""
        vu = (self.empreinte, self.jour, self.libelle, self.detail)
        return vu == (empreinte, jour, rejet.libelle, rejet.detail)


def ouvre_rejets(
    connexion: Connexion, dossier: str, objet: ObjetRejet, rejets: Sequence[RejetDate], run: str
) -> dict[str, object]:
    """Open these, or count one more attempt; return the parameters with which to resolve the others."""
    voulus = {propre(rejet.cle): (_net(rejet), jour) for rejet, jour in rejets}
    parametres: dict[str, object] = {"dossier": dossier, "objet": objet.value, "run": run, "cles": list(voulus)}
    if not voulus:
        return parametres
    connus = {
        cle: _Connu(*suite)
        for cle, *suite in cast("list[tuple[Any, ...]]", connexion.execute(CONNUS, parametres).fetchall())
    }
    empreintes = {cle: empreinte_rejet(rejet) for cle, (rejet, _) in voulus.items()}
    changes = {cle: connu.id for cle, connu in connus.items() if not connu.pareil(*voulus[cle], empreintes[cle])}
    revenus = [c.id for cle, c in connus.items() if c.ignore and c.empreinte not in {"", empreintes[cle]}]
    if connus:
        connexion.execute(ENCORE, {"run": run, "ids": [connu.id for connu in connus.values()]})
    if revenus:
        connexion.execute(REVIENT, {**parametres, "ids": revenus})
    if changes:
        connexion.execute(CHANGE, _colonnes(changes, voulus, empreintes))
    nouveaux = [cle for cle in voulus if cle not in connus]
    if nouveaux:
        deja = connexion.execute(DEJA_RESOLUS, {**parametres, "cles": nouveaux}).fetchall()
        reouvertures = dict(cast("list[tuple[str, int]]", deja))
        debut, fin = f"{champ(dossier)}\t{objet.value}", f"{champ(run)}\t{champ(run)}"
        copie(
            connexion,
            COPIE,
            (
                f"{debut}\t{echappe(cle)}\t{_ligne(*voulus[cle])}\t{empreintes[cle]}\t{fin}\t"
                f"{reouvertures.get(cle, 0)}\n"
                for cle in nouveaux
            ),
        )
    return parametres


def _net(rejet: Rejet) -> Rejet:
    """With texts that PostgreSQL can hold, none of them endless."""
    return replace(rejet, libelle=propre(rejet.libelle), detail=propre(rejet.detail)[:DETAIL_MAX])


def _ligne(rejet: Rejet, jour: date | None) -> str:
    """The day, the reason, what a person reads and the record, as fields of a row of COPY."""
    contenu = json.dumps(contenu_borne(rejet.contenu), ensure_ascii=False)
    lu = f"{echappe(rejet.libelle)}\t{echappe(rejet.detail)}\t{echappe(contenu)}"
    return f"{NUL if jour is None else jour}\t{rejet.motif.value}\t{lu}"


def _colonnes(
    ids: Mapping[str, int], voulus: Mapping[str, RejetDate], empreintes: Mapping[str, str]
) -> dict[str, object]:
    """The parameters of `CHANGE`."""
    rejets = [voulus[cle][0] for cle in ids]
    return {
        "ids": list(ids.values()),
        "jours": [voulus[cle][1] for cle in ids],
        "motifs": [rejet.motif.value for rejet in rejets],
        "libelles": [rejet.libelle for rejet in rejets],
        "details": [rejet.detail for rejet in rejets],
        "contenus": [Jsonb(contenu_borne(rejet.contenu)) for rejet in rejets],
        "empreintes": [empreintes[cle] for cle in ids],
    }


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
