"""SELECT, INSERT, UPDATE, DELETE: from sqlglot's trees to one PostgreSQL statement."""

from dataclasses import dataclass, replace

from sqlglot import exp

from banc.batigest.analyse import seulement
from banc.batigest.catalogue import VUES, Table, cite
from banc.batigest.conversions import convertit, sans_blancs, unifie
from banc.batigest.erreurs import ErreurSql, refus, syntaxe
from banc.batigest.expressions import Expressions, sens
from banc.batigest.fonctions import AGREGATS, RANGS
from banc.batigest.portee import Contexte, Expr, Portee, Source, source_de_table, source_derivee
from banc.batigest.types_sql import INT

_SANS_EFFET = frozenset({"NOLOCK", "READUNCOMMITTED", "READCOMMITTED", "READCOMMITTEDLOCK", "ROWLOCK", "PAGLOCK"})
"""PostgreSQL reads without locks (as a base with READ_COMMITTED_SNAPSHOT does) and locks rows, not pages."""
_LIGNES = frozenset({"UPDLOCK", "XLOCK"})
_TABLE = frozenset({"HOLDLOCK", "SERIALIZABLE", "TABLOCK", "TABLOCKX"})
"""What promises that no new row appears: PostgreSQL has no range locks, so the table is locked against writers."""


@dataclass(frozen=True, slots=True)
class Requete:
    """A SELECT whose columns PostgreSQL calls c1, c2 …"""

    sql: str
    colonnes: list[Expr]


