"""What becomes a project (sites or devis), and the links to BatiSimply's projects."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from psycopg.types.json import Jsonb

from connecteur.domain.arbitrage import Decision
from connecteur.domain.chantier import Chantier, Genre, Position
from connecteur.domain.heure import normalise_code
from connecteur.domain.lien import ChantierSuivi, Cloture, Lien
from connecteur.sync.ports import ComptesStockage
from connecteur.tampon.connexion import Connexions
from connecteur.tampon.contenu import (
    HORS_FICHE,
    base_du_json,
    chantier_du_json,
    dates_du_json,
    empreinte,
    json_de_base,
    json_des_vues,
    json_du_chantier,
    vues_du_json,
)
from connecteur.tampon.decisions_chantiers import decisions_en_attente
from connecteur.tampon.textes import propre

# Unchanged rows are not touched: neither rewritten nor locked. What changed is dated by its record when that has a
# later date than it had; else the change happened since the reading before.
STOCKE = """
WITH arrivee AS MATERIALIZED (
    SELECT * FROM unnest(%(cles)s::text[], %(contenus)s::jsonb[], %(empreintes)s::text[],
                         %(depuis)s::timestamptz[], %(jusque)s::timestamptz[])
                  AS a (cle, contenu, empreinte, depuis, jusque)
), lecture AS MATERIALIZED (
    SELECT (SELECT batigest_le FROM sages.lectures_chantiers WHERE dossier = %(dossier)s AND genre = %(genre)s)
           AS precedente
), modifies AS (
    UPDATE sages.chantiers c
       SET contenu = a.contenu, empreinte = a.empreinte, present = true, sorti_le = NULL, change_le = now(),
           run = %(run)s, modifie_le = coalesce(a.jusque, c.modifie_le),
           dates = c.dates || coalesce((
               SELECT jsonb_object_agg(
                          n.key,
                          CASE WHEN a.depuis > coalesce(c.modifie_le, '-infinity')
                                AND n.key <> ALL (%(hors_fiche)s::text[])
                               THEN jsonb_build_array(a.depuis, a.jusque)
                               ELSE jsonb_build_array(l.precedente, %(lu_le)s::timestamptz) END)
                 FROM jsonb_each(a.contenu) n WHERE n.value IS DISTINCT FROM c.contenu -> n.key
           ), '{}')
      FROM arrivee a, lecture l
     WHERE c.dossier = %(dossier)s AND c.genre = %(genre)s AND c.cle = a.cle
       AND (c.empreinte <> a.empreinte OR NOT c.present)
    RETURNING 1
), nouveaux AS (
    INSERT INTO sages.chantiers (dossier, genre, cle, contenu, empreinte, run, modifie_le, dates)
    SELECT %(dossier)s, %(genre)s, a.cle, a.contenu, a.empreinte, %(run)s, a.jusque,
           CASE WHEN a.jusque IS NULL THEN '{}' ELSE (
               SELECT jsonb_object_agg(n.key, jsonb_build_array(a.depuis, a.jusque))
                 FROM jsonb_each(a.contenu) n WHERE n.key <> ALL (%(hors_fiche)s::text[])) END
      FROM arrivee a
     WHERE NOT EXISTS (SELECT FROM sages.chantiers c
                        WHERE c.dossier = %(dossier)s AND c.genre = %(genre)s AND c.cle = a.cle)
    RETURNING 1
), sortis AS (
    UPDATE sages.chantiers c SET present = false, sorti_le = now(), change_le = now(), run = %(run)s
     WHERE c.dossier = %(dossier)s AND c.genre = %(genre)s AND c.present
       AND NOT EXISTS (SELECT FROM arrivee a WHERE a.cle = c.cle)
    RETURNING 1
)
SELECT (SELECT count(*) FROM nouveaux), (SELECT count(*) FROM modifies), (SELECT count(*) FROM sortis)
"""

LU = """
INSERT INTO sages.lectures_chantiers (dossier, genre, batigest_le) VALUES (%(dossier)s, %(genre)s, %(lu_le)s)
ON CONFLICT (dossier, genre) DO UPDATE SET batigest_le = EXCLUDED.batigest_le
"""
PROJETS_LUS = """
INSERT INTO sages.lectures_chantiers (dossier, genre, projets_le) VALUES (%s, %s, %s)
ON CONFLICT (dossier, genre) DO UPDATE SET projets_le = EXCLUDED.projets_le
"""
LECTURE_PROJETS = "SELECT projets_le FROM sages.lectures_chantiers WHERE dossier = %s AND genre = %s"

# Records and links are joined here and not there: on tables nobody has analysed yet, PostgreSQL would compare every
# record with every link.
FICHES = """
SELECT cle, contenu, dates FROM sages.chantiers WHERE dossier = %s AND genre = %s AND present ORDER BY cle
"""
LIENS = """
SELECT cle, projet_id, base, vues, cloture, longitude, latitude FROM sages.liens WHERE dossier = %s AND genre = %s
"""
LIENS_SORTIS = """
SELECT cle, projet_id, base, vues, cloture, longitude, latitude FROM sages.liens
 WHERE dossier = %(dossier)s AND genre = %(genre)s AND cloture IS NULL AND cle = ANY (ARRAY(
       SELECT cle FROM sages.chantiers WHERE dossier = %(dossier)s AND genre = %(genre)s AND NOT present))
