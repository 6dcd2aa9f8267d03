-- When each flow of a dossier runs by itself; no row: never -------------------------------------------

CREATE TABLE sages.horaires (
    dossier      text COLLATE "C" NOT NULL,
    flux         text NOT NULL CHECK (flux IN ('chantiers', 'heures')),
    horaire      jsonb NOT NULL CHECK (jsonb_typeof(horaire) = 'object'),
    dernier      timestamptz NOT NULL,
    modifie_le   timestamptz NOT NULL DEFAULT now(),
    modifie_par  text NOT NULL,
    PRIMARY KEY (dossier, flux)
);

CREATE INDEX runs_par_flux ON sages.runs (dossier, flux, debut DESC);
