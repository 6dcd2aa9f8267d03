-- Who did what, when, on which object, with what was there before and after. Append-only, as sages.ecritures is:
-- only sages.purge_histoire removes anything, only what is older than the retention, never what is younger than a
-- year, and it leaves an event of its own.

CREATE TABLE sages.audit (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dossier  text COLLATE "C" NOT NULL,
    le       timestamptz NOT NULL DEFAULT now(),
    qui      text NOT NULL CHECK (qui <> ''),
    geste    text NOT NULL CHECK (geste <> ''),
    objet    text COLLATE "C" NOT NULL CHECK (objet <> ''),
    cle      text COLLATE "C" NOT NULL,
    run      text,
    detail   jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(detail) = 'object'),
    avant    jsonb CHECK (jsonb_typeof(avant) = 'object'),
    apres    jsonb CHECK (jsonb_typeof(apres) = 'object')
);

CREATE INDEX audit_par_objet ON sages.audit (dossier, objet, cle, id);
CREATE INDEX audit_ages ON sages.audit USING brin (le);
CREATE INDEX ecritures_ages ON sages.ecritures USING brin (le);

CREATE FUNCTION sages.refuse_effacement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND coalesce(current_setting('sages.purge_avant', true), '') <> '' THEN
        RETURN NULL;  -- row by row, sages.garde_le_recent has the last word
    END IF;
    RAISE EXCEPTION 'sages.% is an append-only history', TG_TABLE_NAME;
END
$$;

CREATE FUNCTION sages.garde_le_recent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.le < current_setting('sages.purge_avant')::timestamptz AND OLD.le < now() - interval '1 year' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'sages.% is an append-only history: this row is too recent', TG_TABLE_NAME;
END
$$;

CREATE TRIGGER audit_non_reecrit BEFORE UPDATE OR DELETE OR TRUNCATE ON sages.audit
    FOR EACH STATEMENT EXECUTE FUNCTION sages.refuse_effacement();
CREATE TRIGGER audit_recent_garde BEFORE DELETE ON sages.audit
    FOR EACH ROW EXECUTE FUNCTION sages.garde_le_recent();

DROP TRIGGER ecritures_non_effacees ON sages.ecritures;
CREATE TRIGGER ecritures_non_effacees BEFORE DELETE OR TRUNCATE ON sages.ecritures
    FOR EACH STATEMENT EXECUTE FUNCTION sages.refuse_effacement();
CREATE TRIGGER ecritures_recentes_gardees BEFORE DELETE ON sages.ecritures
    FOR EACH ROW EXECUTE FUNCTION sages.garde_le_recent();

-- A write that was announced and never settled is still a question: it is kept, however old.
CREATE FUNCTION sages.purge_histoire(p_dossier text, p_avant timestamptz, p_qui text) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    n_audit bigint;
    n_ecritures bigint;
    comptes jsonb;
BEGIN
    IF p_avant > now() - interval '1 year' THEN
        RAISE EXCEPTION 'a history is kept for a year at least';
    END IF;
    PERFORM set_config('sages.purge_avant', p_avant::text, true);
    DELETE FROM sages.audit WHERE dossier = p_dossier AND le < p_avant;
    GET DIAGNOSTICS n_audit = ROW_COUNT;
    DELETE FROM sages.ecritures WHERE dossier = p_dossier AND le < p_avant AND etat <> 'prévue';
    GET DIAGNOSTICS n_ecritures = ROW_COUNT;
    PERFORM set_config('sages.purge_avant', '', true);
    comptes := jsonb_build_object('audit', n_audit, 'ecritures', n_ecritures);
    IF n_audit + n_ecritures > 0 THEN
        INSERT INTO sages.audit (dossier, qui, geste, objet, cle, detail)
        VALUES (p_dossier, p_qui, 'purger', 'histoire', '', comptes || jsonb_build_object('avant', p_avant));
    END IF;
    RETURN comptes;
END
$$;
