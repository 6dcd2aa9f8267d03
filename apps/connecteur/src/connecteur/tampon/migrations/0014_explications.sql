-- What explaining an hour looks up, on tables that grow for years. Partial: a first import pays for none of them.

CREATE INDEX ecritures_deplacees ON sages.ecritures (dossier, (deplace_de ->> 0), (deplace_de ->> 1))
    WHERE deplace_de IS NOT NULL;
CREATE INDEX creneaux_disparus ON sages.creneaux (dossier, debut_local) WHERE NOT present;
CREATE INDEX creneaux_histoire_par_jour ON sages.creneaux_histoire (dossier, debut) WHERE code_chantier IS NOT NULL;

-- When the histories of a dossier were last looked through for what is too old: once a day is enough.
CREATE TABLE sages.purges (
    dossier  text COLLATE "C" PRIMARY KEY,
    le       timestamptz NOT NULL DEFAULT now()
);
