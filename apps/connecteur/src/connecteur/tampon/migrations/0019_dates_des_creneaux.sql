-- When a slot changed in what a line is made from: seen at `compte_le` (NULL: at `change_le`), not yet so at `intact_le`,
-- and at `modifie_le` where BatiSimply says so; by this machine's clock.

ALTER TABLE sages.creneaux ADD COLUMN compte_le timestamptz;
ALTER TABLE sages.creneaux ADD COLUMN intact_le timestamptz;
ALTER TABLE sages.creneaux ADD COLUMN modifie_le timestamptz;

-- When the last reading of the whole window began.
CREATE TABLE sages.lectures_creneaux (
    dossier  text COLLATE "C" PRIMARY KEY,
    debut    timestamptz NOT NULL
);
