-- Ce que compte le tableau de bord : des index où chaque état se compte sans lire les licences elles-mêmes.

CREATE INDEX IF NOT EXISTS licences_en_usage ON licence_manager.licences (expire_le)
    WHERE archivee_le IS NULL AND active;
CREATE INDEX IF NOT EXISTS licences_inactives ON licence_manager.licences (id) WHERE archivee_le IS NULL AND NOT active;
CREATE INDEX IF NOT EXISTS licences_archivees ON licence_manager.licences (id) WHERE archivee_le IS NOT NULL;
CREATE INDEX IF NOT EXISTS contacts_le ON licence_manager.contacts (derniere_le);

-- Il aurait fallu l’écrire à chaque contact de chaque machine, pour une lecture qui les compte toutes.
DROP INDEX IF EXISTS licence_manager.machines_contact;
