-- Qui peut lire quoi : personne, sauf le propriétaire des tables, et le verdict d’une clé par validate_licence.
-- Peut être exécuté plusieurs fois, à la main (éditeur SQL de Supabase) ; « licence-manager migrate » l’exécute à
-- chaque fois, après les autres : les rôles de Supabase peuvent être apparus depuis.

CREATE OR REPLACE FUNCTION public.validate_licence(license_key text, machine_id text DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = ''
AS $$
DECLARE
    alphabet CONSTANT text := '0123456789ACDEFGHJKMNPQRTVWXY';
    maintenant CONSTANT timestamptz := pg_catalog.date_trunc('second', pg_catalog.clock_timestamp());
    poivre licence_manager.poivre%ROWTYPE;
    licence licence_manager.licences%ROWTYPE;
    nue text;
    somme integer := 0;
    connue boolean := false;
    machines bigint := 0;
    verdict text;
BEGIN
    SELECT * INTO poivre FROM licence_manager.poivre;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'PT503',
            MESSAGE = 'La validation directe des licences n’est pas ouverte sur ce serveur.';
    END IF;
    nue := pg_catalog.translate(
        pg_catalog.upper(pg_catalog.regexp_replace(pg_catalog.left(coalesce(license_key, ''), 101), '[\s_.–—−-]', '', 'g')),
        'OILZSBU', '011258V'
    );
    IF pg_catalog.length(license_key) > 100 OR nue !~ ('^[' || alphabet || ']{16}$') THEN
        verdict := 'malformed';
    ELSE
        FOR rang IN 1..16 LOOP
            somme := (2 * somme + pg_catalog.strpos(alphabet, pg_catalog.substr(nue, rang, 1)) - 1) % 29;
        END LOOP;
        IF somme <> 0 THEN
            verdict := 'malformed';
        END IF;
    END IF;
    IF verdict IS NULL THEN
        nue := pg_catalog.regexp_replace(nue, '^(.{4})(.{4})(.{4})(.{4})$', '\1-\2-\3-\4');
        SELECT l.* INTO licence FROM licence_manager.licences l
        WHERE l.empreinte_sql = pg_catalog.sha256(
            poivre.exterieur || pg_catalog.sha256(poivre.interieur || pg_catalog.convert_to(nue, 'UTF8'))
        );
        IF FOUND AND licence.machines_max <> -1 THEN
            SELECT pg_catalog.count(*), coalesce(pg_catalog.bool_or(m.machine = validate_licence.machine_id), false)
            INTO machines, connue
            FROM licence_manager.machines m WHERE m.licence_id = licence.id;
        END IF;
        verdict := CASE
            WHEN licence.id IS NULL THEN 'unknown'
            WHEN licence.archivee_le IS NOT NULL THEN 'archived'
            WHEN NOT licence.active THEN 'inactive'
            WHEN maintenant > licence.expire_le THEN 'expired'
            WHEN licence.utilisations_max <> -1 AND licence.utilisations >= licence.utilisations_max THEN 'usage_limit'
            WHEN licence.machines_max <> -1 AND NOT connue
                AND (machine_id IS NULL OR machines >= licence.machines_max) THEN 'machine_limit'
            ELSE 'valid'
        END;
    END IF;
    RETURN pg_catalog.jsonb_build_object(
        'valid', verdict = 'valid',
        'code', verdict,
        'message', CASE verdict
            WHEN 'valid' THEN 'La licence est valide.'
            WHEN 'unknown' THEN
                'Cette clé de licence n’existe pas. Vérifiez-la, ou écrivez à support@groupe-sages.fr.'
            WHEN 'malformed' THEN
                'Cette clé de licence contient une erreur de frappe : recopiez-la telle que vous l’avez reçue.'
            WHEN 'inactive' THEN 'Cette licence a été désactivée. Écrivez à support@groupe-sages.fr.'
            WHEN 'archived' THEN
                'Cette licence a été archivée : elle ne sert plus. Écrivez à support@groupe-sages.fr.'
            WHEN 'expired' THEN 'Cette licence a expiré. Pour la renouveler, écrivez à support@groupe-sages.fr.'
            WHEN 'usage_limit' THEN
                'Cette licence a atteint son nombre d’utilisations. Écrivez à support@groupe-sages.fr.'
            WHEN 'machine_limit' THEN
                'Cette licence sert déjà sur autant de machines qu’elle le permet. Libérez-en une, ou écrivez à '
                || 'support@groupe-sages.fr.'
        END,
        'server_time', maintenant
    );
END
$$;
COMMENT ON FUNCTION public.validate_licence(text, text) IS 'Le verdict d’une clé de licence, et rien d’autre.';

DO $$
DECLARE
    table_ record;
    role_ text;
BEGIN
    FOR table_ IN SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = 'licence_manager' LOOP
        EXECUTE pg_catalog.format('ALTER TABLE licence_manager.%I ENABLE ROW LEVEL SECURITY', table_.tablename);
    END LOOP;
    -- « public » est tout le monde ; les autres n’existent que chez Supabase, qui leur donne beaucoup par défaut.
    FOR role_ IN
        SELECT 'public' UNION ALL
        SELECT pg_catalog.quote_ident(rolname) FROM pg_catalog.pg_roles WHERE rolname IN ('anon', 'authenticated')
    LOOP
        EXECUTE 'REVOKE ALL ON SCHEMA licence_manager FROM ' || role_;
        EXECUTE 'REVOKE ALL ON ALL TABLES IN SCHEMA licence_manager FROM ' || role_;
        EXECUTE 'REVOKE ALL ON ALL SEQUENCES IN SCHEMA licence_manager FROM ' || role_;
        EXECUTE 'REVOKE ALL ON ALL FUNCTIONS IN SCHEMA licence_manager FROM ' || role_;
        EXECUTE 'REVOKE ALL ON FUNCTION public.validate_licence(text, text) FROM ' || role_;
        -- Ce que la documentation de Supabase fait accorder d’avance à qui ouvre un schéma.
        EXECUTE 'ALTER DEFAULT PRIVILEGES IN SCHEMA licence_manager REVOKE ALL ON TABLES FROM ' || role_;
        EXECUTE 'ALTER DEFAULT PRIVILEGES IN SCHEMA licence_manager REVOKE ALL ON SEQUENCES FROM ' || role_;
        EXECUTE 'ALTER DEFAULT PRIVILEGES IN SCHEMA licence_manager REVOKE ALL ON FUNCTIONS FROM ' || role_;
    END LOOP;
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'anon') THEN
        GRANT EXECUTE ON FUNCTION public.validate_licence(text, text) TO anon;
    END IF;
END
$$;
