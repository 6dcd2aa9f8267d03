"""CREATE, ALTER and DROP: what they ask for, as tables of the catalogue."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from banc.batigest.analyse import seulement
from banc.batigest.catalogue import ColonneTable, Contrainte, NouvelleTable, Table, cite, schema_pg
from banc.batigest.conversions import convertit
from banc.batigest.declarations import lit_declaration
from banc.batigest.erreurs import ErreurSql, refus
from banc.batigest.expressions import Expressions
from banc.batigest.portee import Contexte, Expr, Portee
from banc.batigest.requetes import Requetes, est_temporaire
from banc.batigest.types_sql import INT

_COLLATIONS = {"DATABASE_DEFAULT", "FRENCH_CI_AS"}


@dataclass(frozen=True, slots=True)
class Lue:
    """One column of a definition, with the keys written beside it."""

    colonne: ColonneTable
    defaut_pg: str | None
    genres: tuple[str, ...]


def nom_et_pg(noeud: exp.Expr, base: str) -> tuple[str, str, bool]:
    """The table's name, its place in PostgreSQL, and whether it is a #temp table."""
    if not isinstance(noeud, exp.Table) or noeud.text("catalog") or noeud.text("db").lower() not in {"", "dbo"}:
        raise refus("une table hors du schéma dbo")
    if est_temporaire(noeud):
        nom = f"#{noeud.name}"
        return nom, f"pg_temp.{cite(nom)}", True
    return noeud.name, f"{schema_pg(base)}.{cite(noeud.name)}", False


def nouvelle_table(noeud: exp.Create, base: str) -> NouvelleTable:
    """CREATE TABLE."""
    seulement(noeud, "this", "kind", "properties")
    schema = noeud.this
    if not isinstance(schema, exp.Schema):
        raise refus("CREATE TABLE sans colonnes")
    nom, pg, temporaire = nom_et_pg(schema.this, base)
    lues: list[Lue] = []
    contraintes: list[Contrainte] = []
    for element in schema.expressions:
        if isinstance(element, exp.ColumnDef):
            lues.append(colonne_lue(element, base))
        else:
            contraintes.append(contrainte_lue(element, nom))
    contraintes += [
        Contrainte(genre, _nom_par_defaut(genre, nom, (lue.colonne.nom,)), (lue.colonne.nom,))
        for lue in lues
        for genre in lue.genres
    ]
    cles = {c.lower() for k in contraintes if k.genre == "PRIMARY KEY" for c in k.colonnes}
    colonnes = tuple(
        replace(lue.colonne, nullable=lue.colonne.nullable and lue.colonne.nom.lower() not in cles) for lue in lues
    )
    table = Table(nom, pg, colonnes, temporaire)
    if len(table.par_nom) != len(colonnes):
        raise ErreurSql(2705, f"Column names in each table must be unique in table '{nom}'.")
    for contrainte in contraintes:
        for colonne in contrainte.colonnes:
            if colonne.lower() not in table.par_nom:
                raise ErreurSql(1911, f"Column name '{colonne}' does not exist in the target table.")
    defauts = {lue.colonne.nom.lower(): lue.defaut_pg for lue in lues if lue.defaut_pg is not None}
    return NouvelleTable(table, tuple(contraintes), defauts)


def colonne_lue(noeud: exp.ColumnDef, base: str) -> Lue:
    """One column: its type, and the constraints the bench knows."""
    seulement(noeud, "this", "kind", "constraints")
    if noeud.args.get("kind") is None:
        raise refus("une colonne sans type")
    type_ = lit_declaration(noeud.args["kind"])
    nullable, defaut, defaut_pg = True, None, None
    genres: list[str] = []
    for contrainte in noeud.args.get("constraints") or []:
        seulement(contrainte, "this", "kind")
        genre = contrainte.args["kind"]
        match genre:
            case exp.NotNullColumnConstraint():
                nullable = bool(genre.args.get("allow_null"))
            case exp.DefaultColumnConstraint():
                defaut = _texte_du_defaut(genre.this)
                contexte = Contexte(base, _aucune, {})
                valeur = Expressions(contexte, Requetes(contexte).requete).valeur(genre.this, Portee())
                if contexte.emplacements:
                    raise refus("un DEFAULT qui dépend de la session")
                defaut_pg = convertit(valeur, type_).sql
            case exp.PrimaryKeyColumnConstraint():
                seulement(genre)
                nullable = False
                genres.append("PRIMARY KEY")
            case exp.UniqueColumnConstraint():
                seulement(genre)
                genres.append("UNIQUE")
            case exp.CollateColumnConstraint():
                if genre.this.name.upper() not in _COLLATIONS:
                    raise refus(f"COLLATE {genre.this.name}")
            case _:
                raise refus(genre.key.upper())
    return Lue(ColonneTable(noeud.name, type_, nullable, defaut), defaut_pg, tuple(genres))


