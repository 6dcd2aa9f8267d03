-- Les places prises depuis peu se cherchent parmi les machines nouvelles, bien moins nombreuses que les licences.

CREATE INDEX IF NOT EXISTS machines_neuves ON licence_manager.machines (premiere_le);
DROP INDEX IF EXISTS licence_manager.licences_machines_limitees;
