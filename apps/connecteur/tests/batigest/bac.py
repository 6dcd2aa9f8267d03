"""A dossier to play with: its four tables as a test wants them, a free hand on them, and the connector's end.

Rights needed on the server of `BATIGEST_TEST_URL`: either CREATE ANY DATABASE (the tests make their own database and
drop it), or, in the database the URL names, CREATE TABLE and ALTER on schema dbo, provided that none of the four tables
is there; plus SELECT, INSERT, UPDATE, DELETE on what they create, and VIEW DEFINITION. With VIEW SERVER STATE the
write that somebody crosses is tested, too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from connecteur.batigest import Dossier
from connecteur.batigest.curseur import open_session
from connecteur.domain.chantier import Genre
from connecteur.domain.heure import CleSuivi, LigneActuelle, Quantites
from connecteur.domain.periode import Tranche
from connecteur.domain.plan import Action, Geste
from connecteur.settings import ReglagesBatigest, ReglagesChantiers, ReglagesRubriques

if TYPE_CHECKING:
    import mssql_python

Declarations = Mapping[str, str | None]
"""Column > its declaration; None takes the column away."""

TABLES: dict[str, dict[str, str | None]] = {
    "ChantierDef": {
        "Code": "char(8) NOT NULL PRIMARY KEY",
        "CodeClient": "varchar(8) NULL",
        "NomClient": "varchar(30) NULL",
        "Libelle": "varchar(60) NULL",
        "DateDebut": "datetime NULL",
        "DateFin": "datetime NULL",
        "AdrChantier": "varchar(80) NULL",
        "CPChantier": "char(5) NULL",
        "VilleChantier": "nvarchar(40) NULL",
        "Etat": "char(1) NULL",
    },
    "Devis": {
        "Code": "varchar(8) NOT NULL PRIMARY KEY",
        "CodeClient": "varchar(8) NULL",
        "TempsMO": "float NULL",
        "Etat": "smallint NULL",
    },
    "Salarie": {
        "Code": "varchar(8) NOT NULL PRIMARY KEY",
        "Nom": "varchar(40) NULL",
        "Prenom": "varchar(40) NULL",
        "codebs": "varchar(40) NULL",
    },
    "SuiviMO": {
        "CodeChantier": "char(8) NULL",
        "CodeSalarie": "varchar(8) NULL",
        "Date": "datetime NOT NULL",
        "NbH0": "float NULL",
        "NbH1": "float NULL",
        "NbH2": "decimal(9,2) NULL",
        "NbH3": "float NULL",
        "NbH4": "smallint NULL",
        "Remarque": "varchar(40) NULL",
    },
}


def local(annee: int, mois: int, jour: int, heure: int = 0, minute: int = 0) -> datetime:
    """A date of Batigest: local time, without a zone."""
    return datetime(annee, mois, jour, heure, minute)  # noqa: DTZ001  that is how SuiviMO holds it


LUNDI = local(2025, 6, 23, 8)
SEMAINE = Tranche(date(2025, 6, 23), date(2025, 6, 30))


class Sql:
    """A person with a SQL client: every statement is committed at once, unless a transaction is begun."""

    def __init__(self, reglages: ReglagesBatigest) -> None:
        self._session: mssql_python.Connection = open_session(reglages)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        self._session.close()

    def __call__(self, sql: str, *params: object) -> list[tuple[Any, ...]]:
        with self._session.cursor() as curseur:
            curseur.execute(sql, *params)
            return [tuple(ligne) for ligne in curseur.fetchall()] if curseur.description else []

    def begin(self) -> None:
        self._session.autocommit = False

    def commit(self) -> None:
        self._session.commit()
        self._session.autocommit = True

    def rollback(self) -> None:
        self._session.rollback()
        self._session.autocommit = True


@dataclass
class Bac:
    """One dossier of one test."""

    reglages: ReglagesBatigest
    sql: Sql
    rubriques: ReglagesRubriques = field(default_factory=ReglagesRubriques)
    _ouverts: list[Dossier] = field(default_factory=list)

    def cree(self, contraintes: Sequence[str] = (), **changements: Declarations) -> None:
        """Make the four tables, with these changes: `cree(SuiviMO={"NbH0": "int NULL"})`."""
        self.supprime()
        for table, colonnes in TABLES.items():
            voulues = {**colonnes, **changements.get(table, {})}
            lignes = [f"[{nom}] {declaration}" for nom, declaration in voulues.items() if declaration is not None]
            if table == "SuiviMO":
                lignes += contraintes
            self.sql(f"CREATE TABLE dbo.{table} ({', '.join(lignes)})")

    def supprime(self) -> None:
        for (table,) in self.sql("SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = 'dbo'"):
            if table in TABLES:
                self.sql(f"DROP TABLE dbo.{table}")

    def ouvre(self, **autres: object) -> Dossier:
        """The connector's end on this dossier, with these settings changed."""
        return self.retient(Dossier(self.reglages.model_copy(update=autres), self.rubriques))

    def regle(self, mode: Genre = Genre.CHANTIER, envoyes: Sequence[str] = (), **chantiers: object) -> Dossier:
        """The connector's end with these settings of the chantiers."""
        reglages = ReglagesChantiers.model_validate(chantiers)
        return self.retient(
            Dossier(self.reglages, self.rubriques, chantiers=reglages, mode=mode, devis_envoyes=lambda: envoyes)
        )

    def retient(self, dossier: Dossier) -> Dossier:
        """Close it at the end of the test."""
        self._ouverts.append(dossier)
        return dossier

    @property
    def dossier(self) -> Dossier:
        """The connector's end, with the usual settings."""
        return self._ouverts[0] if self._ouverts else self.ouvre()

    def ferme(self) -> None:
        for dossier in self._ouverts:
            dossier.close()

    def ajoute(self, table: str, **valeurs: object) -> None:
        """One row; the columns not given are left out."""
        noms = ", ".join(f"[{nom}]" for nom in valeurs)
        self.sql(
            f"INSERT INTO dbo.{table} ({noms}) VALUES ({', '.join('?' for _ in valeurs)})", *valeurs.values()
        )  # fmt: skip

    def peuple(self) -> None:
        """Two sites and two employees."""
        for code in ("CH1", "Ch2"):
            self.ajoute("ChantierDef", Code=code, Libelle=f"Chantier {code}")
        for code in ("DUP", "Mar"):
            self.ajoute("Salarie", Code=code, Nom=code)

    def suivi(self) -> list[tuple[Any, ...]]:
        """Every line of SuiviMO, every column, in a fixed order."""
        return sorted(self.sql("SELECT * FROM dbo.SuiviMO"), key=repr)

    def lignes(self) -> dict[CleSuivi, LigneActuelle]:
        """What the connector reads in the week."""
        return {ligne.cle: ligne for ligne in self.dossier.read_lignes(SEMAINE).lignes}


def q(heures: float | str = 0, trajet: int = 0, panier: int = 0) -> Quantites:
    """Quantities."""
    return Quantites(Decimal(str(heures)), Decimal(trajet), Decimal(panier))


def cle(chantier: str = "CH1", salarie: str = "DUP", debut: datetime = LUNDI) -> CleSuivi:
    """A key."""
    return CleSuivi(chantier, salarie, debut)


def inserer(apres: Quantites, la: CleSuivi | None = None) -> Action:
    """The insertion of a line nobody wrote."""
    return Action(Geste.INSERER, la or cle(), None, apres, None, ("1",))


def corriger(avant: Quantites, apres: Quantites, la: CleSuivi | None = None) -> Action:
    """A correction."""
    return Action(Geste.CORRIGER, la or cle(), avant, apres, avant, ("1",))


def retirer(avant: Quantites, la: CleSuivi | None = None) -> Action:
    """A removal."""
    return Action(Geste.RETIRER, la or cle(), avant, None, avant)


def vider(avant: Quantites, la: CleSuivi | None = None) -> Action:
    """Ours to zero."""
    return Action(Geste.VIDER, la or cle(), avant, q(), avant)
