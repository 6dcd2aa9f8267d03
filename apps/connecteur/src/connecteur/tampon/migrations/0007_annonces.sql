-- A write is announced as part of a note, one row for as many lines as go to Batigest together; it enters the history
-- when its fate is known, once. (Noting each line in the history beforehand wrote it twice and indexed it six times.)

CREATE TABLE sages.annonces (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dossier  text COLLATE "C" NOT NULL,
    run      text NOT NULL,
    le       timestamptz NOT NULL DEFAULT now(),
    -- The first and the last of its lines.
    debut    timestamp NOT NULL,
    fin      timestamp NOT NULL,
    -- Rows as COPY reads them: debut, code_chantier, code_salarie, geste, avant, apres, base, creneaux, deplace_de.
    actions  text NOT NULL CHECK (actions <> ''),
    CHECK (debut <= fin)
);
-- Read once or twice and deleted: not worth the time to compress it.
ALTER TABLE sages.annonces ALTER COLUMN actions SET STORAGE EXTERNAL;
CREATE INDEX annonces_par_jour ON sages.annonces (dossier, debut);

CREATE FUNCTION pg_temp.champ(valeur text) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(replace(replace(replace(replace(
        valeur, '\', '\\'), E'\t', '\t'), E'\n', '\n'), E'\r', '\r'), '\N')
$$;

INSERT INTO sages.annonces (dossier, run, le, debut, fin, actions)
SELECT dossier, run, le, min(debut), max(debut),
       string_agg(concat_ws(E'\t', debut::text, pg_temp.champ(code_chantier), pg_temp.champ(code_salarie), geste,
                            pg_temp.champ(avant::text), pg_temp.champ(apres::text), pg_temp.champ(base::text),
                            pg_temp.champ(creneaux::text), pg_temp.champ(deplace_de::text)) || E'\n', '' ORDER BY id)
  FROM sages.ecritures WHERE etat = 'prévue' GROUP BY dossier, run, le;

DROP FUNCTION pg_temp.champ(text);

ALTER TABLE sages.ecritures DISABLE TRIGGER USER;
DELETE FROM sages.ecritures WHERE etat = 'prévue';
ALTER TABLE sages.ecritures ENABLE TRIGGER USER;
DROP INDEX sages.ecritures_prevues;
