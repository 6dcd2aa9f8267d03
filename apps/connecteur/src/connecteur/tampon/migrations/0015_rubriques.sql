-- Which headings of SuiviMO the lines were written in, and since when: a line is in those in force when it was written.

CREATE TABLE sages.rubriques (
    dossier  text COLLATE "C" NOT NULL,
    depuis   timestamptz NOT NULL,
    heures   text NOT NULL,
    trajet   text NOT NULL,
    panier   text NOT NULL,
    PRIMARY KEY (dossier, depuis)
);

ALTER TABLE sages.ecritures DROP CONSTRAINT ecritures_geste_check;
ALTER TABLE sages.ecritures ADD CONSTRAINT ecritures_geste_check CHECK (geste IN (
    'insérer', 'corriger', 'retirer', 'vider', 'rendre', 'changer de rubriques', 'adopter', 'oublier'));
