-- What was last told about each subject of a dossier: an alert tells a change, once --------------------

CREATE TABLE sages.alertes (
    dossier     text COLLATE "C" NOT NULL,
    sujet       text COLLATE "C" NOT NULL CHECK (sujet <> ''),
    etat        text NOT NULL,
    depuis      timestamptz NOT NULL,
    PRIMARY KEY (dossier, sujet)
);

-- The messages, written with the change they tell of; `destination` is a digest: addresses hold passwords.

CREATE TABLE sages.messages (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dossier      text COLLATE "C" NOT NULL,
    genre        text NOT NULL,
    destination  text COLLATE "C" NOT NULL,
    titre        text NOT NULL,
    corps        text NOT NULL,
    cree_le      timestamptz NOT NULL,
    essais       integer NOT NULL DEFAULT 0,
    prochain_le  timestamptz,
    envoye_le    timestamptz,
    erreur       text NOT NULL DEFAULT '',
    -- Waiting, sent, or given up.
    CHECK (envoye_le IS NULL OR prochain_le IS NULL)
);

CREATE INDEX messages_en_attente ON sages.messages (dossier, prochain_le) WHERE prochain_le IS NOT NULL;
CREATE INDEX messages_recents ON sages.messages (dossier, id DESC);