class Requetes:
    """The translation of one statement."""

    def __init__(self, contexte: Contexte) -> None:
        self.contexte = contexte
        self.expressions = Expressions(contexte, self.requete)

    # --- SELECT ---

    def requete(self, noeud: exp.Expr, parente: Portee | None = None, *, sommet: bool = False) -> Requete:
        """SELECT, or UNION, EXCEPT, INTERSECT of several."""
        groupes, self.expressions.groupes = self.expressions.groupes, None
        try:
            if isinstance(noeud, exp.SetOperation):
                return self._ensemble(noeud, parente)
            if isinstance(noeud, exp.Select):
                return self._select(noeud, parente, sommet=sommet)
            if isinstance(noeud, exp.Subquery):
                seulement(noeud, "this")
                return self.requete(noeud.this, parente)
        finally:
            self.expressions.groupes = groupes
        raise refus(noeud.key.upper())

    def _ensemble(self, noeud: exp.SetOperation, parente: Portee | None) -> Requete:
        seulement(noeud, "this", "expression", "distinct", "order", "with_")
        portee = Portee(parente=parente)
        avec = self.ctes(noeud, portee)
        gauche, droite = self.requete(noeud.this, portee), self.requete(noeud.expression, portee)
        if len(gauche.colonnes) != len(droite.colonnes):
            raise ErreurSql(205, "All queries combined using a UNION, INTERSECT or EXCEPT operator must have an equal "
                                 "number of expressions in their target lists.")  # fmt: skip
        listes: tuple[list[str], list[str]] = ([], [])
        colonnes = []
        for rang, (a, b) in enumerate(zip(gauche.colonnes, droite.colonnes, strict=True), 1):
            paire = [Expr(f"q.c{rang}", e.type, e.propre) for e in (a, b)]
            branches, type_, propre = unifie(paire)
            if type_ is not None and type_.texte and not propre and noeud.args.get("distinct"):
                branches, propre = [f"banc.r({s})" for s in branches], True
            for liste, s in zip(listes, branches, strict=True):
                liste.append(f"{s} AS c{rang}")
            colonnes.append(Expr(f"c{rang}", type_, propre, a.nullable or b.nullable, a.nom))
        mot = noeud.key.upper() + ("" if noeud.args.get("distinct") else " ALL")
        sql = (
            f"{avec}SELECT {', '.join(listes[0])} FROM ({gauche.sql}) AS q {mot} "  # noqa: S608 - names are quoted by `cite`, values are placeholders
            f"SELECT {', '.join(listes[1])} FROM ({droite.sql}) AS q"
        )
        ordre = noeud.args.get("order")
        if ordre is not None:
            sql += " ORDER BY " + ", ".join(self._tri_de_sortie(o, colonnes) for o in ordre.expressions)
        return Requete(sql, colonnes)

    def _tri_de_sortie(self, noeud: exp.Expr, colonnes: list[Expr]) -> str:
        rang = _rang_de_sortie(noeud.this, colonnes)
        if rang is None:
            raise ErreurSql(104, "ORDER BY items must appear in the select list if the statement contains a UNION.")
        return f"{rang} {sens(noeud)}"

    def _select(self, noeud: exp.Select, parente: Portee | None, *, sommet: bool) -> Requete:
        seulement(
            noeud, "expressions", "from_", "joins", "where", "group", "having", "order", "limit", "offset", "distinct",
            "with_", *(["into"] if sommet else []),
        )  # fmt: skip
        portee = Portee(parente=parente)
        avec = self.ctes(noeud, portee)
        lignes = sommet and not (noeud.args.get("group") or noeud.args.get("distinct") or _agrege(noeud.expressions))
        depuis = self.depuis(noeud, portee, sommet=lignes)
        ou = noeud.args.get("where")
        condition = f" WHERE {self.expressions.condition(ou.this, portee)}" if ou is not None else ""
        groupe = self._groupe(noeud.args.get("group"), portee)
        if not noeud.expressions:
            raise syntaxe("FROM", mot_cle=True)
        colonnes = self._projections(noeud.expressions, portee)
        ayant = noeud.args.get("having")
        if ayant is not None:
            groupe += f" HAVING {self.expressions.condition(ayant.this, portee)}"
        distinct = ""
        if noeud.args.get("distinct") is not None:
            seulement(noeud.args["distinct"])
            distinct = "DISTINCT "
            colonnes = [replace(c, sql=sans_blancs(c), propre=True) if _texte(c) else c for c in colonnes]
        liste = ", ".join(f"{_type_nul(c)} AS c{rang}" for rang, c in enumerate(colonnes, 1))
        fin = self._ordre(noeud, portee, colonnes) + self._bornes(noeud, portee)
        verrou = ""
        if sommet and self.contexte.lignes_verrouillees:
            verrou = " FOR UPDATE OF " + ", ".join(self.contexte.lignes_verrouillees)
        return Requete(f"{avec}SELECT {distinct}{liste}{depuis}{condition}{groupe}{fin}{verrou}", colonnes)

    def ctes(self, noeud: exp.Expr, portee: Portee) -> str:
        """WITH …, and the names it brings into scope."""
        avec = noeud.args.get("with_")
        if avec is None:
            return ""
        seulement(avec, "expressions")
        morceaux = []
        for cte in avec.expressions:
            seulement(cte, "this", "alias")
            seulement(cte.args["alias"], "this", "columns")
            requete = self.requete(cte.this, portee)
            colonnes = _renomme(requete.colonnes, cte.args["alias"].args.get("columns"))
            portee.ctes[cte.alias.lower()] = colonnes
            morceaux.append(f"{cite(cte.alias)} AS ({requete.sql})")
        return f"WITH {', '.join(morceaux)} "

    def _projections(self, noeuds: list[exp.Expr], portee: Portee) -> list[Expr]:
        colonnes: list[Expr] = []
        for noeud in noeuds:
            if isinstance(noeud, exp.Star) or (isinstance(noeud, exp.Column) and isinstance(noeud.this, exp.Star)):
                qualifiant = noeud.text("table").lower() if isinstance(noeud, exp.Column) else None
                sources = [s for s in portee.sources if qualifiant in {None, s.alias}]
                if not sources:
                    raise ErreurSql(107, "The column prefix does not match with a table name or alias name.")
                for source in sources:
                    colonnes += source.colonnes.values()
            elif isinstance(noeud, exp.Alias):
                seulement(noeud, "this", "alias")
                colonnes.append(replace(self.expressions.valeur(noeud.this, portee), nom=noeud.alias))
            else:
                colonnes.append(self.expressions.valeur(noeud, portee))
        return colonnes

    def _groupe(self, groupe: exp.Expr | None, portee: Portee) -> str:
        if groupe is None:
            return ""
        seulement(groupe, "expressions")
        cles, sales = [], set()
        for noeud in groupe.expressions:
            e = self.expressions.valeur(noeud, portee)
            cle = sans_blancs(e)
            if cle != e.sql:
                sales.add(e.sql)
            cles.append(cle)
        self.expressions.groupes = sales or None
        return f" GROUP BY {', '.join(cles)}"

    def _ordre(self, noeud: exp.Expr, portee: Portee, colonnes: list[Expr]) -> str:
        ordre = noeud.args.get("order")
        if ordre is None:
            return ""
        cles = []
        for o in ordre.expressions:
            seulement(o, "this", "desc", "nulls_first")
            rang = _rang_de_sortie(o.this, colonnes)
            if rang is None and noeud.args.get("distinct") is not None:
                cle = self.expressions.valeur(o.this, portee)
                rang = next((r for r, c in enumerate(colonnes, 1) if c.sql in {cle.sql, sans_blancs(cle)}), None)
                if rang is None:
                    raise ErreurSql(
                        145, "ORDER BY items must appear in the select list if SELECT DISTINCT is specified."
                    )
            cles.append(f"{rang} {sens(o)}" if rang is not None else self.expressions.tri(o, portee))
        return f" ORDER BY {', '.join(cles)}"

    def _bornes(self, noeud: exp.Expr, portee: Portee) -> str:
        limite, saut = noeud.args.get("limit"), noeud.args.get("offset")
        sql = ""
        if saut is not None:
            seulement(saut, "this", "expression")
            sql += f" OFFSET {convertit(self.expressions.valeur(saut.expression, portee), INT).sql}"
        if isinstance(limite, exp.Fetch):
            seulement(limite, "direction", "count", "limit_options")
            seulement(limite.args["limit_options"], "rows")
            sql += f" LIMIT {convertit(self.expressions.valeur(limite.args['count'], portee), INT).sql}"
        elif limite is not None:
            seulement(limite, "expression")
            sql += f" LIMIT {convertit(self.expressions.valeur(limite.expression, portee), INT).sql}"
        return sql

    # --- FROM ---

    def depuis(self, noeud: exp.Expr, portee: Portee, *, sommet: bool = False) -> str:
        """FROM and its joins; the sources enter the scope."""
        de = noeud.args.get("from_")
        if de is None:
            return ""
        seulement(de, "this")
        premiere, sql = self.source(de.this, portee, sommet=sommet)
        jointures = [*(de.this.args.get("joins") or []), *(noeud.args.get("joins") or [])]
        externes = {j.side for j in jointures}
        portee.sources.append(_externe(premiere) if externes & {"RIGHT", "FULL"} else premiere)
        for jointure in jointures:
            sql += self._jointure(jointure, portee, sommet=sommet)
        return f" FROM {sql}"

    def _jointure(self, noeud: exp.Join, portee: Portee, *, sommet: bool) -> str:
        seulement(noeud, "this", "side", "kind", "on")
        cote, genre = noeud.side.upper(), noeud.kind.upper()
        if genre not in {"", "INNER", "OUTER", "CROSS"} or cote not in {"", "LEFT", "RIGHT", "FULL"}:
            raise refus(f"{cote} {genre} JOIN".strip())
        if noeud.this.args.get("joins"):
            raise refus("des jointures imbriquées")
        source, sql = self.source(noeud.this, portee, sommet=sommet and not cote)
        portee.sources.append(_externe(source) if cote in {"LEFT", "FULL"} else source)
        condition = noeud.args.get("on")
        if condition is None:
            if cote or genre == "INNER":
                raise ErreurSql(102, "Incorrect syntax near 'JOIN'.", classe=15)
            return f" CROSS JOIN {sql}"
        return f" {cote or 'INNER'} JOIN {sql} ON {self.expressions.condition(condition, portee)}"

    def source(self, noeud: exp.Expr, portee: Portee, *, sommet: bool = False) -> tuple[Source, str]:
        """One table or derived table: what it brings, and its SQL."""
        if isinstance(noeud, exp.Table):
            return self._source_table(noeud, portee, sommet=sommet)
        if isinstance(noeud, exp.Subquery) and not isinstance(noeud.this, exp.Table):
            seulement(noeud, "this", "alias", "joins")
            if not noeud.alias:
                raise ErreurSql(102, "Incorrect syntax near ')'.", classe=15)
            # A derived table sees what is around the query, not its neighbours.
            requete = self.requete(noeud.this, Portee(parente=portee.parente, ctes=portee.ctes))
            colonnes = _renomme(requete.colonnes, noeud.args["alias"].args.get("columns"))
            return source_derivee(noeud.alias, colonnes), f"({requete.sql}) AS {cite(noeud.alias)}"
        raise refus("cette forme de FROM" if isinstance(noeud, exp.Subquery) else f"FROM {noeud.key.upper()}")

    def _source_table(self, noeud: exp.Table, portee: Portee, *, sommet: bool) -> tuple[Source, str]:
        seulement(noeud, "this", "db", "catalog", "alias", "hints", "joins")
        if noeud.args.get("alias") is not None:
            seulement(noeud.args["alias"], "this")
        colonnes = portee.cte(noeud.name) if not noeud.args.get("db") and not est_temporaire(noeud) else None
        if colonnes is not None:
            alias = noeud.alias or noeud.name
            return source_derivee(alias, colonnes), f"{cite(noeud.name)} AS {cite(alias)}"
        table = self.table(noeud)
        alias = noeud.alias or table.nom
        self.verrous(noeud, table, alias, sommet=sommet)
        if not table.temporaire and not table.systeme:
            self.contexte.acces.add(("SELECT", table.nom))
        return source_de_table(table, alias), f"{table.pg} AS {cite(alias)}"

    def table(self, noeud: exp.Expr) -> Table:
        """The table a node names. Raises 208."""
        if not isinstance(noeud, exp.Table) or not isinstance(noeud.this, exp.Identifier):
            raise refus("une fonction dans FROM")
        nom = f"#{noeud.name}" if est_temporaire(noeud) else noeud.name
        schema, base = noeud.text("db").lower(), noeud.text("catalog") or None
        table: Table | None = VUES.get((schema, nom.lower()))
        if table is not None:
            if base is not None and base.lower() != self.contexte.base.lower():
                raise refus("une vue système d’une autre base")
            return table
        if schema in {"sys", "information_schema"}:
            raise refus(f"la vue {schema}.{nom}")
        if schema in {"", "dbo"}:
            table = self.contexte.trouve_table(base, nom)
        if table is None:
            complet = ".".join(filter(None, (base, noeud.text("db"), nom)))
            raise ErreurSql(208, f"Invalid object name '{complet}'.")
        return table

    def verrous(self, noeud: exp.Table, table: Table, alias: str, *, sommet: bool) -> None:
        mots = {e.name.upper() for h in noeud.args.get("hints") or [] for e in h.expressions if isinstance(e, exp.Var)}
        total = sum(len(h.expressions) for h in noeud.args.get("hints") or [])
        inconnus = mots - _SANS_EFFET - _LIGNES - _TABLE
        if inconnus or len(mots) != total:
            raise refus(f"WITH ({', '.join(sorted(inconnus)) or 'INDEX'})")
        if table.temporaire or table.systeme:
            return
        if mots & _TABLE or (mots & _LIGNES and not sommet):
            if table.pg not in self.contexte.verrous:
                self.contexte.verrous.append(table.pg)
        elif mots & _LIGNES:
            self.contexte.lignes_verrouillees.append(cite(alias))


