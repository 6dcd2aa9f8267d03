"""What the dossier's tables really are, and the columns the connector works with.

Types vary between versions of Batigest: nothing is read or written before the tables have been compared with what
is needed, and every difference is named at once. Names that reach a statement come from INFORMATION_SCHEMA, between
brackets.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from connecteur.batigest.besoins import AUCUNE, FAMILLES, Besoin, Famille
from connecteur.batigest.connection import Connexion
from connecteur.errors import SchemaInattendu

INVENTAIRE = """
SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE,
       IS_NULLABLE, COLUMN_DEFAULT, COLLATION_NAME
FROM INFORMATION_SCHEMA.COLUMNS
WHERE TABLE_SCHEMA = 'dbo' AND TABLE_NAME IN ('ChantierDef', 'Devis', 'SuiviMO', 'Salarie')
"""
AUTOMATIQUES = """
SELECT c.name, c.is_identity, c.is_computed, c.default_object_id
FROM sys.columns c
WHERE c.object_id = OBJECT_ID('dbo.SuiviMO')
"""
"""An account with few rights sees no default in INFORMATION_SCHEMA; here it sees that there is one."""

RUBRIQUE = re.compile(r"NbH\d+", re.IGNORECASE)
"""A labour heading of SuiviMO (DOMAIN.md)."""
PAS_LE_PLUS_FIN = Decimal("0.000001")
PAS_REAL = Decimal("0.0001")
"""`real` keeps seven digits: up to 99 hours, four decimals always come back as they went."""
MOTS = {
    Famille.TEXTE: "du texte",
    Famille.ENTIER: "un nombre",
    Famille.EXACT: "un nombre",
    Famille.APPROCHE: "un nombre",
    Famille.MOMENT: "une date avec l’heure",
    Famille.JOUR: "une date",
    Famille.UUID: "un identifiant",
}


@dataclass(frozen=True, slots=True)
class Colonne:
    """One column as INFORMATION_SCHEMA describes it."""

    table: str
    nom: str
    type: str
    longueur: int | None = None
    precision: int | None = None
    echelle: int | None = None
    facultative: bool = True
    """Whether it accepts NULL."""
    remplie_seule: bool = False
    """Whether the server fills it when nobody does (default, identity, computed)."""
    collation: str | None = None

    @property
    def famille(self) -> Famille:
        """What kind of value it holds."""
        return FAMILLES.get(self.type, Famille.AUTRE)

    @property
    def sql(self) -> str:
        """Its name, safe inside a statement."""
        return f"[{self.nom.replace(']', ']]')}]"

    @property
    def rubrique(self) -> bool:
        """Whether it is a labour heading."""
        return RUBRIQUE.fullmatch(self.nom) is not None

    @property
    def pas(self) -> Decimal:
        """The smallest step of a quantity that this column gives back unchanged."""
        match self.famille:
            case Famille.ENTIER:
                return Decimal(1)
            case Famille.EXACT:
                echelle = 4 if self.type.endswith("money") else self.echelle or 0
                return max(Decimal(1).scaleb(-echelle), PAS_LE_PLUS_FIN)
            case _:
                return PAS_REAL if self.type == "real" else PAS_LE_PLUS_FIN

    @property
    def declaration(self) -> str:
        """Its type and collation, for the staging table: compared like with like, no collation can clash."""
        return f"{self._genre} COLLATE {self._ordre}"

    def convertie(self, valeur: str) -> str:
        """An expression as this column would hold it: type, length and collation."""
        return f"CAST({valeur} AS {self._genre}) COLLATE {self._ordre}"

    @property
    def _genre(self) -> str:
        return f"{self.type}({'max' if self.longueur == -1 else self.longueur})"

    @property
    def _ordre(self) -> str:
        collation = self.collation or ""
        return collation if collation.isidentifier() else "DATABASE_DEFAULT"

    def egale(self, alias: str, code: str) -> str:
        """The condition « this key is that code », the latter in its compared form (`normalise_code`)."""
        sensible = re.search(r"_(CS|BIN)", self.collation or "", re.IGNORECASE)
        return f"UPPER({alias}.{self.sql}) = {code}" if sensible else f"{alias}.{self.sql} = {code}"

    def accepte(self, texte: str) -> bool:
        """Whether this text fits in the column's length."""
        return self.longueur in {None, -1} or len(texte) <= (self.longueur or 0)

    def __str__(self) -> str:
        return f"dbo.{self.table}.{self.nom}"


