"""T-SQL types: how one is declared, stored in PostgreSQL, and described to a client.

Text is stored as `citext`, which compares without case. `char(n)` is stored without its trailing blanks and
padded again wherever a person could see them; `varchar` keeps its own, and comparisons ignore them.
"""

from dataclasses import dataclass, replace
from functools import cached_property

CHIFFRES_MAX = 38
MAX = -1
"""The length of `varchar(max)`."""

COLLATION = bytes.fromhex("0c04d00000")
"""French_CI_AS, code page 1252."""
NOM_COLLATION = "French_CI_AS"

ENTIERS = ("bit", "tinyint", "smallint", "int", "bigint")
EXACTS = ("decimal", "numeric", "money", "smallmoney")
APPROCHES = ("real", "float")
DATES = ("date", "time", "smalldatetime", "datetime", "datetime2", "datetimeoffset")
TEXTES = ("char", "varchar", "nchar", "nvarchar")
OCTETS = ("binary", "varbinary")

_PG = {
    "bit": "int2", "tinyint": "int2", "smallint": "int2", "int": "int4", "bigint": "int8",
    "money": "numeric(19,4)", "smallmoney": "numeric(10,4)", "real": "float4", "float": "float8",
    "date": "date", "time": "time", "smalldatetime": "timestamp", "datetime": "timestamp", "datetime2": "timestamp",
    "datetimeoffset": "timestamptz", "uniqueidentifier": "uuid", "binary": "bytea", "varbinary": "bytea",
    "char": "citext", "varchar": "citext", "nchar": "citext", "nvarchar": "citext",
}  # fmt: skip
_LARGEURS = {"bit": 1, "tinyint": 1, "smallint": 2, "int": 4, "bigint": 8}
_CHIFFRES = {"tinyint": 3, "smallint": 5, "int": 10, "bigint": 19, "bit": 1}


@dataclass(frozen=True)
class TypeSql:
    """One declared type. `longueur` counts characters (bytes for binary), `MAX` for (max)."""

    nom: str
    longueur: int = 0
    precision: int = 0
    echelle: int = 0

    @cached_property
    def texte(self) -> bool:
        return self.nom in TEXTES

    @cached_property
    def unicode(self) -> bool:
        return self.nom in {"nchar", "nvarchar"}

    @cached_property
    def fixe(self) -> bool:
        """Padded with blanks on the way out."""
        return self.nom in {"char", "nchar"}

    @cached_property
    def entier(self) -> bool:
        return self.nom in ENTIERS

    @cached_property
    def exact(self) -> bool:
        return self.nom in EXACTS

    @cached_property
    def nombre(self) -> bool:
        return self.entier or self.exact or self.nom in APPROCHES

    @cached_property
    def moment(self) -> bool:
        return self.nom in DATES

    @cached_property
    def pg(self) -> str:
        """The PostgreSQL type that stores it."""
        if self.nom in {"decimal", "numeric"}:
            return f"numeric({self.precision},{self.echelle})"
        return _PG[self.nom]

    @cached_property
    def declaration(self) -> str:
        """As T-SQL writes it."""
        if self.texte or self.nom in OCTETS:
            return f"{self.nom}({'max' if self.longueur == MAX else self.longueur})"
        if self.nom in {"decimal", "numeric"}:
            return f"{self.nom}({self.precision},{self.echelle})"
        if self.nom in {"time", "datetime2", "datetimeoffset"}:
            return f"{self.nom}({self.echelle})"
        return self.nom

    @cached_property
    def chiffres(self) -> tuple[int, int]:
        """Precision and scale when it takes part in decimal arithmetic."""
        match self.nom:
            case "decimal" | "numeric":
                return self.precision, self.echelle
            case "money":
                return 19, 4
            case "smallmoney":
                return 10, 4
            case _:
                return _CHIFFRES[self.nom], 0

    @cached_property
    def largeur(self) -> int:
        """Bytes of an integer on the wire."""
        return _LARGEURS[self.nom]

    def variable(self) -> "TypeSql":
        """`char(8)` > `varchar(8)`: what it becomes once its blanks are significant."""
        return replace(self, nom=self.nom.replace("nchar", "nvarchar") if self.unicode else "varchar")

    @cached_property
    def information_schema(self) -> tuple[int | None, int | None, int | None, int | None, int | None]:
        """CHARACTER_MAXIMUM_LENGTH, _OCTET_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE, DATETIME_PRECISION."""
        if self.texte or self.nom in OCTETS:
            octets = self.longueur * 2 if self.unicode and self.longueur != MAX else self.longueur
            return self.longueur, octets, None, None, None
        if self.nom in APPROCHES:
            return None, None, 53 if self.nom == "float" else 24, None, None
        if self.nombre and self.nom != "bit":
            return None, None, *self.chiffres, None
        if self.moment:
            precision = {"date": 0, "smalldatetime": 0, "datetime": 3}.get(self.nom, self.echelle)
            return None, None, None, None, precision
        return None, None, None, None, None


INT = TypeSql("int")
BIGINT = TypeSql("bigint")
BIT = TypeSql("bit")
FLOAT = TypeSql("float")
DATE = TypeSql("date")
DATETIME = TypeSql("datetime")
DATETIME2 = TypeSql("datetime2", echelle=7)
DATETIMEOFFSET = TypeSql("datetimeoffset", echelle=7)
UNIQUEIDENTIFIER = TypeSql("uniqueidentifier")
SYSNAME = TypeSql("nvarchar", 128)


def varchar(longueur: int) -> TypeSql:
    """`varchar(n)`; beyond 8,000 it is cut there, as an expression of SQL Server is."""
    return TypeSql("varchar", MAX if longueur == MAX else max(1, min(longueur, 8000)))


def nvarchar(longueur: int) -> TypeSql:
    """`nvarchar(n)`, at most 4,000."""
    return TypeSql("nvarchar", MAX if longueur == MAX else max(1, min(longueur, 4000)))


def decimal(precision: int, echelle: int) -> TypeSql:
    """`decimal(p,s)`; above 38 digits the scale gives way, down to 6, as SQL Server does."""
    if precision > CHIFFRES_MAX:
        echelle = max(min(echelle, 6), echelle - (precision - CHIFFRES_MAX))
        precision = CHIFFRES_MAX
    return TypeSql("decimal", precision=precision, echelle=echelle)


_RANGS = (
    "datetimeoffset", "datetime2", "datetime", "smalldatetime", "date", "time", "float", "real", "decimal", "numeric",
    "money", "smallmoney", "bigint", "int", "smallint", "tinyint", "bit", "uniqueidentifier", "nvarchar", "nchar",
    "varchar", "char", "varbinary", "binary",
)  # fmt: skip


def type_commun(types: list[TypeSql | None]) -> TypeSql | None:
    """The type several branches of one expression share (T-SQL's precedence); None when all are NULL."""
    connus = [t for t in types if t is not None]
    if not connus:
        return None
    premier = min(connus, key=lambda t: _RANGS.index(t.nom))
    if all(t == premier for t in connus):
        return premier
    if premier.texte:
        longueurs = [t.longueur for t in connus if t.texte]
        longueur = MAX if MAX in longueurs else max(longueurs)
        return nvarchar(longueur) if any(t.unicode for t in connus) else varchar(longueur)
    if premier.exact:
        chiffres = [t.chiffres for t in connus if t.exact or t.entier]
        echelle = max(s for _, s in chiffres)
        return decimal(max(p - s for p, s in chiffres) + echelle, echelle)
    return premier
