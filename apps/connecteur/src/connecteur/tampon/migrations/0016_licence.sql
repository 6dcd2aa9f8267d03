-- What each machine keeps of its licence here, beside its vault: where time stands, and what failed --------------

CREATE TABLE sages.licence_temps (
    machine     text COLLATE "C" PRIMARY KEY CHECK (machine <> ''),
    contact     timestamptz,
    atteint     timestamptz NOT NULL,
    repere      jsonb NOT NULL CHECK (jsonb_typeof(repere) = 'object')
);
COMMENT ON TABLE sages.licence_temps IS 'ne recule jamais : seule une réponse plus récente du serveur ramène « atteint »';

CREATE TABLE sages.licence_echecs (
    machine     text COLLATE "C" PRIMARY KEY CHECK (machine <> ''),
    le          timestamptz NOT NULL,
    message     text NOT NULL,
    remede      text NOT NULL,
    detail      text NOT NULL
);

-- One use of the licence per run: a run that is resumed makes no second one.

CREATE TABLE sages.licence_passages (
    run         text COLLATE "C" PRIMARY KEY,
    machine     text COLLATE "C" NOT NULL,
    passage     text NOT NULL CHECK (passage IN ('demandé', 'compté', 'dû', 'incertain')),
    le          timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX licence_passages_dus ON sages.licence_passages (machine, le) WHERE passage = 'dû';
CREATE INDEX licence_passages_ages ON sages.licence_passages (le);

CREATE TABLE sages.licence_histoire (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    machine     text COLLATE "C" NOT NULL,
    le          timestamptz NOT NULL,
    geste       text NOT NULL CHECK (geste <> ''),
    qui         text NOT NULL,
    detail      text NOT NULL
);
CREATE INDEX licence_histoire_machine ON sages.licence_histoire (machine, geste, id);

CREATE FUNCTION sages.refuse_de_reecrire_la_licence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'sages.licence_histoire is an append-only history';
END
$$;
CREATE TRIGGER licence_histoire_figee BEFORE UPDATE OR DELETE OR TRUNCATE ON sages.licence_histoire
    FOR EACH STATEMENT EXECUTE FUNCTION sages.refuse_de_reecrire_la_licence();
