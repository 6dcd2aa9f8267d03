"""Running CREATE, ALTER and DROP: the table in PostgreSQL, its declaration in the catalogue."""

from typing import TYPE_CHECKING

import psycopg
from sqlglot import exp

from banc.batigest import catalogue
from banc.batigest.analyse import seulement
from banc.batigest.catalogue import NouvelleTable, Table, cite, sql_de_creation
from banc.batigest.definitions import colonne_lue, contrainte_lue, index_lu, nom_et_pg, nouvelle_table
from banc.batigest.erreurs import ErreurSql, refus

if TYPE_CHECKING:
    from banc.batigest.session import Session


class Definitions:
    """What one session creates, changes and drops."""

    def __init__(self, session: "Session") -> None:
        self._session = session

    def execute(self, arbre: exp.Expr) -> None:
        """One statement. Whoever has only some rights may define nothing but #temp tables (262)."""
        genre = str(arbre.args.get("kind") or "").upper()
        match arbre:
            case exp.Create() if genre == "TABLE":
                nouvelle = nouvelle_table(arbre, self._session.base)
                self._exige_proprietaire("CREATE TABLE", temporaire=nouvelle.table.temporaire)
                self.cree(nouvelle)
            case exp.Create() if genre == "INDEX":
                self._cree_index(arbre)
            case exp.Create() if genre == "DATABASE":
                self._cree_base(arbre)
            case exp.Drop() if genre == "DATABASE":
                self._supprime_base(arbre)
            case exp.Drop() if genre == "TABLE":
                seulement(arbre, "tables", "kind", "exists")
                for noeud in arbre.args["tables"]:
                    self._supprime(noeud, existe=bool(arbre.args.get("exists")))
            case exp.Alter() if genre == "TABLE":
                self._modifie(arbre)
            case _:
                raise refus(f"{arbre.key.upper()} {genre}")

    def cree(self, nouvelle: NouvelleTable) -> None:
        """A new table. Raises 2714 when the name is taken."""
        session, table = self._session, nouvelle.table
        if session.trouve_table(None, table.nom) is not None:
            raise ErreurSql(2714, f"There is already an object named '{table.nom}' in the database.", etat=6)
        if not table.temporaire and session.base in catalogue.SYSTEMES:
            raise refus("une table dans une base système")
        for sql in sql_de_creation(nouvelle):
            session.lien.execute(sql)
        if table.temporaire:
            session.temporaires[table.nom.lower()] = table
            session.oublie_plans()
        else:
            catalogue.inscrit_table(session.pg, session.base, nouvelle)
            self._change()

    def _change(self) -> None:
        """Every session looks again; and once more when the transaction ends."""
        self._session.transactions.definitions = True
        self._session.partage.change()

    def _exige_proprietaire(self, quoi: str, *, temporaire: bool = False) -> None:
        if self._session.compte.droits is not None and not temporaire:
            raise ErreurSql(262, f"{quoi} permission denied in database '{self._session.base}'.", classe=14)

    def _cree_index(self, arbre: exp.Create) -> None:
        session = self._session
        noeud, contrainte = index_lu(arbre)
        nom, _, temporaire = nom_et_pg(noeud, session.base)
        self._exige_proprietaire("CREATE INDEX", temporaire=temporaire)
        table = session.trouve_table(None, nom)
        if table is None:
            raise ErreurSql(1088, f'Cannot find the object "{nom}".')
        session.lien.execute(catalogue.sql_de_contrainte(table, contrainte))
        if not temporaire:
            catalogue.inscrit_contrainte(session.pg, self._ident(nom), contrainte)

    def _supprime(self, noeud: exp.Expr, *, existe: bool) -> None:
        session = self._session
        nom, pg, temporaire = nom_et_pg(noeud, session.base)
        self._exige_proprietaire("DROP TABLE", temporaire=temporaire)
        if session.trouve_table(None, nom) is None:
            if existe:
                return
            raise ErreurSql(3701, f"Cannot drop the table '{nom}', because it does not exist.", classe=11, etat=5)
        session.lien.execute(f"DROP TABLE {pg}")
        if temporaire:
            del session.temporaires[nom.lower()]
            session.oublie_plans()
        else:
            session.pg.execute("DELETE FROM banc.tables WHERE id = %s", (self._ident(nom),))
            self._change()

    def _cree_base(self, arbre: exp.Create) -> None:
        seulement(arbre, "this", "kind")
        self._exige_proprietaire("CREATE DATABASE")
        nom = arbre.this.name
        if catalogue.trouve_base(self._session.pg, nom) is not None:
            raise ErreurSql(1801, f"Database '{nom}' already exists. Choose a different database name.")
        catalogue.cree_base(self._session.pg, nom)

    def _supprime_base(self, arbre: exp.Drop) -> None:
        seulement(arbre, "tables", "kind", "exists")
        self._exige_proprietaire("DROP DATABASE")
        for noeud in arbre.args["tables"]:
            nom = catalogue.trouve_base(self._session.pg, noeud.name)
            if nom is None and arbre.args.get("exists"):
                continue
            if nom is None or nom in catalogue.SYSTEMES:
                raise ErreurSql(3701, f"Cannot drop the database '{noeud.name}', because it does not exist.", classe=11)
            if nom == self._session.base:
                raise ErreurSql(3702, f'Cannot drop database "{nom}" because it is currently in use.')
            catalogue.supprime_base(self._session.pg, nom)
            self._change()

    def _modifie(self, arbre: exp.Alter) -> None:
        seulement(arbre, "this", "kind", "actions")
        self._exige_proprietaire("ALTER TABLE")
        session = self._session
        nom, _, temporaire = nom_et_pg(arbre.this, session.base)
        table = session.trouve_table(None, nom)
        if temporaire:
            raise refus("ALTER TABLE sur une table #temporaire")
        if table is None:
            raise ErreurSql(4902, f'Cannot find the object "dbo.{nom}" because it does not exist.')
        for action in arbre.args["actions"]:
            match action:
                case exp.ColumnDef():
                    self._ajoute_colonne(table, action)
                case exp.AddConstraint():
                    for noeud in action.expressions:
                        contrainte = contrainte_lue(noeud, nom)
                        session.lien.execute(catalogue.sql_de_contrainte(table, contrainte))
                        catalogue.inscrit_contrainte(session.pg, self._ident(nom), contrainte)
                case exp.Drop() if str(action.args.get("kind")).upper() == "COLUMN":
                    for noeud in action.args["tables"]:
                        self._retire_colonne(table, noeud.name)
                case _:
                    raise refus(f"ALTER TABLE {action.key.upper()}")
        self._change()

    def _ajoute_colonne(self, table: Table, noeud: exp.ColumnDef) -> None:
        session = self._session
        lue = colonne_lue(noeud, session.base)
        if lue.genres:
            raise refus("une clé dans ALTER TABLE ADD")
        if lue.colonne.nom.lower() in table.par_nom:
            raise ErreurSql(2705, f"Column names in each table must be unique: '{lue.colonne.nom}' is there already.")
        # SQL Server gives the default to the rows already there only when the column refuses NULL.
        definition = catalogue.definition_pg(lue.colonne, lue.defaut_pg if not lue.colonne.nullable else None)
        try:
            session.lien.execute(f"ALTER TABLE {table.pg} ADD COLUMN {definition}")
        except psycopg.errors.NotNullViolation as exc:
            raise ErreurSql(
                4901, "ALTER TABLE only allows columns to be added that can contain nulls, or have a default."
            ) from exc
        if lue.colonne.nullable and lue.defaut_pg is not None:
            nom = cite(lue.colonne.nom)
            session.lien.execute(f"ALTER TABLE {table.pg} ALTER COLUMN {nom} SET DEFAULT {lue.defaut_pg}")
        catalogue.inscrit_colonnes(session.pg, self._ident(table.nom), [lue.colonne])

    def _retire_colonne(self, table: Table, nom: str) -> None:
        if nom.lower() not in table.par_nom:
            raise ErreurSql(4924, f"ALTER TABLE DROP COLUMN failed because column '{nom}' does not exist.")
        self._session.lien.execute(f"ALTER TABLE {table.pg} DROP COLUMN {cite(nom)}")
        self._session.pg.execute(
            "DELETE FROM banc.colonnes WHERE table_id = %s AND nom = %s::citext", (self._ident(table.nom), nom)
        )

    def _ident(self, nom: str) -> int:
        ident = catalogue.id_de_table(self._session.pg, self._session.base, nom)
        if ident is None:
            raise ErreurSql(208, f"Invalid object name '{nom}'.")
        return ident
