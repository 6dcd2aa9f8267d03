-- Ce que lit une validation. Une fonction, parce que chaque connexion en garde le plan : sans instruction préparée, que
-- les « poolers » n’aiment pas, la même requête coûterait deux fois plus, à être préparée à chaque fois.

CREATE OR REPLACE FUNCTION licence_manager.lit_licence(empreinte_lue bytea, machine_lue text)
RETURNS TABLE (
    id bigint, client text, entreprise text, email text, notes text, fonctions text[], cree_le timestamptz,
    expire_le timestamptz, utilisations bigint, utilisations_max bigint, machines_max bigint, active boolean,
    archivee_le timestamptz, connue boolean
)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT l.id, l.client, l.entreprise, l.email, l.notes, l.fonctions, l.cree_le, l.expire_le, l.utilisations,
        l.utilisations_max, l.machines_max, l.active, l.archivee_le,
        EXISTS (
            SELECT FROM licence_manager.machines m WHERE m.licence_id = l.id AND m.machine = machine_lue
        )
    FROM licence_manager.licences l
    WHERE l.empreinte = empreinte_lue;
END
$$;
