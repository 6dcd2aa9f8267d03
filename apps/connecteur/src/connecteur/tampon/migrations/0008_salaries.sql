-- The employees of Batigest as last read (`cle` is the compared form of the code), and the mappings made by hand.

CREATE TABLE sages.salaries (
    dossier      text COLLATE "C" NOT NULL,
    cle          text COLLATE "C" NOT NULL CHECK (cle <> ''),
    code         text NOT NULL,
    nom          text NOT NULL,
    prenom       text NOT NULL,
    utilisateur  text,
    present      boolean NOT NULL DEFAULT true,
    change_le    timestamptz NOT NULL DEFAULT now(),
    run          text NOT NULL,
    PRIMARY KEY (dossier, cle)
);

-- A user is one salarié at most; a salarié may have several users.
CREATE TABLE sages.correspondances (
    dossier       text COLLATE "C" NOT NULL,
    utilisateur   text COLLATE "C" NOT NULL CHECK (utilisateur <> ''),
    code_salarie  text NOT NULL CHECK (code_salarie <> ''),
    par           text NOT NULL,
    le            timestamptz NOT NULL DEFAULT now(),
    partage_par   text,
    partage_le    timestamptz,
    etat          text NOT NULL DEFAULT 'active'
                  CHECK (etat IN ('active', 'confirmée', 'écartée', 'rompue', 'à confirmer')),
    etat_le       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (dossier, utilisateur),
    CHECK ((partage_par IS NULL) = (partage_le IS NULL))
);
