-- Everything is keyed by `dossier`: several dossiers can share one database.
-- Codes are compared in one place, `normalise_code` in Python: what the database calls equal (citext) depends on
-- the locale of a server that is not ours. Columns holding the compared form collate "C", as Python sorts.
-- Instants are timestamptz; `debut_local`, `debut` of a line and `jour` are the dossier's local time.

-- What Batigest's selection holds ---------------------------------------------------------------------

CREATE TABLE sages.chantiers (
    dossier    text COLLATE "C" NOT NULL,
    cle        text COLLATE "C" NOT NULL CHECK (cle <> ''),
    contenu    jsonb NOT NULL CHECK (jsonb_typeof(contenu) = 'object'),
    empreinte  text COLLATE "C" NOT NULL,
    present    boolean NOT NULL DEFAULT true,
    vu_le      timestamptz NOT NULL DEFAULT now(),
    change_le  timestamptz NOT NULL DEFAULT now(),
    sorti_le   timestamptz,
    run        text NOT NULL,
    PRIMARY KEY (dossier, cle),
    CHECK (present = (sorti_le IS NULL))
);

CREATE TABLE sages.liens (
    dossier    text COLLATE "C" NOT NULL,
    cle        text COLLATE "C" NOT NULL CHECK (cle <> ''),
    code       text NOT NULL,
    projet_id  bigint NOT NULL,
    base       jsonb NOT NULL CHECK (base ?& ARRAY['notres', 'leurs']),
    change_le  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (dossier, cle),
    -- One project belongs to one site.
    UNIQUE (dossier, projet_id) DEFERRABLE INITIALLY DEFERRED
);

-- What BatiSimply's slots say -------------------------------------------------------------------------

CREATE TABLE sages.creneaux (
    dossier          text COLLATE "C" NOT NULL,
    id               text COLLATE "C" NOT NULL CHECK (id <> ''),
    debut            timestamptz NOT NULL,
    fin              timestamptz,
    utilisateur      text,
    nom_utilisateur  text NOT NULL,
    projet_id        bigint,
    code_projet      text,
    statut           text NOT NULL,
    minutes          bigint,
    trajet           boolean NOT NULL,
    panier           boolean NOT NULL,
    debut_local      timestamp NOT NULL,
    code_chantier    text,
    code_salarie     text,
    motif            text,
    detail           text NOT NULL DEFAULT '',
    present          boolean NOT NULL DEFAULT true,
    vu_le            timestamptz NOT NULL DEFAULT now(),
    change_le        timestamptz NOT NULL DEFAULT now(),
    disparu_le       timestamptz,
    run              text NOT NULL,
    PRIMARY KEY (dossier, id),
    CHECK (present = (disparu_le IS NULL)),
    CONSTRAINT creneaux_resolu_entier CHECK ((code_chantier IS NULL) = (code_salarie IS NULL)),
    CONSTRAINT creneaux_resolu_ou_motif CHECK (motif IS NULL OR code_chantier IS NULL)
);

CREATE INDEX creneaux_par_jour ON sages.creneaux (dossier, debut_local) WHERE present;

-- What is known of each slice of days; `debut` alone is the key, so two ends of one slice cannot both stand.

CREATE TABLE sages.tranches (
    dossier             text COLLATE "C" NOT NULL,
    debut               date NOT NULL,
    fin                 date NOT NULL,
    empreinte_creneaux  text,
    empreinte_annuaire  text,
    empreinte_suivi     text,
    lue_le              timestamptz,
    reglee_le           timestamptz,
    PRIMARY KEY (dossier, debut),
    CHECK (fin > debut)
);

-- What we wrote into SuiviMO --------------------------------------------------------------------------

CREATE TABLE sages.lignes (
    dossier        text COLLATE "C" NOT NULL,
    debut          timestamp NOT NULL CHECK (debut = date_trunc('minute', debut)),
    code_chantier  text COLLATE "C" NOT NULL CHECK (code_chantier <> ''),
    code_salarie   text COLLATE "C" NOT NULL CHECK (code_salarie <> ''),
    heures         numeric NOT NULL CHECK (heures < 'Infinity'),
    trajet         numeric NOT NULL CHECK (trajet < 'Infinity'),
    panier         numeric NOT NULL CHECK (panier < 'Infinity'),
    creneaux       text[] NOT NULL,
    origine        text NOT NULL CHECK (origine IN ('insérée', 'adoptée')),
    ecrit_le       timestamptz NOT NULL DEFAULT now(),
    run            text NOT NULL,
    PRIMARY KEY (dossier, debut, code_chantier, code_salarie)
);

-- The history of every write, and the note taken before it (« prévue »). Quantities are {heures, trajet, panier}.

CREATE TABLE sages.ecritures (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dossier        text COLLATE "C" NOT NULL,
    debut          timestamp NOT NULL,
    code_chantier  text COLLATE "C" NOT NULL,
    code_salarie   text COLLATE "C" NOT NULL,
    geste          text NOT NULL CHECK (geste IN ('insérer', 'corriger', 'retirer', 'vider', 'adopter', 'oublier')),
    avant          numeric[] CHECK (cardinality(avant) = 3),
    apres          numeric[] CHECK (cardinality(apres) = 3),
    base           numeric[] CHECK (cardinality(base) = 3),
    creneaux       text[] NOT NULL,
    deplace_de     jsonb,
    etat           text NOT NULL DEFAULT 'prévue' CHECK (etat IN ('prévue', 'faite', 'abandonnée')),
    run            text NOT NULL,
    le             timestamptz NOT NULL DEFAULT now(),
    regle_run      text,
    regle_le       timestamptz,
    CHECK ((etat = 'prévue') = (regle_le IS NULL)),
    CHECK (etat <> 'prévue' OR geste IN ('insérer', 'corriger', 'retirer', 'vider'))
);

