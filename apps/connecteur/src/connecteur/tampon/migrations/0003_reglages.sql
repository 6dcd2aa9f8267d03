-- Settings the office changes at run time, laid over those of the file -------------------------------

CREATE TABLE sages.reglages (
    dossier      text COLLATE "C" NOT NULL,
    cle          text COLLATE "C" NOT NULL CHECK (cle <> ''),
    valeur       jsonb NOT NULL,
    modifie_le   timestamptz NOT NULL DEFAULT now(),
    modifie_par  text NOT NULL,
    PRIMARY KEY (dossier, cle)
);

-- The sets of settings that runs were carried out with: « which settings made this line » goes line > run > set.

CREATE TABLE sages.jeux_reglages (
    dossier    text COLLATE "C" NOT NULL,
    empreinte  text COLLATE "C" NOT NULL,
    valeurs    jsonb NOT NULL CHECK (jsonb_typeof(valeurs) = 'object'),
    depuis     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (dossier, empreinte)
);

ALTER TABLE sages.runs ADD COLUMN jeu_reglages text COLLATE "C";
