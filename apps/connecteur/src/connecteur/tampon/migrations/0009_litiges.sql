-- Who is right about a line, what waits for somebody's confirmation, and how far back a first import goes.

-- Of a write on a line that both sides disputed: {"motif", "gagnant", "raison"}; NULL for any other.
ALTER TABLE sages.ecritures ADD COLUMN reglement jsonb CHECK (jsonb_typeof(reglement) = 'object');
ALTER TABLE sages.ecritures DROP CONSTRAINT ecritures_geste_check;
ALTER TABLE sages.ecritures ADD CONSTRAINT ecritures_geste_check
    CHECK (geste IN ('insérer', 'corriger', 'retirer', 'vider', 'rendre', 'adopter', 'oublier'));
ALTER TABLE sages.ecritures DROP CONSTRAINT ecritures_check1;
ALTER TABLE sages.ecritures ADD CONSTRAINT ecritures_prevues_ecrivent
    CHECK (etat <> 'prévue' OR geste IN ('insérer', 'corriger', 'retirer', 'vider', 'rendre'));
-- Rows of open notes have one column more, at their end.
UPDATE sages.annonces SET actions = replace(actions, E'\n', E'\t\\N\n');
CREATE TRIGGER ecritures_reglement_non_reecrit BEFORE UPDATE OF reglement
    ON sages.ecritures FOR EACH STATEMENT EXECUTE FUNCTION sages.refuse_reecriture();
-- What a person may want to undo.
CREATE INDEX ecritures_reglees ON sages.ecritures (dossier, id DESC) WHERE reglement IS NOT NULL;

ALTER TABLE sages.constats DROP CONSTRAINT constats_geste_check;
ALTER TABLE sages.constats ADD CONSTRAINT constats_geste_check
    CHECK (geste IN ('conflit', 'reprise', 'période close'));
ALTER TABLE sages.constats
    ADD COLUMN gagnant text CHECK (gagnant IN ('Batigest', 'BatiSimply')),
    ADD COLUMN raison text NOT NULL DEFAULT '',
    -- The line as it is now was first seen at `ligne_vue_le`, and was not so yet at `intacte_le` (NULL: unknown).
    ADD COLUMN intacte_le timestamptz,
    ADD COLUMN ligne_vue_le timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN ligne_modifiee_le timestamptz,
    ADD COLUMN creneaux_le timestamptz;

-- One decision stands per line; those that were carried out or replaced are its history.
CREATE TABLE sages.decisions_lignes (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dossier        text COLLATE "C" NOT NULL,
    debut          timestamp NOT NULL,
    code_chantier  text COLLATE "C" NOT NULL,
    code_salarie   text COLLATE "C" NOT NULL,
    choix          text NOT NULL CHECK (choix IN ('Batigest', 'BatiSimply')),
    voulue         numeric[] CHECK (cardinality(voulue) = 3),
    vue            numeric[] CHECK (cardinality(vue) = 3),
    -- While an undone write is still to be taken back: what to put there, and what we owned before it.
    a_rendre       boolean NOT NULL DEFAULT false,
    rendu_avant    numeric[] CHECK (cardinality(rendu_avant) = 3),
    rendu_base     numeric[] CHECK (cardinality(rendu_base) = 3),
    origine        text NOT NULL CHECK (origine IN ('personne', 'annulation', 'politique')),
    raison         text NOT NULL DEFAULT '',
    qui            text NOT NULL CHECK (qui <> ''),
    le             timestamptz NOT NULL DEFAULT now(),
    finie_le       timestamptz
);
CREATE UNIQUE INDEX decisions_en_vigueur ON sages.decisions_lignes (dossier, debut, code_chantier, code_salarie)
    WHERE finie_le IS NULL;

-- What the guard holds back. `cles` are digests of each change shown: a confirmation is for these and no others.
CREATE TABLE sages.gardes (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dossier        text COLLATE "C" NOT NULL,
    cles           bigint[] NOT NULL,
    possedees      bigint NOT NULL,
    heures_avant   numeric NOT NULL,
    heures_apres   numeric NOT NULL,
    debut          date NOT NULL,
    fin            date NOT NULL,
    run            text NOT NULL,
    ouverte_le     timestamptz NOT NULL DEFAULT now(),
    confirmee_le   timestamptz,
    confirmee_par  text,
    fermee_le      timestamptz,
    CHECK ((confirmee_le IS NULL) = (confirmee_par IS NULL))
);
CREATE UNIQUE INDEX gardes_ouvertes ON sages.gardes (dossier) WHERE fermee_le IS NULL;

CREATE TABLE sages.imports (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dossier      text COLLATE "C" NOT NULL,
    depuis       date NOT NULL,
    demande_par  text NOT NULL CHECK (demande_par <> ''),
    demande_le   timestamptz NOT NULL DEFAULT now(),
    fini_le      timestamptz,
    run          text,
    CHECK ((fini_le IS NULL) = (run IS NULL))
);
CREATE UNIQUE INDEX imports_ouverts ON sages.imports (dossier) WHERE fini_le IS NULL;
