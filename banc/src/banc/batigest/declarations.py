"""The T-SQL type that a declaration names."""

from functools import lru_cache

from sqlglot import exp, parse_one
from sqlglot.errors import ParseError

from banc.batigest.analyse import Dialecte, seulement
from banc.batigest.erreurs import ErreurSql, refus
from banc.batigest.types_sql import CHIFFRES_MAX, MAX, SYSNAME, TypeSql

_NOMS = {
    "BIT": "bit", "UTINYINT": "tinyint", "TINYINT": "tinyint", "SMALLINT": "smallint", "INT": "int", "BIGINT": "bigint",
    "DECIMAL": "decimal", "MONEY": "money", "SMALLMONEY": "smallmoney", "FLOAT": "float", "DOUBLE": "float",
    "DATE": "date", "TIME": "time", "DATETIME": "datetime", "DATETIME2": "datetime2",
    "SMALLDATETIME": "smalldatetime", "TIMESTAMPTZ": "datetimeoffset", "UUID": "uniqueidentifier", "CHAR": "char",
    "VARCHAR": "varchar", "NCHAR": "nchar", "NVARCHAR": "nvarchar", "BINARY": "binary", "VARBINARY": "varbinary",
}  # fmt: skip
_A_PART = {"sysname": SYSNAME, "real": TypeSql("real")}
_REELS = 24
"""float(1) to float(24) is real."""


def lit_declaration(noeud: exp.Expr, *, defaut: int = 1) -> TypeSql:
    """`defaut`: the length of text and binary without one (1 in a declaration, 30 in CAST)."""
    if not isinstance(noeud, exp.DataType):
        raise refus(f"le type {noeud.sql(dialect='tsql')}")
    seulement(noeud, "this", "expressions", "kind", "nested")
    propre = _A_PART.get(str(noeud.args.get("kind") or "").lower())
    if propre is not None:
        return propre
    nom = _NOMS.get(getattr(noeud.this, "name", ""))
    tailles = [p.name.upper() for p in noeud.expressions]
    if nom is None or not all(t.isdigit() or t == "MAX" for t in tailles):
        raise refus(f"le type {noeud.sql(dialect='tsql')}")
    nombres = [MAX if t == "MAX" else int(t) for t in tailles]
    if nom in {"char", "varchar", "nchar", "nvarchar", "binary", "varbinary"}:
        return _avec_longueur(nom, nombres[0] if nombres else defaut)
    if nom == "decimal":
        precision, echelle = (*nombres, 18, 0)[:2] if len(nombres) != 1 else (nombres[0], 0)
        if not 1 <= precision <= CHIFFRES_MAX or echelle > precision:
            raise ErreurSql(2750, f"Column or parameter: specified column precision {precision} is not valid.")
        return TypeSql(nom, precision=precision, echelle=echelle)
    if nom in {"time", "datetime2", "datetimeoffset"}:
        return TypeSql(nom, echelle=nombres[0] if nombres else 7)
    if nom == "float" and nombres and nombres[0] <= _REELS:
        return TypeSql("real")
    return TypeSql(nom)


def _avec_longueur(nom: str, longueur: int) -> TypeSql:
    plafond = 4000 if nom.startswith("n") else 8000
    if longueur == 0 or longueur > plafond or (longueur == MAX and "var" not in nom):
        raise ErreurSql(
            131, f"The size ({longueur}) given to the type '{nom}' exceeds the maximum allowed ({plafond})."
        )
    return TypeSql(nom, longueur)


@lru_cache(maxsize=2000)
def lit_parametres(texte: str) -> dict[str, TypeSql]:
    """`@P1 nvarchar(8),@P2 float OUTPUT` > names in lower case and their types."""
    types: dict[str, TypeSql] = {}
    profondeur, debut = 0, 0
    for rang, lettre in enumerate(texte + ","):
        profondeur += (lettre == "(") - (lettre == ")")
        if lettre == "," and not profondeur:
            morceau = texte[debut:rang].strip()
            debut = rang + 1
            if morceau:
                nom, _, declaration = morceau.partition(" ")
                types[nom.lower()] = _type_de(declaration.strip().removesuffix("OUTPUT").removesuffix("output").strip())
    return types


@lru_cache(maxsize=2000)
def _type_de(declaration: str) -> TypeSql:
    try:
        arbre = parse_one(f"CAST(NULL AS {declaration})", dialect=Dialecte)
    except ParseError as exc:
        raise refus(f"le type {declaration}") from exc
    return lit_declaration(arbre.args["to"])
