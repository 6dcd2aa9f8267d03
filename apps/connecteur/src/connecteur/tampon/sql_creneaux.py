"""What is asked of PostgreSQL about slots."""

from psycopg.sql import SQL

COLONNES = SQL(
    "debut, fin, utilisateur, nom_utilisateur, projet_id, code_projet, statut, minutes, trajet, panier,"
    " plus, code_chantier, code_salarie, motif, detail"
)
PREPARE = """
CREATE TEMP TABLE IF NOT EXISTS arrivee (
    id text COLLATE "C", debut timestamptz, fin timestamptz, utilisateur text, nom_utilisateur text,
    projet_id bigint, code_projet text, statut text, minutes bigint, trajet boolean, panier boolean,
    plus text, code_chantier text, code_salarie text, motif text, detail text, debut_local timestamp,
    modifie_le timestamptz
) ON COMMIT DELETE ROWS
"""
COPIE = SQL("COPY pg_temp.arrivee (id, {colonnes}, debut_local, modifie_le) FROM STDIN").format(colonnes=COLONNES)
COPIE_DIRECTE = SQL("COPY sages.creneaux (id, {colonnes}, debut_local, modifie_le, dossier, run) FROM STDIN").format(
    colonnes=COLONNES
)
JOURS_CONNUS = """
SELECT EXISTS (SELECT FROM sages.creneaux c
                WHERE c.dossier = %(dossier)s AND c.present AND c.debut_local >= %(debut)s AND c.debut_local < %(fin)s)
"""

CONNUES = SQL(
    "c.debut, c.fin, c.utilisateur, c.nom_utilisateur, c.projet_id, c.code_projet, c.statut, c.minutes, c.trajet,"
    " c.panier, c.plus, c.code_chantier, c.code_salarie, c.motif, c.detail"
)
ARRIVEES = SQL(
    "a.debut, a.fin, a.utilisateur, a.nom_utilisateur, a.projet_id, a.code_projet, a.statut, a.minutes, a.trajet,"
    " a.panier, a.plus, a.code_chantier, a.code_salarie, a.motif, a.detail"
)

# What a line is made from, and what that comes from in BatiSimply.
COMPTE = ("debut", "statut", "minutes", "trajet", "panier", "plus", "code_chantier", "code_salarie", "motif")
RESOLU = ("code_chantier", "code_salarie", "motif")
DE_QUI = ("utilisateur", "projet_id", "code_projet")
DIT = (*COMPTE[:6], *DE_QUI)


def _change(*colonnes: str) -> SQL:
    """Whether the slot as it arrived says another thing there."""
    connue, arrivee = (", ".join(f"{table}.{colonne}" for colonne in colonnes) for table in ("c", "a"))
    return SQL(f"(({connue}) IS DISTINCT FROM ({arrivee}))")


LECTURE = """
INSERT INTO sages.lectures_creneaux (dossier, debut) VALUES (%s, clock_timestamp() - %s::interval)
ON CONFLICT (dossier) DO UPDATE SET debut = EXCLUDED.debut
"""
SUIT = """
SELECT EXISTS (SELECT FROM sages.lectures_creneaux l JOIN sages.runs r ON r.dossier = l.dossier
                WHERE l.dossier = %s AND r.id = %s AND r.declencheur = %s
                  AND l.debut < r.debut AND l.debut > now() - %s::interval)
"""
LU_AVANT = SQL("(SELECT debut FROM sages.lectures_creneaux WHERE dossier = %(dossier)s)")

# A change is dated by BatiSimply when it is one of what BatiSimply says, and the date moved with it: a slot that goes
# elsewhere because somebody mapped its user bears an old date.
MODIFIE = SQL("""
WITH changes AS MATERIALIZED (
    SELECT c.id, c.present, c.debut_local, c.change_le, c.run, {connues}, NOT c.present OR {compte} AS compte,
           c.present AND {dit} AND ({de_qui} OR NOT {resolu})
           AND a.modifie_le > greatest(coalesce(c.compte_le, c.change_le) - interval '1 minute',
                                       c.modifie_le + interval '3 seconds') AS datee
      FROM pg_temp.arrivee a JOIN sages.creneaux c ON c.dossier = %(dossier)s AND c.id = a.id
     WHERE NOT c.present OR ({connues}) IS DISTINCT FROM ({arrivees})
), maj AS (
    UPDATE sages.creneaux c
       SET ({colonnes}) = ROW ({arrivees}), debut_local = a.debut_local, present = true, disparu_le = NULL,
           change_le = now(), run = %(run)s,
           compte_le = CASE WHEN NOT x.compte THEN coalesce(c.compte_le, c.change_le) END,
           intact_le = CASE WHEN x.compte THEN {lu_avant} ELSE c.intact_le END,
           modifie_le = CASE WHEN NOT x.compte THEN c.modifie_le WHEN x.datee THEN a.modifie_le END
      FROM pg_temp.arrivee a JOIN changes x USING (id)
     WHERE c.dossier = %(dossier)s AND c.id = a.id
), versions AS (
    INSERT INTO sages.creneaux_histoire (dossier, id, evenement, run, depuis, depuis_run, {colonnes})
    SELECT %(dossier)s, id, CASE WHEN present THEN 'modifié' ELSE 'revenu' END, %(run)s, change_le, run, {colonnes}
      FROM changes
)
SELECT count(*), array_agg(DISTINCT x.debut_local::date)
                 FILTER (WHERE x.present AND (x.debut_local < %(debut)s OR x.debut_local >= %(fin)s))
  FROM changes x
""").format(
    colonnes=COLONNES,
    connues=CONNUES,
    arrivees=ARRIVEES,
    compte=_change(*COMPTE),
    dit=_change(*DIT),
    de_qui=_change(*DE_QUI),
    resolu=_change(*RESOLU),
    lu_avant=LU_AVANT,
)

