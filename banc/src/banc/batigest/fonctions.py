"""The functions of T-SQL that the bench knows, by name. Any other is refused."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from banc.batigest.conversions import complet, convertit, en_texte, litteral, paire, sans_blancs, unifie
from banc.batigest.erreurs import ErreurSql, refus
from banc.batigest.portee import Expr, Interne, Portee
from banc.batigest.types_sql import (
    BIGINT,
    DATETIME,
    DATETIME2,
    DATETIMEOFFSET,
    FLOAT,
    INT,
    SYSNAME,
    UNIQUEIDENTIFIER,
    TypeSql,
    decimal,
    nvarchar,
    varchar,
)  # fmt: skip

if TYPE_CHECKING:
    from banc.batigest.expressions import Expressions

AGREGATS = ("COUNT", "COUNT_BIG", "SUM", "MIN", "MAX", "AVG")
RANGS = ("ROW_NUMBER", "RANK")
_UNITES = {
    "year": ("year", "yy", "yyyy"), "quarter": ("quarter", "qq", "q"), "month": ("month", "mm", "m"),
    "day": ("day", "dd", "d"), "week": ("week", "wk", "ww"), "hour": ("hour", "hh"), "minute": ("minute", "mi", "n"),
    "second": ("second", "ss", "s"), "millisecond": ("millisecond", "ms"),
}  # fmt: skip
UNITES = {alias: unite for unite, alias_ in _UNITES.items() for alias in alias_}

Arguments = Sequence[exp.Expr]
_Fonction = Callable[["Expressions", Arguments, Portee], Expr]


def appelle(expressions: "Expressions", nom: str, arguments: Arguments, portee: Portee) -> Expr:
    """One call. Errors: the refusal by name, 174 for a wrong number of arguments."""
    majuscules = nom.upper()
    if majuscules in AGREGATS:
        return _agregat(expressions, majuscules, arguments, portee)
    connue = _FONCTIONS.get(majuscules)
    if connue is None:
        raise refus(f"la fonction {majuscules}")
    minimum, maximum, fonction = connue
    if not minimum <= len(arguments) <= maximum:
        raise ErreurSql(174, f"The {nom.lower()} function requires {minimum} argument(s).", classe=15)
    return fonction(expressions, arguments, portee)


def _agregat(expressions: "Expressions", nom: str, arguments: Arguments, portee: Portee) -> Expr:
    if len(arguments) != 1:
        raise ErreurSql(174, f"The {nom.lower()} function requires 1 argument(s).", classe=15)
    argument, distinct = arguments[0], ""
    if isinstance(argument, exp.Distinct):
        if len(argument.expressions) != 1:
            raise refus(f"{nom}(DISTINCT) de plusieurs valeurs")
        argument, distinct = argument.expressions[0], "DISTINCT "
    compte = {"COUNT": INT, "COUNT_BIG": BIGINT}.get(nom)
    if isinstance(argument, exp.Star):
        if compte is None or distinct:
            raise refus(f"{nom}(*)")
        return Expr(f"count(*)::{compte.pg}", compte, nullable=False)
    groupes, expressions.groupes = expressions.groupes, None
    e = expressions.valeur(argument, portee)
    expressions.groupes = groupes
    if compte is not None:
        return Expr(f"count({distinct}{sans_blancs(e) if distinct else e.sql})::{compte.pg}", compte, nullable=False)
    if e.type is None or (nom in {"SUM", "AVG"} and not e.type.nombre) or e.type.nom == "bit":
        raise ErreurSql(
            8117, f"Operand data type {e.type.nom if e.type else 'NULL'} is invalid for {nom.lower()} operator."
        )
    if nom in {"MIN", "MAX"}:
        return Expr(f"{nom.lower()}({e.sql})", e.type, e.propre)
    type_ = _type_somme(e.type, nom)
    if nom == "AVG" and type_.entier:
        return Expr(f"div(sum({distinct}{e.sql})::numeric, count({distinct}{e.sql}))::{type_.pg}", type_)
    return Expr(f"{nom.lower()}({distinct}{e.sql})::{type_.pg}", type_)


def _type_somme(type_: TypeSql, nom: str) -> TypeSql:
    if type_.entier:
        return BIGINT if type_.nom == "bigint" else INT
    if type_.exact:
        echelle = type_.chiffres[1]
        return decimal(38, max(echelle, 6) if nom == "AVG" else echelle)
    return FLOAT


def _texte(e: Expr) -> str:
    return f"{en_texte(e).sql}::text"


def _longueur(e: Expr) -> int:
    return en_texte(e).type.longueur if e.type is not None else 1  # type: ignore[union-attr]


def _comme(e: Expr, longueur: int | None = None) -> TypeSql:
    """varchar or nvarchar, as the argument is."""
    longueur = _longueur(e) if longueur is None else longueur
    return nvarchar(longueur) if e.type is not None and e.type.unicode else varchar(longueur)


def _par_texte(sql: str, *, propre: bool = False) -> _Fonction:
    """A function of one text whose answer is no longer than it. `{}` stands for the text."""

    def fonction(expressions: "Expressions", arguments: Arguments, portee: Portee) -> Expr:
        e = expressions.valeur(arguments[0], portee)
        return Expr(f"{sql.format(_texte(e))}::citext", _comme(e), propre or en_texte(e).propre, e.nullable)

    return fonction


def _ltrim(expressions: "Expressions", arguments: Arguments, portee: Portee) -> Expr:
    return _par_texte("ltrim({}, ' ')")(expressions, arguments, portee)


def _len(expressions: "Expressions", arguments: Arguments, portee: Portee) -> Expr:
    e = expressions.valeur(arguments[0], portee)
    return Expr(f"length(rtrim({_texte(e)}, ' '))", INT, nullable=e.nullable)


def _datalength(expressions: "Expressions", arguments: Arguments, portee: Portee) -> Expr:
    e = expressions.valeur(arguments[0], portee)
    if e.type is None or not e.type.texte:
        raise refus("DATALENGTH d’autre chose que du texte")
    return Expr(f"(length({_texte(e)}) * {2 if e.type.unicode else 1})", INT, nullable=e.nullable)


def _entier(expressions: "Expressions", noeud: exp.Expr, portee: Portee) -> str:
    return convertit(expressions.valeur(noeud, portee), INT).sql


def _substring(expressions: "Expressions", arguments: Arguments, portee: Portee) -> Expr:
    e = expressions.valeur(arguments[0], portee)
    debut, longueur = (_entier(expressions, a, portee) for a in arguments[1:])
    return Expr(f"substr({_texte(e)}, {debut}, {longueur})::citext", _comme(e), nullable=e.nullable)


def _cote(nom: str) -> _Fonction:
    def fonction(expressions: "Expressions", arguments: Arguments, portee: Portee) -> Expr:
        e = expressions.valeur(arguments[0], portee)
        # PostgreSQL counts a negative length from the other end, SQL Server refuses it.
        longueur = f"greatest({_entier(expressions, arguments[1], portee)}, 0)"
        return Expr(f"{nom}({_texte(e)}, {longueur})::citext", _comme(e), nullable=e.nullable)

    return fonction


def _replace(expressions: "Expressions", arguments: Arguments, portee: Portee) -> Expr:
    e, quoi, par = (expressions.valeur(a, portee) for a in arguments)
    sql = f"replace({en_texte(e).sql}, {en_texte(quoi).sql}, {en_texte(par).sql})::citext"
    return Expr(sql, _comme(e, 4000 if e.type and e.type.unicode else 8000), nullable=e.nullable)


def _charindex(expressions: "Expressions", arguments: Arguments, portee: Portee) -> Expr:
    quoi, texte = (en_texte(expressions.valeur(a, portee)) for a in arguments)
    return Expr(f"strpos({texte.sql}, {quoi.sql})", INT, nullable=texte.nullable)


def _concat(expressions: "Expressions", arguments: Arguments, portee: Portee) -> Expr:
    textes = [en_texte(expressions.valeur(a, portee)) for a in arguments]
    types = [t.type for t in textes if t.type is not None]
    longueur = -1 if any(t.longueur < 0 for t in types) else sum(t.longueur for t in types)
    type_ = nvarchar(longueur) if any(t.unicode for t in types) else varchar(longueur)
    return Expr(f"concat({', '.join(f'{t.sql}::text' for t in textes)})::citext", type_, nullable=False)


def _coalesce(expressions: "Expressions", arguments: Arguments, portee: Portee) -> Expr:
    branches = [expressions.valeur(a, portee) for a in arguments]
    sql, type_, propre = unifie(branches)
    return Expr(f"coalesce({', '.join(sql)})", type_, propre, all(b.nullable for b in branches))


def _isnull(expressions: "Expressions", arguments: Arguments, portee: Portee) -> Expr:
    """Of the type of the first, unlike COALESCE."""
    premiere, seconde = (expressions.valeur(a, portee) for a in arguments)
    if premiere.type is None:
        return seconde
    autre = convertit(seconde, premiere.type, explicite=True)
    propre = premiere.propre and autre.propre
    return Expr(
        f"coalesce({premiere.sql}, {autre.sql})", premiere.type, propre, premiere.nullable and seconde.nullable
    )  # fmt: skip


def _nullif(expressions: "Expressions", arguments: Arguments, portee: Portee) -> Expr:
    a, b = (expressions.valeur(x, portee) for x in arguments)
    gauche, droite = paire(a, b)
    return Expr(f"(CASE WHEN {gauche} = {droite} THEN NULL ELSE {a.sql} END)", a.type, a.propre)


def _iif(expressions: "Expressions", arguments: Arguments, portee: Portee) -> Expr:
    condition = expressions.condition(arguments[0], portee)
    branches = [expressions.valeur(a, portee) for a in arguments[1:]]
    (oui, non), type_, propre = unifie(branches)
    return Expr(f"(CASE WHEN {condition} THEN {oui} ELSE {non} END)", type_, propre)


def _nombre(nom: str, type_: Callable[[TypeSql], TypeSql]) -> _Fonction:
    def fonction(expressions: "Expressions", arguments: Arguments, portee: Portee) -> Expr:
        e = expressions.valeur(arguments[0], portee)
        if e.type is None or not e.type.nombre:
            raise refus(f"{nom.upper()} d’autre chose qu’un nombre")
        cible = type_(e.type)
        return Expr(f"{nom}({e.sql})::{cible.pg}", cible, nullable=e.nullable)

    return fonction


def _round(expressions: "Expressions", arguments: Arguments, portee: Portee) -> Expr:
    e, chiffres = expressions.valeur(arguments[0], portee), _entier(expressions, arguments[1], portee)
    if e.type is None or not e.type.nombre:
        raise refus("ROUND d’autre chose qu’un nombre")
    return Expr(f"round(({e.sql})::numeric, {chiffres})::{e.type.pg}", e.type, nullable=e.nullable)


def _entier_le_plus_proche(type_: TypeSql) -> TypeSql:
    return decimal(type_.chiffres[0], 0) if type_.exact else type_


def _maintenant(sql: str, type_: TypeSql) -> _Fonction:
    return lambda _expressions, _arguments, _portee: Expr(sql, type_, nullable=False)


def _unite(noeud: exp.Expr) -> str:
    nom = noeud.name.lower()
    if not isinstance(noeud, exp.Column | exp.Var) or nom not in UNITES:
        raise refus(f"l’unité de temps {noeud.sql(dialect='tsql')}")
    return UNITES[nom]


def _instant(expressions: "Expressions", noeud: exp.Expr, portee: Portee) -> Expr:
    e = expressions.valeur(noeud, portee)
    if e.type is None or e.type.texte:
        return convertit(e, DATETIME)
    if not e.type.moment or e.type.nom == "datetimeoffset":
        raise refus(f"calcul de date sur {e.type.nom}")
    return e


def _dateadd(expressions: "Expressions", arguments: Arguments, portee: Portee) -> Expr:
    unite, nombre = _unite(arguments[0]), _entier(expressions, arguments[1], portee)
    e = _instant(expressions, arguments[2], portee)
    pas = {"quarter": "3 months"}.get(unite, f"1 {unite}")
    sql = f"({e.sql} + {nombre} * interval '{pas}')"
    if e.type is not None and e.type.nom != "time":
        sql = f"{sql}::{e.type.pg}"
    return Expr(f"banc.datetime({sql})" if e.type == DATETIME else sql, e.type, nullable=e.nullable)


def _datediff(expressions: "Expressions", arguments: Arguments, portee: Portee) -> Expr:
    """Counts the boundaries crossed, not the time elapsed."""
    unite = _unite(arguments[0])
    debut, fin = (_instant(expressions, a, portee) for a in arguments[1:])
    if any(e.type is not None and e.type.nom == "time" for e in (debut, fin)):
        raise refus("DATEDIFF entre deux heures du jour")
    sql = f"banc.ecart('{unite}', {debut.sql}::timestamp, {fin.sql}::timestamp)::int4"
    return Expr(sql, INT, nullable=debut.nullable or fin.nullable)


def _partie(unite: str, e: Expr) -> Expr:
    champ = {"millisecond": "milliseconds"}.get(unite, unite)
    if unite == "week":
        raise refus("DATEPART(week)")
    sql = f"trunc(extract({champ} FROM {e.sql}))::int4"
    return Expr(f"({sql} % 1000)" if unite == "millisecond" else sql, INT, nullable=e.nullable)


def _datepart(expressions: "Expressions", arguments: Arguments, portee: Portee) -> Expr:
    return _partie(_unite(arguments[0]), _instant(expressions, arguments[1], portee))


def _partie_fixe(unite: str) -> _Fonction:
    return lambda expressions, arguments, portee: _partie(unite, _instant(expressions, arguments[0], portee))


def _interne(nom: str, type_: TypeSql) -> _Fonction:
    """A value only the session knows; its arguments must be literal."""

    def fonction(expressions: "Expressions", arguments: Arguments, _portee: Portee) -> Expr:
        textes = []
        for argument in arguments:
            if not isinstance(argument, exp.Literal | exp.National | exp.Null):
                raise refus(f"la fonction {nom.upper()} avec un argument calculé")
            textes.append("" if isinstance(argument, exp.Null) else str(argument.this))
        cle: Interne = (nom, *textes)
        return Expr(expressions.contexte.emplacement(cle, type_.pg), type_, propre=True)

    return fonction


def _str_fixe(texte: str, type_: TypeSql) -> _Fonction:
    return lambda _expressions, _arguments, _portee: Expr(litteral(texte), type_, propre=True, nullable=False)


def _newid(_expressions: "Expressions", _arguments: Arguments, _portee: Portee) -> Expr:
    return Expr("gen_random_uuid()", UNIQUEIDENTIFIER, nullable=False)


def _replicate(expressions: "Expressions", arguments: Arguments, portee: Portee) -> Expr:
    e = complet(expressions.valeur(arguments[0], portee))
    fois = _entier(expressions, arguments[1], portee)
    return Expr(
        f"left(repeat({_texte(e)}, {fois}), 8000)::citext", _comme(e, 4000 if e.type and e.type.unicode else 8000)
    )


def _type_name(expressions: "Expressions", arguments: Arguments, portee: Portee) -> Expr:
    return Expr(f"banc.type_name({_entier(expressions, arguments[0], portee)})", SYSNAME, propre=True)


_FONCTIONS: dict[str, tuple[int, int, _Fonction]] = {
    "LTRIM": (1, 1, _ltrim),
    "RTRIM": (1, 1, _par_texte("rtrim({}, ' ')", propre=True)),
    "UPPER": (1, 1, _par_texte("upper({})")),
    "LOWER": (1, 1, _par_texte("lower({})")),
    "LEN": (1, 1, _len),
    "DATALENGTH": (1, 1, _datalength),
    "SUBSTRING": (3, 3, _substring),
    "LEFT": (2, 2, _cote("left")),
    "RIGHT": (2, 2, _cote("right")),
    "REPLACE": (3, 3, _replace),
    "REPLICATE": (2, 2, _replicate),
    "CHARINDEX": (2, 2, _charindex),
    "CONCAT": (2, 254, _concat),
    "COALESCE": (2, 254, _coalesce),
    "ISNULL": (2, 2, _isnull),
    "NULLIF": (2, 2, _nullif),
    "IIF": (3, 3, _iif),
    "ABS": (1, 1, _nombre("abs", lambda t: t)),
    "FLOOR": (1, 1, _nombre("floor", _entier_le_plus_proche)),
    "CEILING": (1, 1, _nombre("ceil", _entier_le_plus_proche)),
    "ROUND": (2, 2, _round),
    "GETDATE": (0, 0, _maintenant("banc.datetime(statement_timestamp()::timestamp)", DATETIME)),
    "GETUTCDATE": (0, 0, _maintenant("banc.datetime(statement_timestamp() AT TIME ZONE 'UTC')", DATETIME)),
    "SYSDATETIME": (0, 0, _maintenant("statement_timestamp()::timestamp", DATETIME2)),
    "SYSUTCDATETIME": (0, 0, _maintenant("(statement_timestamp() AT TIME ZONE 'UTC')", DATETIME2)),
    "SYSDATETIMEOFFSET": (0, 0, _maintenant("statement_timestamp()", DATETIMEOFFSET)),
    "TYPE_NAME": (1, 1, _type_name),
    "DATEADD": (3, 3, _dateadd),
    "DATEDIFF": (3, 3, _datediff),
    "DATEPART": (2, 2, _datepart),
    "YEAR": (1, 1, _partie_fixe("year")),
    "MONTH": (1, 1, _partie_fixe("month")),
    "DAY": (1, 1, _partie_fixe("day")),
    "NEWID": (0, 0, _newid),
    "ROW_NUMBER": (0, 0, lambda _e, _a, _p: Expr("row_number()", BIGINT, nullable=False)),
    "RANK": (0, 0, lambda _e, _a, _p: Expr("rank()", BIGINT, nullable=False)),
    "DB_NAME": (0, 0, _interne("db_name", SYSNAME)),
    "DB_ID": (0, 1, _interne("db_id", TypeSql("smallint"))),
    "SUSER_SNAME": (0, 0, _interne("suser_sname", SYSNAME)),
    "SUSER_NAME": (0, 0, _interne("suser_sname", SYSNAME)),
    "ORIGINAL_LOGIN": (0, 0, _interne("suser_sname", SYSNAME)),
    "USER_NAME": (0, 0, _str_fixe("dbo", SYSNAME)),
    "SCHEMA_NAME": (0, 0, _str_fixe("dbo", SYSNAME)),
    "HOST_NAME": (0, 0, _interne("host_name", SYSNAME)),
    "APP_NAME": (0, 0, _interne("app_name", SYSNAME)),
    "SERVERPROPERTY": (1, 1, _interne("serverproperty", nvarchar(128))),
    "DATABASEPROPERTYEX": (2, 2, _interne("databasepropertyex", nvarchar(128))),
    "HAS_PERMS_BY_NAME": (3, 3, _interne("has_perms_by_name", INT)),
    "HAS_DBACCESS": (1, 1, _interne("has_dbaccess", INT)),
    "OBJECT_ID": (1, 2, _interne("object_id", INT)),
    "COL_LENGTH": (2, 2, _interne("col_length", TypeSql("smallint"))),
    "IS_MEMBER": (1, 1, _interne("is_member", INT)),
    "IS_SRVROLEMEMBER": (1, 1, _interne("is_srvrolemember", INT)),
    "XACT_STATE": (0, 0, _interne("xact_state", TypeSql("smallint"))),
}