Inventaire = Mapping[str, Mapping[str, Colonne]]
"""Table > column > description, names in lower case: SQL Server does not look at case."""


def read_inventaire(connexion: Connexion) -> Inventaire:
    """The columns of the four tables, as far as this account may see them."""
    inventaire: dict[str, dict[str, Colonne]] = {}
    for table, nom, genre, longueur, precision, echelle, nullable, defaut, collation in connexion.read(INVENTAIRE):
        inventaire.setdefault(table.lower(), {})[nom.lower()] = Colonne(
            table=table,
            nom=nom,
            type=genre.lower(),
            longueur=longueur,
            precision=precision,
            echelle=echelle,
            facultative=nullable.strip().upper() == "YES",
            remplie_seule=defaut is not None or genre.lower() in {"timestamp", "rowversion"},
            collation=collation,
        )
    return inventaire


def read_automatiques(connexion: Connexion) -> frozenset[str]:
    """The columns of SuiviMO (lower case) that the server fills by itself."""
    return frozenset(
        nom.lower()
        for nom, identite, calculee, defaut in connexion.read(AUTOMATIQUES, objet="dbo.SuiviMO")
        if identite or calculee or defaut
    )


class Examen:
    """Looks for the columns that are needed and notes every fault, to say them all at once."""

    def __init__(self, inventaire: Inventaire) -> None:
        self._inventaire = inventaire
        self._absentes: set[str] = set()
        self.fautes: list[str] = []

    def trouve(self, besoin: Besoin) -> Colonne:
        """The column for this need; a placeholder, and a fault, when it is missing or of another kind."""
        return self.cherche(besoin) or self._absente(besoin)

    def cherche(self, besoin: Besoin) -> Colonne | None:
        """The column for this need, None (and no fault) when there is none."""
        colonne = self._inventaire.get(besoin.table.lower(), {}).get(besoin.nom.lower())
        if colonne is not None and colonne.famille not in besoin.familles:
            attendu = MOTS[besoin.familles[0]]
            self.fautes.append(f"la colonne {colonne} est de type {colonne.type}, il faut {attendu}")
        return colonne

    def candidate(self, *besoins: Besoin) -> Colonne | None:
        """The first of these that exists and holds what is wanted; None, and no fault, when none does."""
        for besoin in besoins:
            colonne = self._inventaire.get(besoin.table.lower(), {}).get(besoin.nom.lower())
            if colonne is not None and colonne.famille in besoin.familles:
                return colonne
        return None

    def colonnes(self, table: str) -> list[Colonne]:
        """Every column of a table."""
        return list(self._inventaire.get(table.lower(), {}).values())

    def refuse(self, faute: str) -> None:
        """Note a fault."""
        self.fautes.append(faute)

    def conclut(self) -> None:
        """Raises `SchemaInattendu` when there is a fault."""
        if self.fautes:
            fautes = list(dict.fromkeys(self.fautes))
            raise SchemaInattendu(
                "Le dossier Batigest n’est pas comme le connecteur l’attend : " + " ; ".join(fautes) + ".",
                remede="Vérifiez la base indiquée dans les réglages, les droits du compte sur ces tables et les "
                "rubriques choisies ; si Batigest vient d’être mis à jour, appelez le support. Rien n’a été écrit.",
                detail="\n".join(fautes),
            )

    def _absente(self, besoin: Besoin) -> Colonne:
        if besoin.table.lower() not in self._inventaire:
            if besoin.table not in self._absentes:
                self._absentes.add(besoin.table)
                self.fautes.append(f"la table dbo.{besoin.table} est introuvable ou invisible pour ce compte")
        else:
            self.fautes.append(f"la colonne dbo.{besoin.table}.{besoin.nom} est introuvable")
        return Colonne(besoin.table, besoin.nom, AUCUNE)