AJOUTE = SQL("""
INSERT INTO sages.creneaux (dossier, id, {colonnes}, debut_local, run, modifie_le, intact_le)
SELECT %(dossier)s, a.id, {arrivees}, a.debut_local, %(run)s, a.modifie_le, {lu_avant}
  FROM pg_temp.arrivee a
 WHERE NOT EXISTS (SELECT FROM sages.creneaux c WHERE c.dossier = %(dossier)s AND c.id = a.id)
""").format(colonnes=COLONNES, arrivees=ARRIVEES, lu_avant=LU_AVANT)

SORT = SQL("""
WITH sortis AS MATERIALIZED (
    SELECT c.id, c.change_le, c.run, {connues} FROM sages.creneaux c
     WHERE c.dossier = %(dossier)s AND c.present AND c.debut_local >= %(debut)s AND c.debut_local < %(fin)s
       AND c.id <> ALL (%(illisibles)s::text[])
       AND NOT EXISTS (SELECT FROM pg_temp.arrivee a WHERE a.id = c.id)
), versions AS (
    INSERT INTO sages.creneaux_histoire (dossier, id, evenement, run, depuis, depuis_run, {colonnes})
    SELECT %(dossier)s, id, 'disparu', %(run)s, change_le, run, {colonnes} FROM sortis
)
UPDATE sages.creneaux c
   SET present = false, disparu_le = now(), change_le = now(), run = %(run)s, compte_le = NULL, modifie_le = NULL,
       intact_le = {lu_avant}
  FROM sortis s WHERE c.dossier = %(dossier)s AND c.id = s.id
""").format(colonnes=COLONNES, connues=CONNUES, lu_avant=LU_AVANT)

# A slice that was cut otherwise (another setting) would bring back digests of days that have changed since.
OUBLIE_CHEVAUCHEMENTS = """
DELETE FROM sages.tranches
 WHERE dossier = %(dossier)s AND debut < %(fin)s AND fin > %(debut)s AND debut <> %(debut)s
"""

TRANCHE_LUE = """
INSERT INTO sages.tranches AS t (dossier, debut, fin, empreinte_creneaux, empreinte_annuaire, lue_le)
VALUES (%(dossier)s, %(debut)s, %(fin)s, %(empreinte)s, %(empreinte_annuaire)s, now())
ON CONFLICT (dossier, debut) DO UPDATE
   SET fin = EXCLUDED.fin, empreinte_creneaux = EXCLUDED.empreinte_creneaux,
       empreinte_annuaire = EXCLUDED.empreinte_annuaire, lue_le = EXCLUDED.lue_le,
       empreinte_suivi = CASE WHEN t.fin = EXCLUDED.fin AND NOT %(change)s THEN t.empreinte_suivi END
"""

# The slice a slot left must be read again, too: if the slot comes back, its answer is the one we know already.
TRANCHES_QUITTEES = """
UPDATE sages.tranches t SET empreinte_creneaux = NULL, empreinte_suivi = NULL
 WHERE t.dossier = %(dossier)s AND t.debut <> %(debut)s
   AND EXISTS (SELECT FROM unnest(%(jours)s::date[]) AS j (jour) WHERE j.jour >= t.debut AND j.jour < t.fin)
"""

RESOUT_LUS = SQL("""
UPDATE sages.rejets r SET resolu_le = now(), dernier_run = %(run)s
 WHERE r.dossier = %(dossier)s AND r.objet = 'creneau' AND r.resolu_le IS NULL
   AND NOT EXISTS (SELECT FROM unnest(%(cles)s::text[]) AS v (cle) WHERE v.cle = r.cle)
   AND ({lus}
        OR (r.jour >= %(debut)s AND r.jour < %(fin)s AND (%(entiere)s OR r.motif = %(illisible)s)))
""")
# The staged slots have no index: gathered once, not looked through for every open rejet.
LUS_A_PART = SQL("r.cle IN (SELECT a.id FROM pg_temp.arrivee a)")
LUS_EN_PLACE = SQL(
    "EXISTS (SELECT FROM sages.creneaux c WHERE c.dossier = %(dossier)s AND c.id = r.cle AND c.present"
    " AND c.debut_local >= %(debut)s AND c.debut_local < %(fin)s)"
)

LISTE = SQL("""
SELECT id, {colonnes} FROM sages.creneaux
 WHERE dossier = %s AND present AND debut_local >= %s AND debut_local < %s ORDER BY debut, id
""").format(colonnes=COLONNES)

# In no order: what is made of them is sorted anyway.
RESOLUS = """
SELECT id, debut, minutes, trajet, panier, code_chantier, code_salarie, plus FROM sages.creneaux
 WHERE dossier = %s AND present AND debut_local >= %s AND debut_local < %s AND statut = %s
   AND motif IS NULL AND code_chantier <> '' AND code_salarie <> ''
"""

PAR_IDS = SQL("SELECT id, {colonnes} FROM sages.creneaux WHERE dossier = %s AND id = ANY (%s)").format(
    colonnes=COLONNES
)

INEXPLIQUES = """
SELECT c.id FROM sages.creneaux c
 WHERE c.dossier = %s AND c.present AND c.debut_local >= %s AND c.debut_local < %s AND c.statut = %s
   AND c.code_chantier IS NULL
   AND NOT EXISTS (SELECT FROM sages.rejets r WHERE r.dossier = c.dossier AND r.objet = 'creneau' AND r.cle = c.id
                      AND r.resolu_le IS NULL)
 ORDER BY c.id
"""
