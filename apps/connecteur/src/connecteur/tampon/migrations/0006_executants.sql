-- The programs that carry out runs: one row each, while it is there (see tampon/executants.py) --------

CREATE TABLE sages.executants (
    id        text COLLATE "C" PRIMARY KEY,
    dossiers  text[] NOT NULL,
    passager  boolean NOT NULL,
    en_cours  integer NOT NULL DEFAULT 0 CHECK (en_cours >= 0),
    depuis    timestamptz NOT NULL DEFAULT now()
);
