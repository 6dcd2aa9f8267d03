-- What each slot was before it changed, disappeared or came back. A slot that arrives costs nothing here: its first
-- version is the current one until it changes. Append-only, as sages.audit is.

CREATE TABLE sages.creneaux_histoire (
    n                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dossier          text COLLATE "C" NOT NULL,
    id               text COLLATE "C" NOT NULL,
    evenement        text NOT NULL CHECK (evenement IN ('modifié', 'disparu', 'revenu')),
    le               timestamptz NOT NULL DEFAULT now(),
    run              text NOT NULL,
    -- The version that ends here, and the run it came with.
    depuis           timestamptz NOT NULL,
    depuis_run       text NOT NULL,
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
    code_chantier    text,
    code_salarie     text,
    motif            text,
    detail           text NOT NULL
);

CREATE INDEX creneaux_histoire_par_id ON sages.creneaux_histoire (dossier, id, n);
CREATE INDEX creneaux_histoire_ages ON sages.creneaux_histoire USING brin (le);

CREATE TRIGGER creneaux_histoire_non_reecrite BEFORE UPDATE OR DELETE OR TRUNCATE ON sages.creneaux_histoire
    FOR EACH STATEMENT EXECUTE FUNCTION sages.refuse_effacement();
CREATE TRIGGER creneaux_histoire_recente_gardee BEFORE DELETE ON sages.creneaux_histoire
    FOR EACH ROW EXECUTE FUNCTION sages.garde_le_recent();

CREATE OR REPLACE FUNCTION sages.purge_histoire(p_dossier text, p_avant timestamptz, p_qui text) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    n_audit bigint;
    n_ecritures bigint;
    n_creneaux bigint;
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
    DELETE FROM sages.creneaux_histoire WHERE dossier = p_dossier AND le < p_avant;
    GET DIAGNOSTICS n_creneaux = ROW_COUNT;
    PERFORM set_config('sages.purge_avant', '', true);
    comptes := jsonb_build_object('audit', n_audit, 'ecritures', n_ecritures, 'creneaux', n_creneaux);
    IF n_audit + n_ecritures + n_creneaux > 0 THEN
        INSERT INTO sages.audit (dossier, qui, geste, objet, cle, detail)
        VALUES (p_dossier, p_qui, 'purger', 'histoire', '', comptes || jsonb_build_object('avant', p_avant));
    END IF;
    RETURN comptes;
END
$$;
