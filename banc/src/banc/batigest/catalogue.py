"""What is stored where: dossiers are PostgreSQL schemas, and the declared T-SQL types are kept beside them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from typing import Any

import psycopg

from banc.batigest.erreurs import refus
from banc.batigest.types_sql import BIT, DATETIME, INT, SYSNAME, TypeSql, nvarchar

Connexion = psycopg.Connection[tuple[Any, ...]]
NOM_MAX = 63
"""Beyond, PostgreSQL would cut it without a word."""
SYSTEMES = ("master", "tempdb", "model", "msdb")


def cite(nom: str) -> str:
    """A PostgreSQL identifier. T-SQL's compare without case: they are all kept in lower case."""
    if len(nom.encode()) > NOM_MAX:
        raise refus(f"un nom de plus de {NOM_MAX} octets ({nom})")
    return '"' + nom.lower().replace('"', '""') + '"'


def schema_pg(base: str) -> str:
    """The PostgreSQL schema of a dossier."""
    return cite(f"dossier:{base}")


@dataclass(frozen=True, slots=True)
class ColonneTable:
    """One column as declared. `defaut` is its T-SQL text."""

    nom: str
    type: TypeSql
    nullable: bool = True
    defaut: str | None = None


@dataclass(frozen=True)
class Table:
    """One table: its name as declared, where PostgreSQL keeps it, its columns."""

    nom: str
    pg: str
    colonnes: tuple[ColonneTable, ...]
    temporaire: bool = False
    systeme: bool = False

    @cached_property
    def par_nom(self) -> dict[str, ColonneTable]:
        return {c.nom.lower(): c for c in self.colonnes}


def _vue(pg: str, *colonnes: tuple[str, TypeSql]) -> Table:
    return Table(pg, f"banc.{pg}", tuple(ColonneTable(nom, type_) for nom, type_ in colonnes), systeme=True)


_COURT = TypeSql("varchar", 128)
_SMALLINT = TypeSql("smallint")
VUES: dict[tuple[str, str], Table] = {
    ("information_schema", "tables"): _vue(
        "is_tables", ("TABLE_CATALOG", SYSNAME), ("TABLE_SCHEMA", SYSNAME), ("TABLE_NAME", SYSNAME),
        ("TABLE_TYPE", _COURT),
    ),
    ("information_schema", "columns"): _vue(
        "is_columns", ("TABLE_CATALOG", SYSNAME), ("TABLE_SCHEMA", SYSNAME), ("TABLE_NAME", SYSNAME),
        ("COLUMN_NAME", SYSNAME), ("ORDINAL_POSITION", INT), ("COLUMN_DEFAULT", nvarchar(4000)),
        ("IS_NULLABLE", _COURT), ("DATA_TYPE", SYSNAME), ("CHARACTER_MAXIMUM_LENGTH", INT),
        ("CHARACTER_OCTET_LENGTH", INT), ("NUMERIC_PRECISION", TypeSql("tinyint")), ("NUMERIC_SCALE", INT),
        ("DATETIME_PRECISION", _SMALLINT), ("CHARACTER_SET_NAME", SYSNAME), ("COLLATION_NAME", SYSNAME),
    ),
    ("information_schema", "table_constraints"): _vue(
        "is_contraintes", ("CONSTRAINT_CATALOG", SYSNAME), ("CONSTRAINT_SCHEMA", SYSNAME),
        ("CONSTRAINT_NAME", SYSNAME), ("TABLE_CATALOG", SYSNAME), ("TABLE_SCHEMA", SYSNAME), ("TABLE_NAME", SYSNAME),
        ("CONSTRAINT_TYPE", _COURT),
    ),
    ("information_schema", "key_column_usage"): _vue(
        "is_cles", ("CONSTRAINT_CATALOG", SYSNAME), ("CONSTRAINT_SCHEMA", SYSNAME), ("CONSTRAINT_NAME", SYSNAME),
        ("TABLE_CATALOG", SYSNAME), ("TABLE_SCHEMA", SYSNAME), ("TABLE_NAME", SYSNAME), ("COLUMN_NAME", SYSNAME),
        ("ORDINAL_POSITION", INT),
    ),
    ("sys", "databases"): _vue(
        "sys_databases", ("name", SYSNAME), ("database_id", INT), ("create_date", DATETIME),
        ("collation_name", SYSNAME), ("compatibility_level", TypeSql("tinyint")), ("is_read_only", BIT),
        ("is_read_committed_snapshot_on", BIT),
    ),
    ("sys", "tables"): _vue(
        "sys_tables", ("name", SYSNAME), ("object_id", INT), ("schema_id", INT), ("type", TypeSql("char", 2)),
        ("type_desc", nvarchar(60)),
    ),
    ("sys", "columns"): _vue(
        "sys_columns", ("object_id", INT), ("name", SYSNAME), ("column_id", INT),
        ("system_type_id", TypeSql("tinyint")), ("max_length", _SMALLINT),
        ("is_nullable", BIT), ("is_identity", BIT), ("is_computed", BIT), ("default_object_id", INT),
    ),
}  # fmt: skip


