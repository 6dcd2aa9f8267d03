-- Ce qui n’a lieu qu’une fois : une utilisation demandée deux fois, un rappel à chacun de ceux qui le reçoivent.

CREATE TABLE IF NOT EXISTS licence_manager.utilisations (
    licence_id bigint NOT NULL REFERENCES licence_manager.licences,
    marque text NOT NULL,
    le timestamptz NOT NULL,
    PRIMARY KEY (licence_id, marque)
);
COMMENT ON TABLE licence_manager.utilisations IS
    'les utilisations déjà comptées d’une licence limitée : demandées de nouveau, elles ne le sont pas deux fois';
CREATE INDEX IF NOT EXISTS utilisations_le ON licence_manager.utilisations (le);

ALTER TABLE licence_manager.rappels ADD COLUMN IF NOT EXISTS destination bytea NOT NULL DEFAULT '';
COMMENT ON COLUMN licence_manager.rappels.destination IS 'HMAC de l’adresse, par le secret du serveur';
ALTER TABLE licence_manager.rappels DROP CONSTRAINT IF EXISTS rappels_pkey;
ALTER TABLE licence_manager.rappels ADD CONSTRAINT rappels_pkey PRIMARY KEY (licence_id, expire_le, jours, destination);
