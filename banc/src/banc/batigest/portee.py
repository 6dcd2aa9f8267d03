"""What a statement may name: its parameters, the tables in scope, and what its translation asks of the session."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from banc.batigest.catalogue import ColonneTable, Table, cite
from banc.batigest.erreurs import ErreurSql
from banc.batigest.types_sql import TypeSql


@dataclass(frozen=True, slots=True)
class Expr:
    """One translated value. Its SQL yields `type.pg`; text is always `citext`, `char` without its padding."""

    sql: str
    type: TypeSql | None
    """None: a bare NULL."""
    propre: bool = False
    """Text that cannot end with a blank."""
    nullable: bool = True
    nom: str = ""
    """The name a client sees it under."""


Interne = tuple[str, ...]
"""A value the session supplies when the statement runs: `("rowcount",)`, `("object_id", "dbo.X")` …"""


@dataclass(slots=True)
class Contexte:
    """One statement being translated. Placeholders are numbered in the order in which they are first met."""

    base: str
    trouve_table: Callable[[str | None, str], Table | None]
    """(base or None for this one, name) > the table."""
    parametres: Mapping[str, TypeSql]
    """`@p1` > type, names in lower case."""
    en_lot: bool = False
    """Parameters are columns of `lot`, an unnest of arrays, instead of placeholders."""
    emplacements: list[str | Interne] = field(default_factory=list)
    verrous: list[str] = field(default_factory=list)
    """Tables to lock before running, in order."""
    acces: set[tuple[str, str]] = field(default_factory=set)
    """(right, table) this statement needs."""
    lignes_verrouillees: list[str] = field(default_factory=list)
    """Aliases whose rows are locked by FOR UPDATE."""

    def emplacement(self, quoi: str | Interne, type_pg: str) -> str:
        """The SQL that stands for this value."""
        if quoi not in self.emplacements:
            self.emplacements.append(quoi)
        rang = self.emplacements.index(quoi) + 1
        return f"lot.p{rang}" if self.en_lot else f"${rang}::{type_pg}"


@dataclass(slots=True)
class Source:
    """One table, derived table or CTE in FROM."""

    alias: str
    colonnes: dict[str, Expr]
    """Name in lower case > how to refer to it; `nom` keeps the declared spelling."""
    table: Table | None = None


@dataclass(slots=True)
class Portee:
    """The sources of one query, then those around it."""

    sources: list[Source] = field(default_factory=list)
    parente: "Portee | None" = None
    ctes: dict[str, list[Expr]] = field(default_factory=dict)

    def cte(self, nom: str) -> list[Expr] | None:
        """The columns of a CTE by that name, nearest first."""
        trouvee = self.ctes.get(nom.lower())
        if trouvee is None and self.parente is not None:
            return self.parente.cte(nom)
        return trouvee

    def colonne(self, qualifiant: str | None, nom: str) -> Expr:
        """Errors: 207 unknown column, 209 ambiguous, 4104 unknown qualifier."""
        cle = nom.lower()
        qualifie = False
        portee: Portee | None = self
        while portee is not None:
            candidates = portee.sources
            if qualifiant is not None:
                candidates = [s for s in candidates if s.alias == qualifiant.lower()]
                qualifie = qualifie or bool(candidates)
            trouvees = [s.colonnes[cle] for s in candidates if cle in s.colonnes]
            if len(trouvees) > 1:
                raise ErreurSql(209, f"Ambiguous column name '{nom}'.")
            if trouvees:
                return trouvees[0]
            portee = portee.parente
        if qualifiant is not None and not qualifie:
            raise ErreurSql(4104, f'The multi-part identifier "{qualifiant}.{nom}" could not be bound.')
        raise ErreurSql(207, f"Invalid column name '{nom}'.")


def source_de_table(table: Table, alias: str, *, externe: bool = False) -> Source:
    """A table under this alias; `externe`: on the outer side of a join, where anything may be NULL."""
    prefixe = cite(alias)
    return Source(alias.lower(), {c.nom.lower(): _colonne(prefixe, c, externe=externe) for c in table.colonnes}, table)


def _colonne(prefixe: str, colonne: ColonneTable, *, externe: bool) -> Expr:
    return Expr(
        f"{prefixe}.{cite(colonne.nom)}",
        colonne.type,
        propre=colonne.type.fixe,
        nullable=colonne.nullable or externe,
        nom=colonne.nom,
    )


def source_derivee(alias: str, colonnes: list[Expr]) -> Source:
    """A derived table or CTE whose columns PostgreSQL calls c1, c2 …"""
    prefixe = cite(alias)
    return Source(
        alias.lower(),
        {
            c.nom.lower(): Expr(f"{prefixe}.c{rang}", c.type, c.propre, c.nullable, c.nom)
            for rang, c in enumerate(colonnes, 1)
            if c.nom
        },
    )