def prepare_socle(connexion: Connexion) -> None:
    """Create what is missing. Several servers may start on one PostgreSQL at the same time."""
    texte = (files("banc.batigest") / "socle.sql").read_text(encoding="utf-8")
    with connexion.transaction():
        connexion.execute("SELECT pg_advisory_xact_lock(hashtext('banc.batigest'))")
        connexion.execute(texte.encode())


def trouve_base(connexion: Connexion, base: str) -> str | None:
    """The dossier's name as it was created, None when there is none."""
    if base.lower() in SYSTEMES:
        return base.lower()
    ligne = connexion.execute("SELECT nom FROM banc.dossiers WHERE nom = %s::citext", (base,)).fetchone()
    return str(ligne[0]) if ligne else None


def cree_base(connexion: Connexion, base: str) -> None:
    """An empty dossier."""
    connexion.execute("INSERT INTO banc.dossiers (nom) VALUES (%s)", (base,))
    connexion.execute(f"CREATE SCHEMA {schema_pg(base)}".encode())


def supprime_base(connexion: Connexion, base: str) -> None:
    """The dossier and everything in it."""
    connexion.execute(f"DROP SCHEMA {schema_pg(base)} CASCADE".encode())
    connexion.execute("DELETE FROM banc.dossiers WHERE nom = %s::citext", (base,))


def lit_table(connexion: Connexion, base: str, nom: str) -> Table | None:
    """The table as declared."""
    lignes = connexion.execute(
        "SELECT t.nom, c.nom, c.type, c.longueur, c.precision, c.echelle, c.nullable, c.defaut "
        "FROM banc.tables t JOIN banc.colonnes c ON c.table_id = t.id "
        "WHERE t.base = %s::citext AND t.nom = %s::citext ORDER BY c.rang",
        (base, nom),
    ).fetchall()
    if not lignes:
        return None
    colonnes = tuple(
        ColonneTable(colonne, TypeSql(type_, longueur, precision, echelle), nullable, defaut)
        for _, colonne, type_, longueur, precision, echelle, nullable, defaut in lignes
    )
    return Table(lignes[0][0], f"{schema_pg(base)}.{cite(nom)}", colonnes)


@dataclass(frozen=True, slots=True)
class Contrainte:
    """PRIMARY KEY, UNIQUE or INDEX (a unique one) over columns."""

    genre: str
    nom: str
    colonnes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NouvelleTable:
    """What CREATE TABLE asks for. `defauts_pg`: column > PostgreSQL expression."""

    table: Table
    contraintes: tuple[Contrainte, ...] = ()
    defauts_pg: dict[str, str] = field(default_factory=dict)


