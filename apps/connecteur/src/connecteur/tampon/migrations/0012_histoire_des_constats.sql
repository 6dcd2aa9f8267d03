-- A standing finding (a line taken over by hand, a conflict) disappears when it is settled: what was seen, by which
-- run, stays in the audit trail. Whole statements are noted at once: a first import may find thousands.

CREATE FUNCTION sages.cle_de_ligne(code_chantier text, code_salarie text, debut timestamp) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT code_chantier || '/' || code_salarie || '/' || to_char(debut, 'YYYY-MM-DD"T"HH24:MI')
$$;

CREATE FUNCTION sages.note_constats() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO sages.audit (dossier, qui, geste, objet, cle, run, detail, apres)
        SELECT n.dossier, 'run ' || n.run, 'constater', 'ligne',
               sages.cle_de_ligne(n.code_chantier, n.code_salarie, n.debut), n.run,
               jsonb_build_object('constat', n.geste, 'motif', n.motif),
               jsonb_build_object('batigest', n.avant, 'creneaux', n.apres, 'ecrit', n.base)
          FROM nouveaux n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO sages.audit (dossier, qui, geste, objet, cle, run, detail, avant, apres)
        SELECT n.dossier, 'run ' || n.run, 'constater', 'ligne',
               sages.cle_de_ligne(n.code_chantier, n.code_salarie, n.debut), n.run,
               jsonb_build_object('constat', n.geste, 'motif', n.motif),
               jsonb_build_object('batigest', a.avant, 'creneaux', a.apres, 'ecrit', a.base),
               jsonb_build_object('batigest', n.avant, 'creneaux', n.apres, 'ecrit', n.base)
          FROM nouveaux n JOIN anciens a USING (dossier, debut, code_chantier, code_salarie)
         WHERE (n.geste, n.motif, n.avant, n.apres, n.base)
               IS DISTINCT FROM (a.geste, a.motif, a.avant, a.apres, a.base);
    ELSE
        INSERT INTO sages.audit (dossier, qui, geste, objet, cle, detail, avant)
        SELECT a.dossier, 'connecteur', 'lever', 'ligne',
               sages.cle_de_ligne(a.code_chantier, a.code_salarie, a.debut),
               jsonb_build_object('constat', a.geste, 'motif', a.motif),
               jsonb_build_object('batigest', a.avant, 'creneaux', a.apres, 'ecrit', a.base)
          FROM anciens a;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER constats_notes AFTER INSERT ON sages.constats REFERENCING NEW TABLE AS nouveaux
    FOR EACH STATEMENT EXECUTE FUNCTION sages.note_constats();
CREATE TRIGGER constats_changes_notes AFTER UPDATE ON sages.constats
    REFERENCING OLD TABLE AS anciens NEW TABLE AS nouveaux
    FOR EACH STATEMENT EXECUTE FUNCTION sages.note_constats();
CREATE TRIGGER constats_leves_notes AFTER DELETE ON sages.constats REFERENCING OLD TABLE AS anciens
    FOR EACH STATEMENT EXECUTE FUNCTION sages.note_constats();
