-- What the stand-in keeps in PostgreSQL beside the dossiers: the declared types, and the few functions its
-- translations call. Run at every start; everything here may already exist.

CREATE EXTENSION IF NOT EXISTS citext SCHEMA public;
CREATE SCHEMA IF NOT EXISTS banc;

CREATE TABLE IF NOT EXISTS banc.dossiers (
    id      int PRIMARY KEY GENERATED ALWAYS AS IDENTITY (START WITH 5),
    nom     citext UNIQUE NOT NULL,
    cree_le timestamp NOT NULL DEFAULT localtimestamp
);

CREATE TABLE IF NOT EXISTS banc.tables (
    id   int PRIMARY KEY GENERATED ALWAYS AS IDENTITY (START WITH 100000),
    base citext NOT NULL REFERENCES banc.dossiers (nom) ON DELETE CASCADE,
    nom  citext NOT NULL,
    UNIQUE (base, nom)
);

CREATE TABLE IF NOT EXISTS banc.colonnes (
    table_id  int NOT NULL REFERENCES banc.tables (id) ON DELETE CASCADE,
    rang      int NOT NULL,
    nom       citext NOT NULL,
    type      text NOT NULL,
    longueur  int NOT NULL,
    precision int NOT NULL,
    echelle   int NOT NULL,
    nullable  boolean NOT NULL,
    defaut    text,
    -- CHARACTER_MAXIMUM_LENGTH, _OCTET_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE, DATETIME_PRECISION
    affichage int[] NOT NULL,
    PRIMARY KEY (table_id, rang),
    UNIQUE (table_id, nom)
);

CREATE TABLE IF NOT EXISTS banc.contraintes (
    table_id int NOT NULL REFERENCES banc.tables (id) ON DELETE CASCADE,
    nom      citext NOT NULL,
    genre    citext NOT NULL,
    colonnes citext[] NOT NULL
);

CREATE TABLE IF NOT EXISTS banc.pannes (
    id       int PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    sur      text NOT NULL,
    effet    text NOT NULL,
    numero   int,
    secondes double precision,
    sauter   int NOT NULL,
    fois     int NOT NULL,
    vue      boolean NOT NULL DEFAULT false
);

CREATE OR REPLACE VIEW banc.is_tables AS
SELECT t.base AS table_catalog, 'dbo'::citext AS table_schema, t.nom AS table_name, 'BASE TABLE'::citext AS table_type
FROM banc.tables t WHERE t.base = current_setting('banc.base')::citext;

CREATE OR REPLACE VIEW banc.is_columns AS
SELECT t.base AS table_catalog, 'dbo'::citext AS table_schema, t.nom AS table_name, c.nom AS column_name,
       c.rang AS ordinal_position, c.defaut::citext AS column_default,
       CASE WHEN c.nullable THEN 'YES' ELSE 'NO' END::citext AS is_nullable, c.type::citext AS data_type,
       c.affichage[1] AS character_maximum_length, c.affichage[2] AS character_octet_length,
       c.affichage[3]::int2 AS numeric_precision, c.affichage[4] AS numeric_scale,
       c.affichage[5]::int2 AS datetime_precision,
       CASE WHEN c.type IN ('char', 'varchar') THEN 'iso_1' WHEN c.type IN ('nchar', 'nvarchar') THEN 'UNICODE' END::citext
           AS character_set_name,
       CASE WHEN c.type IN ('char', 'varchar', 'nchar', 'nvarchar') THEN 'French_CI_AS' END::citext AS collation_name
FROM banc.colonnes c JOIN banc.tables t ON t.id = c.table_id WHERE t.base = current_setting('banc.base')::citext;

CREATE OR REPLACE VIEW banc.is_contraintes AS
SELECT t.base AS constraint_catalog, 'dbo'::citext AS constraint_schema, k.nom AS constraint_name,
       t.base AS table_catalog, 'dbo'::citext AS table_schema, t.nom AS table_name, k.genre AS constraint_type
FROM banc.contraintes k JOIN banc.tables t ON t.id = k.table_id
WHERE t.base = current_setting('banc.base')::citext AND k.genre IN ('PRIMARY KEY', 'UNIQUE');

CREATE OR REPLACE VIEW banc.is_cles AS
SELECT t.base AS constraint_catalog, 'dbo'::citext AS constraint_schema, k.nom AS constraint_name,
       t.base AS table_catalog, 'dbo'::citext AS table_schema, t.nom AS table_name,
       u.colonne AS column_name, u.rang::int AS ordinal_position
FROM banc.contraintes k JOIN banc.tables t ON t.id = k.table_id,
     LATERAL unnest(k.colonnes) WITH ORDINALITY AS u (colonne, rang)
WHERE t.base = current_setting('banc.base')::citext AND k.genre IN ('PRIMARY KEY', 'UNIQUE');

CREATE OR REPLACE VIEW banc.sys_databases AS
SELECT nom AS name, id AS database_id, cree_le AS create_date, 'French_CI_AS'::citext AS collation_name,
       110::int2 AS compatibility_level, 0::int2 AS is_read_only, 1::int2 AS is_read_committed_snapshot_on
FROM banc.dossiers;

CREATE OR REPLACE VIEW banc.sys_tables AS
SELECT nom AS name, id AS object_id, 1 AS schema_id, 'U '::citext AS type, 'USER_TABLE'::citext AS type_desc
FROM banc.tables WHERE base = current_setting('banc.base')::citext;