"""
FICHES_SORTIES = """
SELECT cle, contenu, dates FROM sages.chantiers
 WHERE dossier = %(dossier)s AND genre = %(genre)s AND NOT present AND cle = ANY (%(cles)s::text[]) ORDER BY cle
"""
LIES = "SELECT projet_id, code FROM sages.liens WHERE dossier = %s AND genre = %s"

DELIE = """
DELETE FROM sages.liens
 WHERE dossier = %(dossier)s AND genre = %(genre)s AND cle <> ALL (%(cles)s::text[])
   AND (projet_id = ANY (%(projets)s::bigint[]) OR cle = ANY (%(touchees)s::text[]))
"""

LIE = """
INSERT INTO sages.liens AS l (dossier, genre, cle, code, projet_id, base, vues, cloture, longitude, latitude)
SELECT %(dossier)s, %(genre)s, a.*
  FROM jsonb_to_recordset(%(liens)s) AS a (cle text, code text, projet_id bigint, base jsonb, vues jsonb, cloture text,
                                           longitude float8, latitude float8)
ON CONFLICT (dossier, genre, cle) DO UPDATE
   SET code = EXCLUDED.code, projet_id = EXCLUDED.projet_id, base = EXCLUDED.base, vues = EXCLUDED.vues,
       cloture = EXCLUDED.cloture, longitude = EXCLUDED.longitude, latitude = EXCLUDED.latitude, change_le = now()
 WHERE (l.code, l.projet_id, l.base, l.vues, l.cloture, l.longitude, l.latitude)
       IS DISTINCT FROM (EXCLUDED.code, EXCLUDED.projet_id, EXCLUDED.base, EXCLUDED.vues, EXCLUDED.cloture,
                         EXCLUDED.longitude, EXCLUDED.latitude)