def sql_de_creation(nouvelle: NouvelleTable) -> list[str]:
    """The PostgreSQL statements that create it."""
    table = nouvelle.table
    corps = ", ".join(definition_pg(c, nouvelle.defauts_pg.get(c.nom.lower())) for c in table.colonnes)
    genre = "TEMP TABLE" if table.temporaire else "TABLE"
    return [
        f"CREATE {genre} {table.pg} ({corps})",
        *(sql_de_contrainte(table, contrainte) for contrainte in nouvelle.contraintes),
    ]


def definition_pg(colonne: ColonneTable, defaut_pg: str | None) -> str:
    """One column: its storage type, and checks for what that type does not refuse by itself."""
    nom, type_ = cite(colonne.nom), colonne.type
    texte = f"{nom} {type_.pg}"
    if not colonne.nullable:
        texte += " NOT NULL"
    if defaut_pg is not None:
        texte += f" DEFAULT {defaut_pg}"
    if type_.texte and type_.longueur > 0:
        texte += f" CONSTRAINT {cite('l_' + colonne.nom)} CHECK (length({nom}::text) <= {type_.longueur})"
    elif type_.nom == "tinyint":
        texte += f" CONSTRAINT {cite('n_' + colonne.nom)} CHECK ({nom} BETWEEN 0 AND 255)"
    return texte


def sql_de_contrainte(table: Table, contrainte: Contrainte) -> str:
    """A unique index; trailing blanks and case do not count, and NULL equals NULL."""
    prefixe = {"PRIMARY KEY": "pk_", "UNIQUE": "uq_"}.get(contrainte.genre, "ix_")
    cles = []
    for nom in contrainte.colonnes:
        type_ = table.par_nom[nom.lower()].type
        cles.append(f"banc.r({cite(nom)})" if type_.texte and not type_.fixe else cite(nom))
    unique = "" if contrainte.genre == "INDEX ORDINAIRE" else "UNIQUE "
    fin = " NULLS NOT DISTINCT" if unique else ""
    return f"CREATE {unique}INDEX {cite(prefixe + contrainte.nom)} ON {table.pg} ({', '.join(cles)}){fin}"


def inscrit_table(connexion: Connexion, base: str, nouvelle: NouvelleTable) -> None:
    """Note the declared types of a table just created."""
    ligne = connexion.execute(
        "INSERT INTO banc.tables (base, nom) VALUES (%s, %s) RETURNING id", (base, nouvelle.table.nom)
    ).fetchone()
    if ligne is None:
        raise RuntimeError("INSERT RETURNING always answers")
    inscrit_colonnes(connexion, int(ligne[0]), nouvelle.table.colonnes)
    for contrainte in nouvelle.contraintes:
        inscrit_contrainte(connexion, int(ligne[0]), contrainte)


def inscrit_colonnes(connexion: Connexion, table_id: int, colonnes: Sequence[ColonneTable]) -> None:
    """Note the declared types of columns just added, after those already there."""
    for colonne in colonnes:
        type_ = colonne.type
        connexion.execute(
            "INSERT INTO banc.colonnes SELECT %s, coalesce(max(rang), 0) + 1, %s, %s, %s, %s, %s, %s, %s, %s "
            "FROM banc.colonnes WHERE table_id = %s",
            (
                table_id, colonne.nom, type_.nom, type_.longueur, type_.precision, type_.echelle, colonne.nullable,
                colonne.defaut, list(type_.information_schema), table_id,
            ),
        )  # fmt: skip


def inscrit_contrainte(connexion: Connexion, table_id: int, contrainte: Contrainte) -> None:
    """Note a key."""
    connexion.execute(
        "INSERT INTO banc.contraintes VALUES (%s, %s, %s, %s::citext[])",
        (table_id, contrainte.nom, contrainte.genre, list(contrainte.colonnes)),
    )


def id_de_table(connexion: Connexion, base: str, nom: str) -> int | None:
    """OBJECT_ID."""
    ligne = connexion.execute(
        "SELECT id FROM banc.tables WHERE base = %s::citext AND nom = %s::citext", (base, nom)
    ).fetchone()
    return int(ligne[0]) if ligne else None
