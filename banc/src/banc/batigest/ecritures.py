"""INSERT, UPDATE, DELETE: from sqlglot's trees to one PostgreSQL statement."""

from dataclasses import replace

from sqlglot import exp

from banc.batigest.analyse import seulement
from banc.batigest.catalogue import ColonneTable, Table, cite
from banc.batigest.conversions import convertit
from banc.batigest.erreurs import ErreurSql, refus
from banc.batigest.portee import Portee, Source
from banc.batigest.requetes import Requetes, est_temporaire


class Ecritures:
    """The translation of one statement that writes."""

    def __init__(self, requetes: Requetes) -> None:
        self._requetes = requetes

    def insertion(self, noeud: exp.Insert) -> tuple[str, Table]:
        """INSERT … VALUES or INSERT … SELECT."""
        seulement(noeud, "this", "expression", "with_", "default")
        portee = Portee()
        avec = self._requetes.ctes(noeud, portee)
        cible = noeud.this
        noms: list[str] | None = None
        if isinstance(cible, exp.Schema):
            seulement(cible, "this", "expressions")
            noms = [c.name for c in cible.expressions]
            cible = cible.this
        seulement(cible, "this", "db", "catalog", "hints")
        table = self._cible(cible, "INSERT")
        self._requetes.verrous(cible, table, table.nom, sommet=False)
        if noeud.args.get("default"):
            return f"INSERT INTO {table.pg} DEFAULT VALUES", table
        colonnes = _colonnes_visees(table, noms)
        source = noeud.args["expression"]
        if isinstance(source, exp.Values):
            valeurs = self._valeurs(source, colonnes, portee)
        else:
            requete = self._requetes.requete(source, portee)
            if len(requete.colonnes) != len(colonnes):
                raise _compte(len(requete.colonnes), len(colonnes))
            coulees = [
                convertit(replace(c, sql=f"q.c{rang}"), colonne.type).sql
                for rang, (c, colonne) in enumerate(zip(requete.colonnes, colonnes, strict=True), 1)
            ]
            valeurs = f"SELECT {', '.join(coulees)} FROM ({requete.sql}) AS q"  # noqa: S608 - names are quoted by `cite`, values are placeholders
        liste = ", ".join(cite(c.nom) for c in colonnes)
        return f"{avec}INSERT INTO {table.pg} ({liste}) {valeurs}", table

    def _valeurs(self, noeud: exp.Values, colonnes: list[ColonneTable], portee: Portee) -> str:
        seulement(noeud, "expressions")
        lignes = []
        for ligne in noeud.expressions:
            elements = ligne.expressions if isinstance(ligne, exp.Tuple) else [ligne]
            if len(elements) != len(colonnes):
                raise _compte(len(elements), len(colonnes))
            lignes.append(", ".join(self._valeur(e, c, portee) for e, c in zip(elements, colonnes, strict=True)))
        if self._requetes.contexte.en_lot:
            if len(lignes) != 1:
                raise refus("plusieurs lignes par appel groupé")
            return f"SELECT {lignes[0]} FROM lot"  # noqa: S608 - names are quoted by `cite`, values are placeholders
        return "VALUES " + ", ".join(f"({ligne})" for ligne in lignes)

    def _valeur(self, noeud: exp.Expr, colonne: ColonneTable, portee: Portee) -> str:
        if isinstance(noeud, exp.Var) and noeud.name.upper() == "DEFAULT":
            if self._requetes.contexte.en_lot:
                raise refus("DEFAULT dans un appel groupé")
            return "DEFAULT"
        return convertit(self._requetes.expressions.valeur(noeud, portee), colonne.type).sql

    def mise_a_jour(self, noeud: exp.Update) -> tuple[str, Table]:
        """UPDATE, with FROM or without."""
        seulement(noeud, "this", "expressions", "from_", "where", "with_")
        portee = Portee()
        avec = self._requetes.ctes(noeud, portee)
        de = noeud.args.get("from_")
        premiere = de.this if de is not None else None
        cible, table, autres, conditions = self._sources_visees(noeud.this, premiere, portee, "UPDATE")
        affectations = []
        for affectation in noeud.expressions:
            if not isinstance(affectation, exp.EQ) or not isinstance(affectation.this, exp.Column):
                raise refus("cette affectation de UPDATE")
            nom = affectation.this.name
            colonne = table.par_nom.get(nom.lower())
            if colonne is None:
                raise ErreurSql(207, f"Invalid column name '{nom}'.")
            affectations.append(f"{cite(nom)} = {self._valeur(affectation.expression, colonne, portee)}")
        ou = noeud.args.get("where")
        if ou is not None:
            conditions.append(self._requetes.expressions.condition(ou.this, portee))
        sql = f"{avec}UPDATE {table.pg} AS {cite(cible)} SET {', '.join(affectations)}"  # noqa: S608 - names are quoted by `cite`, values are placeholders
        return sql + (f" FROM {', '.join(autres)}" if autres else "") + _ou(conditions), table

    def suppression(self, noeud: exp.Delete) -> tuple[str, Table]:
        """DELETE, with FROM … JOIN or without."""
        seulement(noeud, "this", "tables", "where", "with_")
        portee = Portee()
        avec = self._requetes.ctes(noeud, portee)
        tables = noeud.args.get("tables") or []
        if len(tables) > 1:
            raise refus("DELETE de plusieurs tables")
        premiere = noeud.this if tables else None
        cible, table, autres, conditions = self._sources_visees(
            tables[0] if tables else noeud.this, premiere, portee, "DELETE"
        )
        ou = noeud.args.get("where")
        if ou is not None:
            conditions.append(self._requetes.expressions.condition(ou.this, portee))
        sql = f"{avec}DELETE FROM {table.pg} AS {cite(cible)}"  # noqa: S608 - names are quoted by `cite`, values are placeholders
        return sql + (f" USING {', '.join(autres)}" if autres else "") + _ou(conditions), table

    def _sources_visees(
        self, cible: exp.Expr, premiere: exp.Expr | None, portee: Portee, droit: str
    ) -> tuple[str, Table, list[str], list[str]]:
        """The target's alias and table, the SQL of the other sources, and the conditions of the joins."""
        noeuds: list[tuple[exp.Expr, exp.Expr | None]] = []
        if premiere is not None:
            noeuds.append((premiere, None))
            for jointure in premiere.args.get("joins") or []:
                seulement(jointure, "this", "kind", "on")  # an outer join is refused by its name, « side »
                if jointure.kind.upper() not in {"", "INNER", "CROSS"}:
                    raise refus(f"{jointure.kind} JOIN dans {droit}")
                if jointure.this.args.get("joins"):
                    raise refus("des jointures imbriquées")
                noeuds.append((jointure.this, jointure.args.get("on")))
        sources = [self._requetes.source(n, portee) for n, _ in noeuds]
        trouvee = self._designee(cible, sources)
        if trouvee is None:
            if cible.alias and premiere is not None:
                raise refus(f"un alias sur la cible de {droit}")
            source, _ = self._requetes.source(cible, portee)
            sources.append((source, ""))
            noeuds.append((cible, None))
            trouvee = source
        if trouvee.table is None or trouvee.table.systeme:
            raise refus(f"{droit} à travers une requête")
        if not trouvee.table.temporaire:
            self._requetes.contexte.acces.add((droit, trouvee.table.nom))
        if isinstance(cible, exp.Table):
            self._requetes.verrous(cible, trouvee.table, trouvee.alias, sommet=False)
        portee.sources += [s for s, _ in sources]
        autres = [sql for s, sql in sources if s is not trouvee]
        conditions = [self._requetes.expressions.condition(on, portee) for _, on in noeuds if on is not None]
        return trouvee.alias, trouvee.table, autres, conditions

    def _designee(self, cible: exp.Expr, sources: list[tuple[Source, str]]) -> Source | None:
        """The source of FROM that the target names: by its alias, else by its table."""
        nom = f"#{cible.name}" if est_temporaire(cible) else cible.name
        if not cible.args.get("db"):
            for source, _ in sources:
                if source.alias == nom.lower():
                    return source
        table = None
        if not cible.alias and sources:
            table = self._requetes.contexte.trouve_table(cible.text("catalog") or None, nom)
        memes = [s for s, _ in sources if table is not None and s.table == table]
        if len(memes) > 1:
            raise ErreurSql(8154, f"The table '{nom}' is ambiguous.")
        return memes[0] if memes else None

    def _cible(self, noeud: exp.Expr, droit: str) -> Table:
        table = self._requetes.table(noeud)
        if table.systeme:
            raise refus(f"{droit} dans une vue système")
        if not table.temporaire:
            self._requetes.contexte.acces.add((droit, table.nom))
        return table


def _colonnes_visees(table: Table, noms: list[str] | None) -> list[ColonneTable]:
    if noms is None:
        return list(table.colonnes)
    for nom in noms:
        if nom.lower() not in table.par_nom:
            raise ErreurSql(207, f"Invalid column name '{nom}'.")
        if sum(n.lower() == nom.lower() for n in noms) > 1:
            raise ErreurSql(264, f"The column name '{nom}' is specified more than once in the column list.")
    return [table.par_nom[nom.lower()] for nom in noms]


def _compte(valeurs: int, colonnes: int) -> ErreurSql:
    if valeurs > colonnes:
        return ErreurSql(
            110, "There are fewer columns in the INSERT statement than values specified in the VALUES clause."
        )
    return ErreurSql(109, "There are more columns in the INSERT statement than values specified in the VALUES clause.")


def _ou(conditions: list[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""
