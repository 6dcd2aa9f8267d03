"""Values and conditions: from sqlglot's nodes to PostgreSQL, with T-SQL types. Unknown nodes are refused by name."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlglot import exp

from banc.batigest.analyse import seulement
from banc.batigest.conversions import complet, convertit, en_texte, litteral, paire, sans_blancs, unifie
from banc.batigest.declarations import lit_declaration
from banc.batigest.erreurs import ErreurSql, refus, syntaxe
from banc.batigest.portee import Contexte, Expr, Portee
from banc.batigest.types_sql import DATETIME, FLOAT, INT, TypeSql, decimal, nvarchar, type_commun, varchar

if TYPE_CHECKING:
    from banc.batigest.requetes import Requete

_COMPARAISONS: dict[type[exp.Expr], str] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<=",
}  # fmt: skip
_OPERATEURS: dict[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%"}
_COLLATIONS = {"DATABASE_DEFAULT", "FRENCH_CI_AS"}
VARIABLES: dict[str, TypeSql] = {
    "rowcount": INT, "trancount": INT, "spid": TypeSql("smallint"), "version": nvarchar(300),
    "servername": nvarchar(128), "error": INT, "lock_timeout": INT, "language": nvarchar(128),
    "max_precision": TypeSql("tinyint"),
}  # fmt: skip


class Expressions:
    """The translation of one statement's values. `requete` translates a sub-query in a scope."""

    def __init__(self, contexte: Contexte, requete: "Callable[[exp.Expr, Portee], Requete]") -> None:
        self.contexte = contexte
        self._requete = requete
        self.groupes: set[str] | None = None
        """The keys of the current GROUP BY that are compared without their trailing blanks."""

    def valeur(self, noeud: exp.Expr, portee: Portee) -> Expr:
        """A value."""
        traduit = _VALEURS.get(type(noeud))
        if traduit is None:
            raise refus(noeud.key.upper())
        e = traduit(self, noeud, portee)
        if self.groupes is not None and e.sql in self.groupes:
            return Expr(f"min({e.sql})", e.type, e.propre, e.nullable, e.nom)
        return e

    def condition(self, noeud: exp.Expr, portee: Portee) -> str:
        """A condition, which in T-SQL is no value."""
        traduit = _CONDITIONS.get(type(noeud))
        if traduit is None:
            raise syntaxe(noeud.sql(dialect="tsql")[:40])
        return traduit(self, noeud, portee)

    # --- values ---

    def colonne(self, noeud: exp.Expr, portee: Portee) -> Expr:
        seulement(noeud, "this", "table", "db")
        if noeud.args.get("db") is not None and noeud.text("db").lower() != "dbo":
            raise refus(noeud.sql(dialect="tsql"))
        e = portee.colonne(noeud.text("table") or None, noeud.name)
        return Expr(e.sql, e.type, e.propre, e.nullable, noeud.name)

    def litteral(self, noeud: exp.Expr, _portee: Portee) -> Expr:
        texte = str(noeud.this)
        if isinstance(noeud, exp.National) or noeud.is_string:
            _sans_nul(texte)
            longueur = max(1, len(texte))
            type_ = nvarchar(longueur) if isinstance(noeud, exp.National) else varchar(longueur)
            return Expr(litteral(texte), type_, propre=not texte.endswith(" "), nullable=False)
        return Expr(*_nombre(texte), nullable=False)

    def nul(self, _noeud: exp.Expr, _portee: Portee) -> Expr:
        return Expr("NULL", None, propre=True)

    def hexa(self, noeud: exp.Expr, _portee: Portee) -> Expr:
        chiffres = noeud.name
        if len(chiffres) % 2:
            chiffres = "0" + chiffres
        octets = max(1, len(chiffres) // 2)
        return Expr(f"'\\x{chiffres}'::bytea", TypeSql("varbinary", octets), nullable=False)

    def parametre(self, noeud: exp.Expr, _portee: Portee) -> Expr:
        seulement(noeud, "this")
        interieur = noeud.this
        if isinstance(interieur, exp.Parameter):
            nom = interieur.name.lower()
            if nom not in VARIABLES:
                raise refus(f"@@{interieur.name.upper()}")
            type_ = VARIABLES[nom]
            return Expr(self.contexte.emplacement((nom,), type_.pg), type_, propre=True, nullable=False)
        nom = f"@{noeud.name.lower()}"
        declare = self.contexte.parametres.get(nom)
        if declare is None:
            raise ErreurSql(137, f'Must declare the scalar variable "@{noeud.name}".', classe=15)
        sql = self.contexte.emplacement(nom, declare.pg)
        return Expr(f"banc.r({sql})" if declare.fixe else sql, declare, propre=declare.fixe)

    def parentheses(self, noeud: exp.Expr, portee: Portee) -> Expr:
        seulement(noeud, "this")
        e = self.valeur(noeud.this, portee)
        return Expr(f"({e.sql})", e.type, e.propre, e.nullable)

    def oppose(self, noeud: exp.Expr, portee: Portee) -> Expr:
        e = self.valeur(noeud.this, portee)
        if e.type is not None and not e.type.nombre:
            raise refus(f"- devant {e.type.nom}")
        return Expr(f"(- {e.sql})", e.type, nullable=e.nullable)

    def operation(self, noeud: exp.Expr, portee: Portee) -> Expr:
        seulement(noeud, "this", "expression", "typed", "safe")
        a, b = self.valeur(noeud.this, portee), self.valeur(noeud.expression, portee)
        operateur = _OPERATEURS[type(noeud)]
        nullable = a.nullable or b.nullable
        textes = [e for e in (a, b) if e.type is None or e.type.texte]
        if textes == [a, b]:
            return _concatene(a, b, operateur)
        if a.type is None or b.type is None:
            a, b = (convertit(e, (a.type or b.type or INT)) for e in (a, b))
        if a.type is None or b.type is None:
            raise refus("NULL + NULL")
        if a.type.moment or b.type.moment:
            return _decale(a, b, operateur)
        if a.type.texte or b.type.texte:
            autre = b.type if a.type.texte else a.type
            a, b = (convertit(e, autre) for e in (a, b))
        if not (a.type and b.type and a.type.nombre and b.type.nombre):
            raise refus(f"{operateur} entre {a.type and a.type.nom} et {b.type and b.type.nom}")
        type_ = _type_operation(a.type, b.type, operateur)
        sql = f"({a.sql} {operateur} {b.sql})"
        return Expr(f"{sql}::{type_.pg}" if type_.entier else sql, type_, nullable=nullable)

    def case(self, noeud: exp.Expr, portee: Portee) -> Expr:
        seulement(noeud, "this", "ifs", "default")
        conditions, branches = [], []
        sujet = self.valeur(noeud.this, portee) if noeud.this is not None else None
        for si in noeud.args["ifs"]:
            seulement(si, "this", "true")
            if sujet is None:
                conditions.append(self.condition(si.this, portee))
            else:
                conditions.append(" = ".join(paire(sujet, self.valeur(si.this, portee))))
            branches.append(self.valeur(si.args["true"], portee))
        defaut = noeud.args.get("default")
        branches.append(self.valeur(defaut, portee) if defaut is not None else Expr("NULL", None))
        sql, type_, propre = unifie(branches)
        corps = " ".join(f"WHEN {c} THEN {v}" for c, v in zip(conditions, sql[:-1], strict=True))
        nullable = any(b.nullable for b in branches)
        return Expr(f"(CASE {corps} ELSE {sql[-1]} END)", type_, propre, nullable)

    def cast(self, noeud: exp.Expr, portee: Portee) -> Expr:
        seulement(noeud, "this", "to")
        cible = lit_declaration(noeud.args["to"], defaut=30)
        return convertit(self.valeur(noeud.this, portee), cible, explicite=True)

    def convert(self, noeud: exp.Expr, portee: Portee) -> Expr:
        seulement(noeud, "this", "expression", "style")
        cible = lit_declaration(noeud.this, defaut=30)
        style = noeud.args.get("style")
        if style is not None and not style.is_int:
            raise refus("CONVERT avec un style calculé")
        e = self.valeur(noeud.expression, portee)
        return convertit(e, cible, style=style.name if style is not None else None, explicite=True)

    def sous_requete(self, noeud: exp.Expr, portee: Portee) -> Expr:
        seulement(noeud, "this")
        requete = self._requete(noeud.this, portee)
        if len(requete.colonnes) != 1:
            raise ErreurSql(116, "Only one expression can be specified in the select list of a sub-query.")
        c = requete.colonnes[0]
        return Expr(f"({requete.sql})", c.type, c.propre)

    def collate(self, noeud: exp.Expr, portee: Portee) -> Expr:
        seulement(noeud, "this", "expression")
        _collation(noeud.expression)
        return self.valeur(noeud.this, portee)

    def maintenant(self, noeud: exp.Expr, _portee: Portee) -> Expr:
        seulement(noeud)
        return Expr("banc.datetime(statement_timestamp()::timestamp)", DATETIME, nullable=False)

    def fonction(self, noeud: exp.Expr, portee: Portee) -> Expr:
        from banc.batigest.fonctions import appelle

        seulement(noeud, "this", "expressions")
        return appelle(self, str(noeud.this), noeud.expressions, portee)

    def fenetre(self, noeud: exp.Expr, portee: Portee) -> Expr:
        from banc.batigest.fonctions import AGREGATS, RANGS

        seulement(noeud, "this", "partition_by", "order", "over")
        nom = str(noeud.this.this).upper() if isinstance(noeud.this, exp.Anonymous) else ""
        if nom not in {*AGREGATS, *RANGS}:
            raise refus("OVER")
        e = self.valeur(noeud.this, portee)
        corps = []
        if noeud.args.get("partition_by"):
            cles = ", ".join(sans_blancs(self.valeur(c, portee)) for c in noeud.args["partition_by"])
            corps.append(f"PARTITION BY {cles}")
        if noeud.args.get("order") is not None:
            corps.append("ORDER BY " + ", ".join(self.tri(o, portee) for o in noeud.args["order"].expressions))
        if e.sql.startswith("div("):
            raise refus("AVG d’entiers avec OVER")
        conversion = f"::{e.type.pg}" if e.type is not None and e.sql.endswith(f")::{e.type.pg}") else ""
        return Expr(f"({e.sql.removesuffix(conversion)} OVER ({' '.join(corps)})){conversion}", e.type)

    def tri(self, noeud: exp.Expr, portee: Portee) -> str:
        """One key of ORDER BY; SQL Server puts NULL first."""
        seulement(noeud, "this", "desc", "nulls_first")
        return f"{self.valeur(noeud.this, portee).sql} {sens(noeud)}"

    # --- conditions ---

    def et_ou(self, noeud: exp.Expr, portee: Portee) -> str:
        mot = "AND" if isinstance(noeud, exp.And) else "OR"
        return f"({self.condition(noeud.this, portee)} {mot} {self.condition(noeud.expression, portee)})"

    def non(self, noeud: exp.Expr, portee: Portee) -> str:
        return f"(NOT {self.condition(noeud.this, portee)})"

    def entre_parentheses(self, noeud: exp.Expr, portee: Portee) -> str:
        return f"({self.condition(noeud.this, portee)})"

    def compare(self, noeud: exp.Expr, portee: Portee) -> str:
        seulement(noeud, "this", "expression")
        a, b = paire(self.valeur(noeud.this, portee), self.valeur(noeud.expression, portee))
        return f"({a} {_COMPARAISONS[type(noeud)]} {b})"

    def est(self, noeud: exp.Expr, portee: Portee) -> str:
        seulement(noeud, "this", "expression")
        droite, negation = noeud.expression, ""
        if isinstance(droite, exp.Not):
            droite, negation = droite.this, "NOT "
        if not isinstance(droite, exp.Null):
            raise syntaxe("IS", mot_cle=True)
        return f"({self.valeur(noeud.this, portee).sql} IS {negation}NULL)"

    def dans(self, noeud: exp.Expr, portee: Portee) -> str:
        seulement(noeud, "this", "expressions", "query")
        gauche = self.valeur(noeud.this, portee)
        requete = noeud.args.get("query")
        if requete is None:
            paires = [paire(gauche, self.valeur(e, portee)) for e in noeud.expressions]
            if len({a for a, _ in paires}) == 1:
                return f"({paires[0][0]} IN ({', '.join(b for _, b in paires)}))"
            return "(" + " OR ".join(f"{a} = {b}" for a, b in paires) + ")"
        seulement(requete, "this")
        traduite = self._requete(requete.this, portee)
        if len(traduite.colonnes) != 1:
            raise ErreurSql(116, "Only one expression can be specified in the select list of a sub-query.")
        colonne = traduite.colonnes[0]
        a, b = paire(gauche, Expr("q.c1", colonne.type, colonne.propre))
        return f"({a} IN (SELECT {b} FROM ({traduite.sql}) AS q))"  # noqa: S608 - names are quoted by `cite`, values are placeholders

    def entre(self, noeud: exp.Expr, portee: Portee) -> str:
        seulement(noeud, "this", "low", "high")
        e = self.valeur(noeud.this, portee)
        bas = paire(e, self.valeur(noeud.args["low"], portee))
        haut = paire(e, self.valeur(noeud.args["high"], portee))
        return f"({bas[0]} >= {bas[1]} AND {haut[0]} <= {haut[1]})"

    def comme(self, noeud: exp.Expr, portee: Portee) -> str:
        echappe = "''"
        if isinstance(noeud, exp.Escape):
            seulement(noeud, "this", "expression")
            e = self.valeur(noeud.expression, portee)
            echappe, noeud = f"{e.sql}::text", noeud.this
        seulement(noeud, "this", "expression")
        texte, motif = en_texte(self.valeur(noeud.this, portee)), en_texte(self.valeur(noeud.expression, portee))
        brut = self.valeur(noeud.this, portee)
        gauche = brut.sql if brut.type is not None and brut.type.texte else texte.sql
        return f"({gauche} LIKE banc.motif({motif.sql}) ESCAPE {echappe})"

    def existe(self, noeud: exp.Expr, portee: Portee) -> str:
        seulement(noeud, "this")
        return f"EXISTS ({self._requete(noeud.this, portee).sql})"


def sens(noeud: exp.Expr) -> str:
    """DESC or ASC, NULL counting as the smallest value."""
    return "DESC NULLS LAST" if noeud.args.get("desc") else "ASC NULLS FIRST"


def _collation(noeud: exp.Expr) -> None:
    if noeud.name.upper() not in _COLLATIONS:
        raise refus(f"COLLATE {noeud.name}")


def _sans_nul(texte: str) -> None:
    if "\x00" in texte:
        raise refus("un caractère nul dans un texte")


def _nombre(texte: str) -> tuple[str, TypeSql]:
    if "e" in texte.lower():
        return f"{texte}::float8", FLOAT
    if "." in texte:
        entiers, _, decimales = texte.partition(".")
        precision = max(1, len(entiers.lstrip("0")) + len(decimales))
        return f"{texte}::numeric", decimal(precision, len(decimales))
    valeur = int(texte)
    if valeur < 2**31:
        return f"{valeur}::int4", INT
    return f"{valeur}::numeric", decimal(len(str(valeur)), 0)


def _concatene(a: Expr, b: Expr, operateur: str) -> Expr:
    if operateur != "+":
        raise refus(f"{operateur} entre deux textes")
    a, b = (e if e.type is not None else Expr("NULL::citext", varchar(1)) for e in (a, b))
    gauche, droite = complet(a), complet(b)
    types = [e.type for e in (gauche, droite) if e.type is not None]
    longueur = -1 if any(t.longueur < 0 for t in types) else sum(t.longueur for t in types)
    type_ = nvarchar(longueur) if any(t.unicode for t in types) else varchar(longueur)
    sql = f"({gauche.sql}::text || {droite.sql}::text)::citext"
    return Expr(sql, type_, propre=droite.propre and not droite.nullable, nullable=a.nullable or b.nullable)


def _decale(a: Expr, b: Expr, operateur: str) -> Expr:
    """A datetime and a number of days."""
    if a.type is None or b.type is None or a.type.nom not in {"datetime", "smalldatetime"} or not b.type.nombre:
        raise refus(f"{operateur} entre {a.type and a.type.nom} et {b.type and b.type.nom}")
    if operateur not in "+-":
        raise refus(f"{operateur} sur une date")
    sql = f"({a.sql} {operateur} ({b.sql})::float8 * interval '1 day')"
    return Expr(f"banc.datetime({sql})" if a.type == DATETIME else sql, a.type, nullable=a.nullable or b.nullable)


def _type_operation(a: TypeSql, b: TypeSql, operateur: str) -> TypeSql:
    commun = type_commun([a, b]) or INT
    if not commun.exact:
        if commun.nom == "bit":
            return INT
        if operateur == "%" and not commun.entier:
            raise refus("% entre nombres à virgule flottante")
        return commun
    (p1, s1), (p2, s2) = a.chiffres, b.chiffres
    match operateur:
        case "*":
            return decimal(p1 + p2 + 1, s1 + s2)
        case "/":
            echelle = max(6, s1 + p2 + 1)
            return decimal(p1 - s1 + s2 + echelle, echelle)
        case "%":
            echelle = max(s1, s2)
            return decimal(min(p1 - s1, p2 - s2) + echelle, echelle)
        case _:
            echelle = max(s1, s2)
            return decimal(max(p1 - s1, p2 - s2) + echelle + 1, echelle)


_VALEURS: dict[type[exp.Expr], Callable[[Expressions, exp.Expr, Portee], Expr]] = {
    exp.Column: Expressions.colonne, exp.Literal: Expressions.litteral, exp.National: Expressions.litteral,
    exp.Null: Expressions.nul, exp.HexString: Expressions.hexa, exp.Parameter: Expressions.parametre,
    exp.Paren: Expressions.parentheses, exp.Neg: Expressions.oppose, exp.Case: Expressions.case,
    exp.Cast: Expressions.cast, exp.Convert: Expressions.convert, exp.Subquery: Expressions.sous_requete,
    exp.Collate: Expressions.collate, exp.CurrentTimestamp: Expressions.maintenant,
    exp.Anonymous: Expressions.fonction, exp.Window: Expressions.fenetre,
    **dict.fromkeys(_OPERATEURS, Expressions.operation),
}  # fmt: skip
_CONDITIONS: dict[type[exp.Expr], Callable[[Expressions, exp.Expr, Portee], str]] = {
    exp.And: Expressions.et_ou, exp.Or: Expressions.et_ou, exp.Not: Expressions.non,
    exp.Paren: Expressions.entre_parentheses, exp.Is: Expressions.est, exp.In: Expressions.dans,
    exp.Between: Expressions.entre, exp.Like: Expressions.comme, exp.Escape: Expressions.comme,
    exp.Exists: Expressions.existe, **dict.fromkeys(_COMPARAISONS, Expressions.compare),
}  # fmt: skip
