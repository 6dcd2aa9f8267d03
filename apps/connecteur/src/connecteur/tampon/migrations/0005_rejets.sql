-- A rejet keeps the record itself, and what a person decided about it.

ALTER TABLE sages.rejets
    ADD COLUMN contenu        jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(contenu) = 'object'),
    -- Of the reason and the whole record; '' before this migration, until the next attempt.
    ADD COLUMN empreinte      text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN ignore_le      timestamptz,
    ADD COLUMN ignore_par     text,
    ADD COLUMN ignore_raison  text,
    ADD COLUMN renvoye_le     timestamptz,
    ADD COLUMN renvoye_par    text,
    ADD COLUMN reouvertures   integer NOT NULL DEFAULT 0,
    ADD CONSTRAINT rejets_ignore_entier
        CHECK ((ignore_le IS NULL) = (ignore_par IS NULL) AND (ignore_le IS NULL) = (ignore_raison IS NULL)),
    ADD CONSTRAINT rejets_renvoye_entier CHECK ((renvoye_le IS NULL) = (renvoye_par IS NULL));

CREATE INDEX rejets_recents ON sages.rejets (dossier, id DESC);