def est_temporaire(noeud: exp.Expr) -> bool:
    """Whether a table's name begins with #."""
    return isinstance(noeud.this, exp.Identifier) and bool(noeud.this.args.get("temporary"))


def _agrege(projections: list[exp.Expr]) -> bool:
    """Whether rows are counted rather than read: PostgreSQL locks none of them."""
    return any(
        str(appel.this).upper() in {*AGREGATS, *RANGS}
        for noeud in projections
        for appel in noeud.find_all(exp.Anonymous)
    )


def _externe(source: Source) -> Source:
    return Source(source.alias, {n: replace(c, nullable=True) for n, c in source.colonnes.items()}, source.table)


def _renomme(colonnes: list[Expr], noms: list[exp.Expr] | None) -> list[Expr]:
    if not noms:
        return colonnes
    if len(noms) != len(colonnes):
        raise ErreurSql(8158, "The query has more or fewer columns than were specified in the column list.")
    return [replace(c, nom=n.name) for c, n in zip(colonnes, noms, strict=True)]


def _rang_de_sortie(noeud: exp.Expr, colonnes: list[Expr]) -> int | None:
    """ORDER BY 2, or by the name of an output column."""
    if isinstance(noeud, exp.Literal) and noeud.is_int:
        rang = int(noeud.name)
        if not 1 <= rang <= len(colonnes):
            raise ErreurSql(108, f"The ORDER BY position number {rang} is out of range of the select list.")
        return rang
    if isinstance(noeud, exp.Column) and not noeud.table:
        return next((r for r, c in enumerate(colonnes, 1) if c.nom.lower() == noeud.name.lower()), None)
    return None


def _texte(e: Expr) -> bool:
    return e.type is not None and e.type.texte


def _type_nul(e: Expr) -> str:
    return e.sql if e.type is not None else "NULL::int4"
