-- Les tables du Licence Manager. Peut être exécuté plusieurs fois, à la main (éditeur SQL de Supabase) ou par
-- « licence-manager migrate ». Rien n’est dans « public », que Supabase sert sur Internet.

CREATE SCHEMA IF NOT EXISTS licence_manager;

CREATE TABLE IF NOT EXISTS licence_manager.licences (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    empreinte bytea NOT NULL UNIQUE,
    empreinte_sql bytea UNIQUE,
    cle_chiffree bytea NOT NULL,
    client text NOT NULL,
    entreprise text NOT NULL,
    email text NOT NULL,
    notes text NOT NULL,
    recherche text NOT NULL,
    tri_entreprise text COLLATE "C" NOT NULL,
    fonctions text[] NOT NULL,
    cree_le timestamptz NOT NULL,
    expire_le timestamptz NOT NULL,
    utilisations bigint NOT NULL DEFAULT 0,
    utilisations_max bigint NOT NULL DEFAULT -1,
    machines_max bigint NOT NULL DEFAULT -1,
    active boolean NOT NULL DEFAULT true,
    archivee_le timestamptz,
    CONSTRAINT utilisations CHECK (utilisations >= 0)
);
COMMENT ON COLUMN licence_manager.licences.empreinte IS 'HMAC de la clé, par le secret du serveur';
COMMENT ON COLUMN licence_manager.licences.empreinte_sql IS 'idem pour validate_licence ; NULL tant qu’elle est fermée';
COMMENT ON COLUMN licence_manager.licences.cle_chiffree IS 'AES-GCM, par le secret du serveur';
COMMENT ON COLUMN licence_manager.licences.recherche IS 'client, entreprise, e-mail et notes, sans casse ni accents';
COMMENT ON COLUMN licence_manager.licences.expire_le IS 'dernière seconde en vigueur';
CREATE INDEX IF NOT EXISTS licences_recentes ON licence_manager.licences (cree_le, id);
CREATE INDEX IF NOT EXISTS licences_echeance ON licence_manager.licences (expire_le, id);
CREATE INDEX IF NOT EXISTS licences_entreprise ON licence_manager.licences (tri_entreprise, id);

-- À part de « licences » : écrite à chaque validation, elle ne doit ni attendre une modification ni la retarder.
CREATE TABLE IF NOT EXISTS licence_manager.contacts (
    licence_id bigint PRIMARY KEY REFERENCES licence_manager.licences,
    derniere_le timestamptz NOT NULL
);

CREATE TABLE IF NOT EXISTS licence_manager.machines (
    licence_id bigint NOT NULL REFERENCES licence_manager.licences,
    machine text NOT NULL,
    premiere_le timestamptz NOT NULL,
    derniere_le timestamptz NOT NULL,
    version text,
    PRIMARY KEY (licence_id, machine)
);
CREATE INDEX IF NOT EXISTS machines_contact ON licence_manager.machines (derniere_le);

CREATE TABLE IF NOT EXISTS licence_manager.historique (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    licence_id bigint REFERENCES licence_manager.licences,
    le timestamptz NOT NULL,
    qui text NOT NULL,
    geste text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE licence_manager.historique IS 'jamais modifié, jamais effacé : un déclencheur y veille';
CREATE INDEX IF NOT EXISTS historique_licence ON licence_manager.historique (licence_id, id);

CREATE OR REPLACE FUNCTION licence_manager.refuse_de_changer_l_histoire() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    RAISE EXCEPTION 'L’historique des licences ne se modifie pas et ne s’efface pas.';
END
$$;
CREATE OR REPLACE TRIGGER historique_fige BEFORE UPDATE OR DELETE OR TRUNCATE ON licence_manager.historique
    FOR EACH STATEMENT EXECUTE FUNCTION licence_manager.refuse_de_changer_l_histoire();

CREATE TABLE IF NOT EXISTS licence_manager.validations (
    debut timestamptz NOT NULL,
    licence_id bigint NOT NULL,
    verdict text NOT NULL,
    nombre bigint NOT NULL,
    PRIMARY KEY (debut, licence_id, verdict)
);
COMMENT ON COLUMN licence_manager.validations.licence_id IS '0 : toutes, heure par heure ; sinon jour par jour';
CREATE INDEX IF NOT EXISTS validations_licence ON licence_manager.validations (licence_id, debut);

CREATE TABLE IF NOT EXISTS licence_manager.passages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    licence_id bigint NOT NULL,
    le timestamptz NOT NULL,
    verdict text NOT NULL,
    machine text,
    version text,
    consomme boolean NOT NULL
);
COMMENT ON TABLE licence_manager.passages IS 'le détail des validations, gardé quelques jours';
CREATE INDEX IF NOT EXISTS passages_licence ON licence_manager.passages (licence_id, id);
CREATE INDEX IF NOT EXISTS passages_le ON licence_manager.passages (le);

CREATE TABLE IF NOT EXISTS licence_manager.cles_signature (
    kid text PRIMARY KEY,
    publique text NOT NULL,
    privee_chiffree bytea NOT NULL,
    etat text NOT NULL,
    creee_le timestamptz NOT NULL,
    retiree_le timestamptz,
    CONSTRAINT etat CHECK (etat IN ('suivante', 'actuelle', 'retiree'))
);
COMMENT ON COLUMN licence_manager.cles_signature.privee_chiffree IS 'AES-GCM, par le secret du serveur';
CREATE UNIQUE INDEX IF NOT EXISTS cles_signature_seules ON licence_manager.cles_signature (etat)
    WHERE etat <> 'retiree';

CREATE TABLE IF NOT EXISTS licence_manager.rappels (
    licence_id bigint NOT NULL REFERENCES licence_manager.licences,
    expire_le timestamptz NOT NULL,
    jours smallint NOT NULL,
    le timestamptz NOT NULL,
    PRIMARY KEY (licence_id, expire_le, jours)
);
COMMENT ON COLUMN licence_manager.rappels.expire_le IS 'une prolongation remet les rappels à zéro';

-- Sans journal : perdus à un arrêt brutal, les comptes de la minute en cours ne valent pas une écriture sur disque.
CREATE UNLOGGED TABLE IF NOT EXISTS licence_manager.debits (
    cle bytea NOT NULL,
    minute integer NOT NULL,
    nombre integer NOT NULL,
    PRIMARY KEY (cle, minute)
);
COMMENT ON COLUMN licence_manager.debits.cle IS 'adresse ou clé, condensée';
COMMENT ON COLUMN licence_manager.debits.minute IS 'depuis 1970';
CREATE INDEX IF NOT EXISTS debits_minute ON licence_manager.debits (minute);

CREATE TABLE IF NOT EXISTS licence_manager.poivre (
    seul boolean PRIMARY KEY DEFAULT true,
    interieur bytea NOT NULL,
    exterieur bytea NOT NULL,
    CONSTRAINT seul CHECK (seul)
);
COMMENT ON TABLE licence_manager.poivre IS 'ce avec quoi validate_licence retrouve une clé ; vide tant qu’elle est fermée';
