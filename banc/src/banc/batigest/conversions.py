"""Turning one T-SQL type into another, and comparing two values the way SQL Server does."""

from banc.batigest.erreurs import refus
from banc.batigest.portee import Expr
from banc.batigest.types_sql import INT, TypeSql, nvarchar, type_commun, varchar

ECHELLE_PG = 6
"""PostgreSQL keeps microseconds, SQL Server a digit more."""
STYLES = {
    "20": "YYYY-MM-DD HH24:MI:SS", "120": "YYYY-MM-DD HH24:MI:SS", "21": "YYYY-MM-DD HH24:MI:SS.MS",
    "121": "YYYY-MM-DD HH24:MI:SS.MS", "23": "YYYY-MM-DD", "101": "MM/DD/YYYY", "102": "YYYY.MM.DD",
    "103": "DD/MM/YYYY", "104": "DD.MM.YYYY", "105": "DD-MM-YYYY", "108": "HH24:MI:SS", "112": "YYYYMMDD",
    "126": 'YYYY-MM-DD"T"HH24:MI:SS',
}  # fmt: skip
"""CONVERT's styles from a moment to text."""


def litteral(texte: str, type_pg: str = "citext") -> str:
    """A PostgreSQL literal."""
    return "'" + texte.replace("'", "''") + f"'::{type_pg}"


def complet(e: Expr) -> Expr:
    """Text with the blanks that `char` shows."""
    if e.type is not None and e.type.fixe:
        return Expr(f"rpad({e.sql}::text, {e.type.longueur})::citext", e.type.variable(), nullable=e.nullable)
    return e


def en_texte(e: Expr) -> Expr:
    """Any value as text, as an implicit conversion gives it."""
    if e.type is None:
        return Expr("NULL::citext", varchar(1), propre=True)
    if e.type.texte:
        return complet(e)
    if e.type.entier:
        return Expr(f"{e.sql}::text::citext", varchar(20), propre=True, nullable=e.nullable)
    if e.type.exact:
        echelle = e.type.chiffres[1] if e.type.nom not in {"money", "smallmoney"} else 2
        return Expr(f"round({e.sql}, {echelle})::text::citext", varchar(41), propre=True, nullable=e.nullable)
    if e.type.nom == "date":
        return Expr(f"{e.sql}::text::citext", varchar(10), propre=True, nullable=e.nullable)
    if e.type.nom == "uniqueidentifier":
        return Expr(f"upper({e.sql}::text)::citext", varchar(36), propre=True, nullable=e.nullable)
    raise refus(f"{e.type.nom} converti en texte sans style")


def convertit(e: Expr, cible: TypeSql, *, style: str | None = None, explicite: bool = False) -> Expr:
    """The value as that type. `explicite` (CAST) cuts text; an assignment leaves it for the column's check."""
    source = e.type
    if source is None:
        return Expr(f"NULL::{cible.pg}", cible, propre=cible.fixe)
    if cible.texte:
        return _vers_texte(e, cible, style, explicite=explicite)
    if style is not None and not (
        source.texte and cible.moment and style in {"112", "120", "121", "126", "20", "21", "23"}
    ):
        raise refus(f"CONVERT de {source.nom} en {cible.nom} avec le style {style}")
    return Expr(_hors_texte(e, source, cible), cible, nullable=e.nullable)


def _hors_texte(e: Expr, source: TypeSql, cible: TypeSql) -> str:  # noqa: PLR0911 - one return per family of types
    sql = e.sql
    if source.texte:
        if cible.nom in {"binary", "varbinary"}:
            raise refus("texte converti en binaire")
        if cible.nom == "bit":
            return f"({sql}::text::int4 <> 0)::int4::int2"
        if cible.nom == "tinyint":
            return f"banc.tinyint({sql}::text::int4)"
        return _moment(f"{sql}::text::{cible.pg}", cible)
    if cible.moment:
        return _vers_moment(sql, source, cible)
    if cible.nom == "bit":
        return f"({sql} <> 0)::int4::int2"
    if source.moment or (cible.nom == "uniqueidentifier") != (source.nom == "uniqueidentifier"):
        raise refus(f"{source.nom} converti en {cible.nom}")
    if cible.nom == "tinyint":
        return sql if source.nom in {"tinyint", "bit"} else f"banc.tinyint(trunc({sql}::numeric))"
    if cible.entier and not source.entier:
        return f"trunc({sql})::{cible.pg}"
    return f"{sql}::{cible.pg}"