CREATE INDEX ecritures_par_cle ON sages.ecritures (dossier, debut, code_chantier, code_salarie);
-- A key has one open note at most: it must be settled, by looking, before another is taken.
CREATE UNIQUE INDEX ecritures_prevues ON sages.ecritures (dossier, debut, code_chantier, code_salarie)
    WHERE etat = 'prévue';

CREATE FUNCTION sages.refuse_reecriture() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'sages.ecritures is an append-only history';
END
$$;
CREATE TRIGGER ecritures_non_effacees BEFORE DELETE OR TRUNCATE ON sages.ecritures
    FOR EACH STATEMENT EXECUTE FUNCTION sages.refuse_reecriture();
CREATE TRIGGER ecritures_non_reecrites
    BEFORE UPDATE OF dossier, debut, code_chantier, code_salarie, geste, avant, apres, base, creneaux, run, le
    ON sages.ecritures FOR EACH STATEMENT EXECUTE FUNCTION sages.refuse_reecriture();

-- What waits for a person -----------------------------------------------------------------------------

CREATE TABLE sages.constats (
    dossier        text COLLATE "C" NOT NULL,
    debut          timestamp NOT NULL,
    code_chantier  text COLLATE "C" NOT NULL,
    code_salarie   text COLLATE "C" NOT NULL,
    geste          text NOT NULL CHECK (geste IN ('conflit', 'reprise')),
    motif          text,
    avant          numeric[] CHECK (cardinality(avant) = 3),
    apres          numeric[] CHECK (cardinality(apres) = 3),
    base           numeric[] CHECK (cardinality(base) = 3),
    creneaux       text[] NOT NULL,
    ouvert_le      timestamptz NOT NULL DEFAULT now(),
    vu_le          timestamptz NOT NULL DEFAULT now(),
    run            text NOT NULL,
    PRIMARY KEY (dossier, debut, code_chantier, code_salarie)
);

CREATE TABLE sages.rejets (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dossier      text COLLATE "C" NOT NULL,
    objet        text NOT NULL CHECK (objet IN ('creneau', 'chantier', 'ligne')),
    cle          text COLLATE "C" NOT NULL CHECK (cle <> ''),
    jour         date,
    motif        text NOT NULL,
    libelle      text NOT NULL,
    detail       text NOT NULL DEFAULT '',
    tentatives   integer NOT NULL DEFAULT 1 CHECK (tentatives > 0),
    premier_le   timestamptz NOT NULL DEFAULT now(),
    dernier_le   timestamptz NOT NULL DEFAULT now(),
    resolu_le    timestamptz,
    premier_run  text NOT NULL,
    dernier_run  text NOT NULL
);

-- One open rejet per record; the resolved ones are its history.
CREATE UNIQUE INDEX rejets_ouverts ON sages.rejets (dossier, objet, cle) WHERE resolu_le IS NULL;
CREATE INDEX rejets_par_objet ON sages.rejets (dossier, objet, cle);

CREATE TABLE sages.conflits_chantiers (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dossier    text COLLATE "C" NOT NULL,
    cle        text COLLATE "C" NOT NULL CHECK (cle <> ''),
    code       text NOT NULL,
    champ      text COLLATE "C" NOT NULL,
    nature     text NOT NULL CHECK (nature IN ('conflit', 'divergence')),
    base       text,
    notre      text,
    leur       text,
    ouvert_le  timestamptz NOT NULL DEFAULT now(),
    vu_le      timestamptz NOT NULL DEFAULT now(),
    resolu_le  timestamptz,
    run        text NOT NULL
);

CREATE UNIQUE INDEX conflits_ouverts ON sages.conflits_chantiers (dossier, cle, champ) WHERE resolu_le IS NULL;

-- Runs ------------------------------------------------------------------------------------------------

CREATE TABLE sages.runs (
    id           text COLLATE "C" PRIMARY KEY,
    dossier      text COLLATE "C" NOT NULL,
    flux         text NOT NULL CHECK (flux IN ('chantiers', 'heures')),
    fleches      text[] NOT NULL,
    apercu       boolean NOT NULL,
    declencheur  text NOT NULL,
    debut        timestamptz NOT NULL DEFAULT now(),
    fin          timestamptz,
    verdict      text CHECK (verdict IN ('réussi', 'partiel', 'échec', 'annulé')),
    bilans       jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(bilans) = 'array'),
    erreur       jsonb,
    progression  jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(progression) = 'object'),
    annulation   timestamptz,
    CHECK ((fin IS NULL) = (verdict IS NULL))
);

CREATE INDEX runs_recents ON sages.runs (dossier, debut DESC);
CREATE INDEX runs_ouverts ON sages.runs (dossier) WHERE fin IS NULL;