def contrainte_lue(noeud: exp.Expr, table: str) -> Contrainte:
    """PRIMARY KEY (…) or UNIQUE (…), with a name or without."""
    nom = None
    if isinstance(noeud, exp.Constraint):
        seulement(noeud, "this", "expressions")
        if len(noeud.expressions) != 1:
            raise refus("cette contrainte")
        nom, noeud = noeud.name, noeud.expressions[0]
    if isinstance(noeud, exp.PrimaryKey):
        seulement(noeud, "expressions", "include")
        genre, cles = "PRIMARY KEY", noeud.expressions
    elif isinstance(noeud, exp.UniqueColumnConstraint):
        seulement(noeud, "this")
        genre, cles = "UNIQUE", _cles(noeud.this)
    else:
        raise refus(noeud.key.upper())
    if len(cles) == 1 and isinstance(cles[0], exp.ClusteredColumnConstraint | exp.NonClusteredColumnConstraint):
        cles = _cles(cles[0].this)
    colonnes = tuple(_colonne_de_cle(c) for c in cles)
    return Contrainte(genre, nom or _nom_par_defaut(genre, table, colonnes), colonnes)


def index_lu(noeud: exp.Create) -> tuple[exp.Expr, Contrainte]:
    """CREATE [UNIQUE] INDEX: the table's node and the index."""
    seulement(noeud, "this", "kind", "unique")
    index = noeud.this
    seulement(index, "this", "table", "params")
    seulement(index.args["params"], "columns")
    colonnes = tuple(_colonne_de_cle(c) for c in index.args["params"].args["columns"])
    return index.args["table"], Contrainte(
        "INDEX" if noeud.args.get("unique") else "INDEX ORDINAIRE", index.name, colonnes
    )


def table_de_requete(noeud: exp.Expr, colonnes: Sequence[Expr], base: str) -> NouvelleTable:
    """SELECT … INTO: a table with the types of the query's columns."""
    seulement(noeud, "this", "temporary", "unlogged")
    nom, pg, temporaire = nom_et_pg(noeud.this, base)
    for colonne in colonnes:
        if not colonne.nom:
            raise ErreurSql(
                1038, "An object or column name is missing or empty. Every column of SELECT INTO needs one."
            )
    return NouvelleTable(
        Table(nom, pg, tuple(ColonneTable(c.nom, c.type or INT, c.nullable) for c in colonnes), temporaire)
    )


def _cles(noeud: object) -> list[exp.Expr]:
    if isinstance(noeud, exp.Schema):
        return list(noeud.expressions)
    if isinstance(noeud, exp.Tuple):
        return list(noeud.expressions)
    if isinstance(noeud, list):
        return noeud
    if isinstance(noeud, exp.ClusteredColumnConstraint | exp.NonClusteredColumnConstraint | exp.Paren):
        return _cles(noeud.this)
    return [noeud] if isinstance(noeud, exp.Expr) else []


def _colonne_de_cle(noeud: exp.Expr) -> str:
    if isinstance(noeud, exp.Ordered):
        seulement(noeud, "this", "desc", "nulls_first")
        if noeud.args.get("desc"):
            raise refus("une clé DESC")
        noeud = noeud.this
    if not isinstance(noeud, exp.Column | exp.Identifier):
        raise refus("une clé calculée")
    return noeud.name


def _nom_par_defaut(genre: str, table: str, colonnes: tuple[str, ...]) -> str:
    if genre == "PRIMARY KEY":
        return f"PK_{table}"
    return f"UQ_{table}_{'_'.join(colonnes)}"


def _texte_du_defaut(noeud: exp.Expr) -> str:
    """As SQL Server shows it: numbers in two pairs of parentheses, the rest in one."""
    while isinstance(noeud, exp.Paren):
        noeud = noeud.this
    texte = noeud.sql(dialect="tsql")
    return f"(({texte}))" if isinstance(noeud, exp.Literal | exp.Neg) and "'" not in texte else f"({texte.lower()})"


def _aucune(_base: str | None, _nom: str) -> None:
    return None