"""

LigneFiche = tuple[str, Any, Any]
LigneLien = tuple[str, int, Any, Any, str | None, float | None, float | None]


class DepotChantiers:
    """The sites and devis of one dossier."""

    def __init__(self, connexions: Connexions, dossier: str) -> None:
        self._connexions = connexions
        self._dossier = dossier

    def store_chantiers(
        self, chantiers: Iterable[Chantier], run: str, genre: Genre = Genre.CHANTIER, lu_le: datetime | None = None
    ) -> ComptesStockage:
        """Upsert the selection by code, in one transaction; a site that is no longer in it is marked, not deleted."""
        arrives = {propre(normalise_code(c.code)): c for c in chantiers}
        contenus = [json_du_chantier(c) for c in arrives.values()]
        parametres = {
            "dossier": self._dossier,
            "genre": genre.value,
            "run": run,
            "lu_le": lu_le or datetime.now(UTC),
            "cles": list(arrives),
            "contenus": [Jsonb(contenu) for contenu in contenus],
            "empreintes": [empreinte(contenu) for contenu in contenus],
            "depuis": [c.modifie_le and c.modifie_le.depuis for c in arrives.values()],
            "jusque": [c.modifie_le and c.modifie_le.le for c in arrives.values()],
            "hors_fiche": list(HORS_FICHE[genre]),
        }
        with self._connexions.transaction() as connexion:
            ligne = connexion.execute(STOCKE, parametres).fetchone()
            connexion.execute(LU, parametres)
        nouveaux, modifies, sortis = cast("tuple[int, int, int]", ligne)
        return ComptesStockage(nouveaux, modifies, sortis, len(contenus) - nouveaux - modifies)

    def list_chantiers(self, genre: Genre = Genre.CHANTIER) -> list[ChantierSuivi]:
        """The sites of the selection, by code."""
        cle = (self._dossier, genre.value)
        with self._connexions.transaction() as connexion:
            fiches = connexion.execute(FICHES, cle).fetchall()
            liens = connexion.execute(LIENS, cle).fetchall()
            decisions = decisions_en_attente(connexion, self._dossier, genre)
        return _suivis(fiches, liens, decisions, present=True)

    def list_sortis(self, genre: Genre = Genre.CHANTIER) -> list[ChantierSuivi]:
        """The sites that left the selection and whose project we have not closed, by code."""
        parametres: dict[str, object] = {"dossier": self._dossier, "genre": genre.value}
        with self._connexions.transaction() as connexion:
            liens = connexion.execute(LIENS_SORTIS, parametres).fetchall()
            cles = [lien[0] for lien in liens]
            fiches = connexion.execute(FICHES_SORTIES, {**parametres, "cles": cles}).fetchall() if cles else []
        return _suivis(fiches, liens, {}, present=False)

    def list_projets_lies(self, genre: Genre) -> dict[int, str]:
        """Every project linked to a record of that kind > the record's code."""
        with self._connexions.transaction() as connexion:
            lignes = connexion.execute(LIES, (self._dossier, genre.value)).fetchall()
        return dict(cast("list[tuple[int, str]]", lignes))

    def read_lecture_projets(self, genre: Genre = Genre.CHANTIER) -> datetime | None:
        """When BatiSimply's projects were last read by a push that went to its end."""
        with self._connexions.transaction() as connexion:
            ligne = connexion.execute(LECTURE_PROJETS, (self._dossier, genre.value)).fetchone()
        return cast("datetime | None", ligne[0]) if ligne else None

    def note_lecture_projets(self, le: datetime, genre: Genre = Genre.CHANTIER) -> None:
        """Such a push began then."""
        with self._connexions.transaction() as connexion:
            connexion.execute(PROJETS_LUS, (self._dossier, genre.value, le))

    def save_liens(self, liens: Sequence[Lien], genre: Genre = Genre.CHANTIER) -> None:
        """Note links and agreements, in one transaction. A project linked to another site leaves that one."""
        gardes = derniers_liens(liens)
        if not gardes:
            return
        parametres = {
            "dossier": self._dossier,
            "genre": genre.value,
            "cles": list(gardes),
            "touchees": [propre(normalise_code(lien.code)) for lien in liens],
            "projets": [lien.projet_id for lien in gardes.values()],
            # One document: psycopg looks at every character of every element of an array.
            "liens": Jsonb([_json_du_lien(cle, lien) for cle, lien in gardes.items()]),
        }
        with self._connexions.transaction() as connexion:
            connexion.execute(DELIE, parametres)
            connexion.execute(LIE, parametres)


def _json_du_lien(cle: str, lien: Lien) -> dict[str, object]:
    return {
        "cle": cle,
        "code": propre(lien.code),
        "projet_id": lien.projet_id,
        "base": json_de_base(lien.base),
        "vues": json_des_vues(lien.vues),
        "cloture": lien.cloture and lien.cloture.value,
        "longitude": lien.position and lien.position.longitude,
        "latitude": lien.position and lien.position.latitude,
    }


def _suivis(
    fiches: Sequence[tuple[object, ...]],
    liens: Sequence[tuple[object, ...]],
    decisions: Mapping[str, Mapping[str, Decision]],
    *,
    present: bool,
) -> list[ChantierSuivi]:
    par_cle = {lien[0]: lien for lien in cast("Sequence[LigneLien]", liens)}
    return [
        _suivi(fiche, par_cle.get(fiche[0]), decisions.get(fiche[0], {}), present=present)
        for fiche in cast("Sequence[LigneFiche]", fiches)
    ]


def _suivi(
    fiche: LigneFiche, lien: LigneLien | None, decisions: Mapping[str, Decision], *, present: bool
) -> ChantierSuivi:
    _, contenu, dates = fiche
    chantier, quand = chantier_du_json(contenu), dates_du_json(dates) if dates else {}
    if lien is None:
        return ChantierSuivi(chantier, None, None, dates=quand, decisions=decisions, present=present)
    _, projet_id, base, vues, cloture, longitude, latitude = lien
    return ChantierSuivi(
        chantier,
        projet_id,
        base_du_json(base),
        vues_du_json(vues) if vues else {},
        None if cloture is None else Cloture(cloture),
        None if longitude is None or latitude is None else Position(longitude, latitude),
        quand,
        decisions,
        present,
    )


def derniers_liens(liens: Sequence[Lien]) -> dict[str, Lien]:
    """Compared code > link, as if they were noted one after the other: one per site, one per project."""
    par_cle: dict[str, Lien] = {}
    par_projet: dict[int, str] = {}
    for lien in liens:
        cle = propre(normalise_code(lien.code))
        ancien = par_cle.pop(cle, None)
        if ancien is not None:
            del par_projet[ancien.projet_id]
        delogee = par_projet.pop(lien.projet_id, None)
        if delogee is not None:
            del par_cle[delogee]
        par_cle[cle] = lien
        par_projet[lien.projet_id] = cle
    return par_cle