CREATE TABLE IF NOT EXISTS banc.types (id int PRIMARY KEY, nom text UNIQUE NOT NULL);
INSERT INTO banc.types VALUES
    (36, 'uniqueidentifier'), (40, 'date'), (41, 'time'), (42, 'datetime2'), (43, 'datetimeoffset'), (48, 'tinyint'),
    (52, 'smallint'), (56, 'int'), (58, 'smalldatetime'), (59, 'real'), (60, 'money'), (61, 'datetime'), (62, 'float'),
    (104, 'bit'), (106, 'decimal'), (108, 'numeric'), (122, 'smallmoney'), (127, 'bigint'), (165, 'varbinary'),
    (167, 'varchar'), (173, 'binary'), (175, 'char'), (231, 'nvarchar'), (239, 'nchar')
ON CONFLICT DO NOTHING;

CREATE OR REPLACE VIEW banc.sys_columns AS
SELECT c.table_id AS object_id, c.nom AS name, c.rang AS column_id,
       (SELECT id::int2 FROM banc.types y WHERE y.nom = c.type) AS system_type_id, c.affichage[2]::int2 AS max_length,
       c.nullable::int::int2 AS is_nullable, 0::int2 AS is_identity, 0::int2 AS is_computed,
       CASE WHEN c.defaut IS NULL THEN 0 ELSE c.table_id * 1000 + c.rang END AS default_object_id
FROM banc.colonnes c JOIN banc.tables t ON t.id = c.table_id WHERE t.base = current_setting('banc.base')::citext;

-- Types are written with their schema: PostgreSQL builds indexes with an empty search path.
CREATE OR REPLACE FUNCTION banc.r(citext) RETURNS citext IMMUTABLE PARALLEL SAFE LANGUAGE sql
AS $$ SELECT rtrim($1::text, ' ')::public.citext $$;

CREATE OR REPLACE FUNCTION banc.type_name(int) RETURNS citext STABLE LANGUAGE sql
AS $$ SELECT nom::public.citext FROM banc.types WHERE id = $1 $$;

-- Characters that code page 1252 lacks become question marks, as they do on the way into a varchar.
CREATE OR REPLACE FUNCTION banc.cp1252(citext) RETURNS citext IMMUTABLE PARALLEL SAFE LANGUAGE sql
AS $$ SELECT CASE WHEN $1::text ~ '^[\x01-\x7e]*$' THEN $1 ELSE
    regexp_replace($1::text, '[^\x01-\x7f\u0081\u008d\u008f\u0090\u009d\u00a0-\u00ff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]', '?', 'g')::public.citext
END $$;

-- What fits a column of n characters: only blanks may be cut; anything else is left for its check to refuse.
CREATE OR REPLACE FUNCTION banc.coupe(citext, int) RETURNS citext IMMUTABLE PARALLEL SAFE LANGUAGE sql
AS $$ SELECT CASE WHEN length($1::text) <= $2 OR length(rtrim($1::text, ' ')) > $2 THEN $1
    ELSE left($1::text, $2)::public.citext END $$;

-- It takes the value at fault only so that the planner cannot call it in advance.
CREATE OR REPLACE FUNCTION banc.hors_bornes(timestamp) RETURNS timestamp LANGUAGE plpgsql IMMUTABLE
AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = '22008', MESSAGE = 'before 1753'; END $$;

-- datetime holds three hundredths of a second, from 1753 on.
CREATE OR REPLACE FUNCTION banc.datetime(timestamp) RETURNS timestamp IMMUTABLE PARALLEL SAFE LANGUAGE sql
AS $$ SELECT CASE WHEN $1 < timestamp '1753-01-01' THEN banc.hors_bornes($1)
    WHEN date_trunc('second', $1) = $1 THEN $1
    ELSE date_trunc('second', $1) + interval '1 millisecond'
        * (div(round(mod(extract(microseconds FROM $1), 1000000) * 3 / 10000) * 10 + 1, 3)) END $$;

-- PostgreSQL has no type of one byte: what is out of range is made to overflow a larger one.
CREATE OR REPLACE FUNCTION banc.tinyint(numeric) RETURNS int2 IMMUTABLE PARALLEL SAFE LANGUAGE sql
AS $$ SELECT CASE WHEN $1 BETWEEN 0 AND 255 THEN $1::int2 ELSE ($1 * 100000)::int2 END $$;

CREATE OR REPLACE FUNCTION banc.motif(citext) RETURNS text IMMUTABLE LANGUAGE plpgsql
AS $$ BEGIN
    IF position('[' IN $1::text) > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'BANC1', MESSAGE = 'LIKE avec [ ]';
    END IF;
    RETURN $1::text;
END $$;

CREATE OR REPLACE FUNCTION banc.ecart(unite text, a timestamp, b timestamp) RETURNS bigint IMMUTABLE PARALLEL SAFE LANGUAGE sql
AS $$ SELECT CASE unite
    WHEN 'year' THEN extract(year FROM b) - extract(year FROM a)
    WHEN 'quarter' THEN (extract(year FROM b) - extract(year FROM a)) * 4 + extract(quarter FROM b) - extract(quarter FROM a)
    WHEN 'month' THEN (extract(year FROM b) - extract(year FROM a)) * 12 + extract(month FROM b) - extract(month FROM a)
    WHEN 'day' THEN b::date - a::date
    WHEN 'week' THEN floor((b::date - date '1899-12-31') / 7.0) - floor((a::date - date '1899-12-31') / 7.0)
    WHEN 'hour' THEN extract(epoch FROM date_trunc('hour', b) - date_trunc('hour', a)) / 3600
    WHEN 'minute' THEN extract(epoch FROM date_trunc('minute', b) - date_trunc('minute', a)) / 60
    WHEN 'second' THEN extract(epoch FROM date_trunc('second', b) - date_trunc('second', a))
    WHEN 'millisecond' THEN extract(epoch FROM date_trunc('milliseconds', b) - date_trunc('milliseconds', a)) * 1000
END::bigint $$;
