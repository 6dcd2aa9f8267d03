"""The sites of the selection, and their links to BatiSimply's projects."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

from psycopg.types.json import Jsonb

from connecteur.domain.chantier import Chantier
from connecteur.domain.heure import normalise_code
from connecteur.sync.ports import ChantierSuivi, ComptesStockage, Lien
from connecteur.tampon.connexion import Connexions
from connecteur.tampon.contenu import base_du_json, chantier_du_json, empreinte, json_de_base, json_du_chantier
from connecteur.tampon.textes import propre

# Unchanged rows are not touched: neither rewritten nor locked.
STOCKE = """
WITH arrivee AS MATERIALIZED (
    SELECT * FROM unnest(%(cles)s::text[], %(contenus)s::jsonb[], %(empreintes)s::text[]) AS a (cle, contenu, empreinte)
), modifies AS (
    UPDATE sages.chantiers c
       SET contenu = a.contenu, empreinte = a.empreinte, present = true, sorti_le = NULL, change_le = now(),
           run = %(run)s
      FROM arrivee a
     WHERE c.dossier = %(dossier)s AND c.cle = a.cle AND (c.empreinte <> a.empreinte OR NOT c.present)
    RETURNING 1
), nouveaux AS (
    INSERT INTO sages.chantiers (dossier, cle, contenu, empreinte, run)
    SELECT %(dossier)s, a.cle, a.contenu, a.empreinte, %(run)s FROM arrivee a
     WHERE NOT EXISTS (SELECT FROM sages.chantiers c WHERE c.dossier = %(dossier)s AND c.cle = a.cle)
    RETURNING 1
), sortis AS (
    UPDATE sages.chantiers c SET present = false, sorti_le = now(), change_le = now(), run = %(run)s
     WHERE c.dossier = %(dossier)s AND c.present AND NOT EXISTS (SELECT FROM arrivee a WHERE a.cle = c.cle)
    RETURNING 1
)
SELECT (SELECT count(*) FROM nouveaux), (SELECT count(*) FROM modifies), (SELECT count(*) FROM sortis)
"""

LISTE = """
SELECT c.contenu, l.projet_id, l.base
  FROM sages.chantiers c LEFT JOIN sages.liens l USING (dossier, cle)
 WHERE c.dossier = %s AND c.present ORDER BY c.cle
"""

DELIE = """
DELETE FROM sages.liens
 WHERE dossier = %(dossier)s AND cle <> ALL (%(cles)s::text[])
   AND (projet_id = ANY (%(projets)s::bigint[]) OR cle = ANY (%(touchees)s::text[]))
"""

LIE = """
INSERT INTO sages.liens AS l (dossier, cle, code, projet_id, base)
SELECT %(dossier)s, a.* FROM unnest(%(cles)s::text[], %(codes)s::text[], %(projets)s::bigint[], %(bases)s::jsonb[]) AS a
ON CONFLICT (dossier, cle) DO UPDATE
   SET code = EXCLUDED.code, projet_id = EXCLUDED.projet_id, base = EXCLUDED.base, change_le = now()
 WHERE (l.code, l.projet_id, l.base) IS DISTINCT FROM (EXCLUDED.code, EXCLUDED.projet_id, EXCLUDED.base)
"""


class DepotChantiers:
    """The sites of one dossier."""

    def __init__(self, connexions: Connexions, dossier: str) -> None:
        self._connexions = connexions
        self._dossier = dossier

    def store_chantiers(self, chantiers: Iterable[Chantier], run: str) -> ComptesStockage:
        """Upsert the selection by code, in one transaction; a site that is no longer in it is marked, not deleted."""
        contenus = {propre(normalise_code(c.code)): json_du_chantier(c) for c in chantiers}
        parametres = {
            "dossier": self._dossier,
            "run": run,
            "cles": list(contenus),
            "contenus": [Jsonb(contenu) for contenu in contenus.values()],
            "empreintes": [empreinte(contenu) for contenu in contenus.values()],
        }
        with self._connexions.transaction() as connexion:
            ligne = connexion.execute(STOCKE, parametres).fetchone()
        nouveaux, modifies, sortis = cast("tuple[int, int, int]", ligne)
        return ComptesStockage(nouveaux, modifies, sortis, len(contenus) - nouveaux - modifies)

    def list_chantiers(self) -> list[ChantierSuivi]:
        """The sites of the selection, by code."""
        with self._connexions.transaction() as connexion:
            lignes = cast("list[tuple[Any, int | None, Any]]", connexion.execute(LISTE, (self._dossier,)).fetchall())
        return [
            ChantierSuivi(chantier_du_json(contenu), projet_id, None if base is None else base_du_json(base))
            for contenu, projet_id, base in lignes
        ]

    def save_liens(self, liens: Sequence[Lien]) -> None:
        """Note links and agreements, in one transaction. A project linked to another site leaves that one."""
        gardes = derniers_liens(liens)
        if not gardes:
            return
        parametres = {
            "dossier": self._dossier,
            "cles": list(gardes),
            "touchees": [propre(normalise_code(lien.code)) for lien in liens],
            "codes": [propre(lien.code) for lien in gardes.values()],
            "projets": [lien.projet_id for lien in gardes.values()],
            "bases": [Jsonb(json_de_base(lien.base)) for lien in gardes.values()],
        }
        with self._connexions.transaction() as connexion:
            connexion.execute(DELIE, parametres)
            connexion.execute(LIE, parametres)


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
