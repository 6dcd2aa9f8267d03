-- Les comptes de l’interface, quand il faut se connecter pour l’ouvrir (« [web] comptes »).

-- Les comptes de l’interface : qui peut entrer, d’où, avec quels droits, et ce qui a été fait.
-- Aucun secret ne s’y lit : les mots de passe sont hachés par Argon2id, les secrets du second facteur chiffrés par une
-- clé qui n’est pas dans la base, tout le reste (sessions, jetons, codes) n’est gardé que par son empreinte SHA-256.

CREATE TABLE IF NOT EXISTS sages.acces_utilisateurs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    courriel text NOT NULL UNIQUE,
    nom text NOT NULL,
    role text NOT NULL,
    actif boolean NOT NULL DEFAULT true,
    mot_de_passe text,
    totp_chiffre bytea,
    totp_attente bytea,
    totp_dernier bigint NOT NULL DEFAULT 0,
    cree_le timestamptz NOT NULL,
    connecte_le timestamptz,
    CONSTRAINT acces_role CHECK (role IN ('administrateur', 'lecture_seule'))
);
COMMENT ON COLUMN sages.acces_utilisateurs.courriel IS 'en minuscules';
COMMENT ON COLUMN sages.acces_utilisateurs.mot_de_passe IS 'NULL : invité, n’a pas encore choisi le sien';
COMMENT ON COLUMN sages.acces_utilisateurs.totp_dernier IS 'période de 30 s du dernier code accepté : un code ne sert qu’une fois';

CREATE TABLE IF NOT EXISTS sages.acces_codes_secours (
    utilisateur_id bigint NOT NULL REFERENCES sages.acces_utilisateurs,
    empreinte bytea NOT NULL,
    PRIMARY KEY (utilisateur_id, empreinte)
);

CREATE TABLE IF NOT EXISTS sages.acces_sessions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    empreinte bytea NOT NULL UNIQUE,
    utilisateur_id bigint NOT NULL REFERENCES sages.acces_utilisateurs,
    complete boolean NOT NULL,
    cree_le timestamptz NOT NULL,
    vue_le timestamptz NOT NULL,
    expire_le timestamptz NOT NULL,
    adresse text NOT NULL,
    machine text NOT NULL
);
COMMENT ON COLUMN sages.acces_sessions.complete IS 'faux : le mot de passe est bon, le second facteur est attendu';
CREATE INDEX IF NOT EXISTS acces_sessions_utilisateur ON sages.acces_sessions (utilisateur_id);
CREATE INDEX IF NOT EXISTS acces_sessions_fin ON sages.acces_sessions (expire_le);

CREATE TABLE IF NOT EXISTS sages.acces_appareils (
    empreinte bytea PRIMARY KEY,
    utilisateur_id bigint NOT NULL REFERENCES sages.acces_utilisateurs,
    expire_le timestamptz NOT NULL
);
COMMENT ON TABLE sages.acces_appareils IS 'navigateurs déjà connectés : leurs essais sont comptés à part de ceux d’inconnus';
CREATE INDEX IF NOT EXISTS acces_appareils_utilisateur ON sages.acces_appareils (utilisateur_id);

CREATE TABLE IF NOT EXISTS sages.acces_tentatives (
    cle bytea PRIMARY KEY,
    echecs integer NOT NULL,
    dernier_le timestamptz NOT NULL,
    libre_le timestamptz NOT NULL,
    note_le timestamptz
);
COMMENT ON COLUMN sages.acces_tentatives.cle IS 'compte, appareil ou adresse, condensé';
COMMENT ON COLUMN sages.acces_tentatives.libre_le IS 'pas d’autre essai avant';
CREATE INDEX IF NOT EXISTS acces_tentatives_dernier ON sages.acces_tentatives (dernier_le);

CREATE TABLE IF NOT EXISTS sages.acces_invitations (
    empreinte bytea PRIMARY KEY,
    utilisateur_id bigint NOT NULL UNIQUE REFERENCES sages.acces_utilisateurs,
    expire_le timestamptz NOT NULL
);

CREATE TABLE IF NOT EXISTS sages.acces_premier_demarrage (
    empreinte bytea PRIMARY KEY,
    expire_le timestamptz NOT NULL
);
COMMENT ON TABLE sages.acces_premier_demarrage IS 'codes affichés sur la console ; vide dès qu’il y a un administrateur';

CREATE TABLE IF NOT EXISTS sages.acces_jetons (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    empreinte bytea NOT NULL UNIQUE,
    prefixe text NOT NULL,
    nom text NOT NULL,
    portee text NOT NULL,
    utilisateur_id bigint NOT NULL REFERENCES sages.acces_utilisateurs,
    cree_le timestamptz NOT NULL,
    expire_le timestamptz NOT NULL,
    vu_le timestamptz,
    vu_de text NOT NULL DEFAULT '',
    revoque_le timestamptz,
    CONSTRAINT acces_portee CHECK (portee IN ('lecture', 'gestion'))
);
CREATE INDEX IF NOT EXISTS acces_jetons_utilisateur ON sages.acces_jetons (utilisateur_id);

CREATE TABLE IF NOT EXISTS sages.acces_journal (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    le timestamptz NOT NULL,
    qui text NOT NULL,
    utilisateur_id bigint,
    geste text NOT NULL,
    reussi boolean NOT NULL,
    objet text NOT NULL,
    adresse text NOT NULL
);
COMMENT ON TABLE sages.acces_journal IS 'jamais modifié, jamais effacé : un déclencheur y veille';
CREATE INDEX IF NOT EXISTS acces_journal_le ON sages.acces_journal (le);

CREATE OR REPLACE FUNCTION sages.acces_fige_le_journal() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    RAISE EXCEPTION 'Le journal des accès ne se modifie pas et ne s’efface pas.';
END
$$;
CREATE OR REPLACE TRIGGER acces_journal_fige BEFORE UPDATE OR DELETE OR TRUNCATE ON sages.acces_journal
    FOR EACH STATEMENT EXECUTE FUNCTION sages.acces_fige_le_journal();