def _vers_moment(sql: str, source: TypeSql, cible: TypeSql) -> str:
    if not source.moment:
        raise refus(f"{source.nom} converti en {cible.nom}")
    if source == cible:
        return sql
    if source.nom == "datetimeoffset" and cible.nom != "datetimeoffset":
        # SQL Server drops the offset and keeps the local time of the value; ours are kept in UTC.
        raise refus("datetimeoffset converti en une date sans décalage")
    if cible.nom == "datetimeoffset":
        return f"({sql}::timestamp AT TIME ZONE 'UTC')"
    if source.nom == "time" and cible.nom != "time":
        return _moment(f"(timestamp '1900-01-01' + {sql})", cible)
    return _moment(f"{sql}::{cible.pg}", cible)


def _moment(sql: str, cible: TypeSql) -> str:
    match cible.nom:
        case "datetime":
            return f"banc.datetime({sql})"
        case "smalldatetime":
            return f"date_trunc('minute', {sql} + interval '30 seconds')"
        case "datetime2" | "time" | "datetimeoffset" if cible.echelle < ECHELLE_PG:
            return f"{sql}::{cible.pg}({cible.echelle})"
        case _:
            return sql


def _vers_texte(e: Expr, cible: TypeSql, style: str | None, *, explicite: bool) -> Expr:
    source = e.type
    if source is not None and source.moment and style is not None:
        if style not in STYLES or source.nom == "datetimeoffset":
            raise refus(f"CONVERT de {source.nom} en texte avec le style {style}")
        instant = f"({e.sql})::timestamp" if source.nom != "time" else f"(date '1900-01-01' + {e.sql})"
        texte = Expr(f"to_char({instant}, {litteral(STYLES[style], 'text')})::citext", varchar(30), nullable=e.nullable)
    elif style is not None:
        raise refus(f"CONVERT en texte avec le style {style}")
    else:
        texte = e if cible.fixe and e.type is not None and e.type.fixe else en_texte(e)
    sql, propre = texte.sql, texte.propre
    if not cible.unicode and (source is None or source.unicode):
        sql = f"banc.cp1252({sql})"
    connue = texte.type.longueur if texte.type else 0
    if cible.longueur > 0 and not 0 < connue <= cible.longueur:
        sql = f"left({sql}::text, {cible.longueur})::citext" if explicite else f"banc.coupe({sql}, {cible.longueur})"
        propre = False
    if cible.fixe and not propre:
        sql = f"banc.r({sql})"
    return Expr(sql, cible, propre=propre or cible.fixe, nullable=e.nullable)


def sans_blancs(e: Expr) -> str:
    """Text ready to be compared."""
    if e.type is not None and e.type.texte and not e.propre:
        return f"banc.r({e.sql})"
    return e.sql


def paire(a: Expr, b: Expr) -> tuple[str, str]:
    """Both sides of a comparison, brought to one type: text yields to anything else."""
    if a.type is None or b.type is None:
        type_ = a.type or b.type or INT
        return (sans_blancs(a) if a.type else f"NULL::{type_.pg}"), (sans_blancs(b) if b.type else f"NULL::{type_.pg}")
    if a.type.texte and b.type.texte:
        return sans_blancs(a), sans_blancs(b)
    if a.type.texte:
        return convertit(a, _large(b.type)).sql, b.sql
    if b.type.texte:
        return a.sql, convertit(b, _large(a.type)).sql
    if a.type.moment and b.type.moment and (a.type.nom == "datetimeoffset") != (b.type.nom == "datetimeoffset"):
        commun = type_commun([a.type, b.type]) or a.type
        return convertit(a, commun).sql, convertit(b, commun).sql
    if a.type.nombre != b.type.nombre or (a.type.nom == "time") != (b.type.nom == "time"):
        raise refus(f"comparaison de {a.type.nom} et {b.type.nom}")
    return a.sql, b.sql


def _large(type_: TypeSql) -> TypeSql:
    """The type a text is read as when compared with that one: wide enough not to fail on its own."""
    if type_.entier:
        return INT if type_.nom != "bigint" else type_
    return TypeSql("decimal", precision=38, echelle=10) if type_.exact else type_


def unifie(branches: list[Expr]) -> tuple[list[str], TypeSql | None, bool]:
    """Branches of CASE, COALESCE, UNION: their SQL in the common type, that type, and whether it is blank-free."""
    type_ = type_commun([b.type for b in branches])
    if type_ is None:
        return [b.sql for b in branches], None, False
    memes = all(b.type in {type_, None} for b in branches)
    if type_.texte:
        fixes = memes and type_.fixe
        textes = [b if b.type is None or fixes else complet(b) for b in branches]
        if not all(b.type is None or b.type.texte for b in branches):
            textes = [en_texte(b) if b.type is not None else b for b in branches]
        sql = [b.sql if b.type is not None else "NULL::citext" for b in textes]
        if not memes and type_.fixe:
            type_ = nvarchar(type_.longueur) if type_.unicode else varchar(type_.longueur)
        return sql, type_, fixes or all(b.propre or b.type is None for b in textes)
    return [b.sql if memes and b.type is not None else convertit(b, type_).sql for b in branches], type_, False
