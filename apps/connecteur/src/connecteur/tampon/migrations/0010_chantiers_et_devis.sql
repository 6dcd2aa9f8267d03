-- What becomes a project is a site or, in mode devis, an accepted devis. Both kinds keep their records and their
-- links side by side: the mode can change, and change back, without anything being forgotten.

ALTER TABLE sages.chantiers
    ADD COLUMN genre text COLLATE "C" NOT NULL DEFAULT 'chantier' CHECK (genre IN ('chantier', 'devis')),
    -- Field of `contenu` > [earliest, latest] instant at which its value came there; missing: its first value stands.
    ADD COLUMN dates jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(dates) = 'object'),
    -- What Batigest said of its last modification when its contents last changed.
    ADD COLUMN modifie_le timestamptz,
    DROP CONSTRAINT chantiers_pkey,
    ADD PRIMARY KEY (dossier, genre, cle);

ALTER TABLE sages.liens
    ADD COLUMN genre text COLLATE "C" NOT NULL DEFAULT 'chantier' CHECK (genre IN ('chantier', 'devis')),
    ADD COLUMN vues jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(vues) = 'object'),
    ADD COLUMN cloture text CHECK (cloture IN ('terminé', 'archivé')),
    ADD COLUMN longitude double precision,
    ADD COLUMN latitude double precision,
    ADD CHECK ((longitude IS NULL) = (latitude IS NULL)),
    DROP CONSTRAINT liens_pkey,
    ADD PRIMARY KEY (dossier, genre, cle);

-- When each side was last read to its end: a change first seen today happened since then.
CREATE TABLE sages.lectures_chantiers (
    dossier      text COLLATE "C" NOT NULL,
    genre        text COLLATE "C" NOT NULL CHECK (genre IN ('chantier', 'devis')),
    batigest_le  timestamptz,
    projets_le   timestamptz,
    PRIMARY KEY (dossier, genre)
);

-- Conflicts and divergences: a history. A row's values never change; it is open until `resolu_le`.

ALTER TABLE sages.conflits_chantiers
    ADD COLUMN genre text COLLATE "C" NOT NULL DEFAULT 'chantier' CHECK (genre IN ('chantier', 'devis')),
    ADD COLUMN libelle text NOT NULL DEFAULT '',
    ADD COLUMN date_batigest timestamptz,
    ADD COLUMN date_batisimply timestamptz,
    ADD COLUMN gagnant text CHECK (gagnant IN ('Batigest', 'BatiSimply')),
    ADD COLUMN raison text NOT NULL DEFAULT '',
    ADD COLUMN decision text CHECK (decision IN ('Batigest', 'BatiSimply')),
    ADD COLUMN decide_par text,
    ADD COLUMN decide_le timestamptz,
    -- Carried out, or overtaken by a value that moved.
    ADD COLUMN decision_suite text CHECK (decision_suite IN ('appliquée', 'dépassée')),
    ADD CHECK ((decision IS NULL) = (decide_par IS NULL)),
    ADD CHECK (decision_suite IS NULL OR decision IS NOT NULL);

DROP INDEX sages.conflits_ouverts;
CREATE UNIQUE INDEX conflits_ouverts ON sages.conflits_chantiers (dossier, genre, cle, champ) WHERE resolu_le IS NULL;
CREATE INDEX conflits_decides ON sages.conflits_chantiers (dossier, genre)
    WHERE decision IS NOT NULL AND decision_suite IS NULL;
CREATE INDEX conflits_par_champ ON sages.conflits_chantiers (dossier, genre, cle, champ, id);

CREATE FUNCTION sages.refuse_autre_histoire() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'sages.% is an append-only history', TG_TABLE_NAME;
END
$$;
CREATE TRIGGER conflits_non_effaces BEFORE DELETE OR TRUNCATE ON sages.conflits_chantiers
    FOR EACH STATEMENT EXECUTE FUNCTION sages.refuse_autre_histoire();
CREATE TRIGGER conflits_non_reecrits
    BEFORE UPDATE OF dossier, genre, cle, code, champ, nature, base, notre, leur, ouvert_le ON sages.conflits_chantiers
    FOR EACH STATEMENT EXECUTE FUNCTION sages.refuse_autre_histoire();

-- A closing of many projects that waits for a person.
CREATE TABLE sages.gardes_chantiers (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dossier       text COLLATE "C" NOT NULL,
    genre         text COLLATE "C" NOT NULL CHECK (genre IN ('chantier', 'devis')),
    codes         text[] NOT NULL CHECK (cardinality(codes) > 0),
    restent       integer NOT NULL,
    demandee_le   timestamptz NOT NULL DEFAULT now(),
    run           text NOT NULL,
    confirmee_le  timestamptz,
    confirmee_par text,
    finie_le      timestamptz,
    CHECK ((confirmee_le IS NULL) = (confirmee_par IS NULL))
);
CREATE UNIQUE INDEX gardes_chantiers_ouvertes ON sages.gardes_chantiers (dossier, genre) WHERE finie_le IS NULL;

-- What the address service said: no position, it is not sure.
CREATE TABLE sages.positions (
    dossier      text COLLATE "C" NOT NULL,
    rue          text COLLATE "C" NOT NULL,
    code_postal  text COLLATE "C" NOT NULL,
    ville        text COLLATE "C" NOT NULL,
    longitude    double precision,
    latitude     double precision,
    demandee_le  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (dossier, rue, code_postal, ville),
    CHECK ((longitude IS NULL) = (latitude IS NULL))
);
