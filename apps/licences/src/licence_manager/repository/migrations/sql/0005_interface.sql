-- Ce que montrent les pages en premier : ce qui ne va pas.

-- Les refus de chaque licence, sans lire les validations favorables, bien plus nombreuses.
CREATE INDEX IF NOT EXISTS validations_refus ON licence_manager.validations (debut, licence_id)
    WHERE licence_id <> 0 AND verdict <> 'valid';
-- Pas sur « utilisations » : écrite à chaque synchronisation, elle ne doit pas coûter un index de plus.
CREATE INDEX IF NOT EXISTS licences_utilisations_limitees ON licence_manager.licences (id)
    WHERE archivee_le IS NULL AND active AND utilisations_max <> -1;
CREATE INDEX IF NOT EXISTS licences_machines_limitees ON licence_manager.licences (id)
    WHERE archivee_le IS NULL AND active AND machines_max <> -1;

CREATE TABLE IF NOT EXISTS licence_manager.rappels_echecs (
    licence_id bigint NOT NULL REFERENCES licence_manager.licences,
    expire_le timestamptz NOT NULL,
    jours smallint NOT NULL,
    destination bytea NOT NULL,
    au_client boolean NOT NULL,
    premier_le timestamptz NOT NULL,
    dernier_le timestamptz NOT NULL,
    essais integer NOT NULL,
    PRIMARY KEY (licence_id, expire_le, jours, destination)
);
COMMENT ON TABLE licence_manager.rappels_echecs IS 'les rappels qui n’ont pas pu partir ; effacés quand ils partent';
CREATE INDEX IF NOT EXISTS rappels_le ON licence_manager.rappels (le);

ALTER TABLE licence_manager.cles_signature ADD COLUMN IF NOT EXISTS livree_le timestamptz;
COMMENT ON COLUMN licence_manager.cles_signature.livree_le IS 'quand une version du connecteur qui la porte a été livrée';
