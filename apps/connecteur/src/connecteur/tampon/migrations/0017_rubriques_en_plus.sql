-- Further fields of a slot, as « champ=valeur;… », and the further headings of a line: number and quantity by turns,
-- after {heures, trajet, panier} where quantities stand in one array.

ALTER TABLE sages.creneaux ADD COLUMN plus text;
ALTER TABLE sages.creneaux_histoire ADD COLUMN plus text;
ALTER TABLE sages.lignes ADD COLUMN plus numeric[] NOT NULL DEFAULT '{}' CHECK (cardinality(plus) % 2 = 0);
-- Where it stood before Batigest gave its chantier another code, together with its lines.
ALTER TABLE sages.lignes ADD COLUMN ancien_code text COLLATE "C";
CREATE INDEX lignes_en_plus ON sages.lignes (dossier) WHERE plus <> '{}';

DO $$
DECLARE
    c record;
BEGIN
    FOR c IN SELECT conrelid::regclass AS relation, conname, substring(pg_get_constraintdef(oid) FROM 'cardinality\((\w+)\) = 3') AS colonne
               FROM pg_constraint
              WHERE connamespace = 'sages'::regnamespace AND contype = 'c'
                AND pg_get_constraintdef(oid) ~ 'cardinality\(\w+\) = 3\)'
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.relation, c.conname);
        EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I CHECK (cardinality(%I) >= 3 AND cardinality(%I) %% 2 = 1)',
                       c.relation, c.conname, c.colonne, c.colonne);
    END LOOP;
END
$$;
