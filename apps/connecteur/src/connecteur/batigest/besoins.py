"""The columns of Batigest that the connector needs. Their names appear here and nowhere else (source: DOMAIN.md)."""

from dataclasses import dataclass
from enum import Enum, auto


class Famille(Enum):
    """What kind of value a column holds."""

    TEXTE = auto()
    MEMO = auto()
    """Text of any length, which cannot be compared or sorted."""
    ENTIER = auto()
    EXACT = auto()
    APPROCHE = auto()
    MOMENT = auto()
    JOUR = auto()
    UUID = auto()
    AUTRE = auto()


FAMILLES: dict[str, Famille] = {
    **dict.fromkeys(("char", "varchar", "nchar", "nvarchar"), Famille.TEXTE),
    **dict.fromkeys(("text", "ntext"), Famille.MEMO),
    **dict.fromkeys(("bit", "tinyint", "smallint", "int", "bigint"), Famille.ENTIER),
    **dict.fromkeys(("decimal", "numeric", "money", "smallmoney"), Famille.EXACT),
    **dict.fromkeys(("float", "real"), Famille.APPROCHE),
    **dict.fromkeys(("datetime", "smalldatetime", "datetime2"), Famille.MOMENT),
    "date": Famille.JOUR,
    "uniqueidentifier": Famille.UUID,
}
"""T-SQL type > kind."""
AUCUNE = ""
"""The type of a column that does not exist."""

CLE = (Famille.TEXTE,)
LIBRE = (Famille.TEXTE, Famille.MEMO, Famille.ENTIER)
NOMBRE = (Famille.APPROCHE, Famille.EXACT, Famille.ENTIER)
DATE = (Famille.MOMENT, Famille.JOUR)


@dataclass(frozen=True, slots=True)
class Besoin:
    """One column and the kinds of value it may hold."""

    table: str
    nom: str
    familles: tuple[Famille, ...]


CHANTIER_CODE = Besoin("ChantierDef", "Code", CLE)
CHANTIER_LIBELLE = Besoin("ChantierDef", "Libelle", LIBRE)
CHANTIER_CODE_CLIENT = Besoin("ChantierDef", "CodeClient", CLE)
CHANTIER_CLIENT = Besoin("ChantierDef", "NomClient", LIBRE)
CHANTIER_DEBUT = Besoin("ChantierDef", "DateDebut", DATE)
CHANTIER_FIN = Besoin("ChantierDef", "DateFin", DATE)
CHANTIER_RUE = Besoin("ChantierDef", "AdrChantier", LIBRE)
CHANTIER_CODE_POSTAL = Besoin("ChantierDef", "CPChantier", LIBRE)
CHANTIER_VILLE = Besoin("ChantierDef", "VilleChantier", LIBRE)
CHANTIER_ETAT = Besoin("ChantierDef", "Etat", LIBRE)

DEVIS_CODE = Besoin("Devis", "Code", CLE)
DEVIS_CODE_CLIENT = Besoin("Devis", "CodeClient", CLE)
DEVIS_TEMPS_MO = Besoin("Devis", "TempsMO", NOMBRE)
DEVIS_ETAT = Besoin("Devis", "Etat", NOMBRE)
DEVIS_CHANTIERS = tuple(
    Besoin("Devis", nom, CLE)
    for nom in ("CodeChantier", "Chantier", "CodeChant", "ChantierCode", "NumChantier", "RefChantier", "CodeAffaire")
)
"""Whether `Devis` names its site is unknown: the first of these that exists, and holds text, does."""
DEVIS_CLIENT = Besoin("Devis", "Nom", LIBRE)
DEVIS_DEBUT = Besoin("Devis", "Date", DATE)
DEVIS_FIN = Besoin("Devis", "DateConcretis", DATE)
DEVIS_RUE = Besoin("Devis", "Adr", LIBRE)
DEVIS_CODE_POSTAL = Besoin("Devis", "CP", LIBRE)
DEVIS_VILLE = Besoin("Devis", "Ville", LIBRE)
DEVIS_SUJET = Besoin("Devis", "Sujet", LIBRE)
"""These make a project of a devis, in mode devis."""

MODIFICATION = (Famille.MOMENT,)
"""What tells when a record last changed must know the hour."""

SALARIE_CODE = Besoin("Salarie", "Code", CLE)
SALARIE_NOM = Besoin("Salarie", "Nom", LIBRE)
SALARIE_PRENOM = Besoin("Salarie", "Prenom", LIBRE)
"""Perhaps."""
SALARIE_UTILISATEUR = Besoin("Salarie", "codebs", (Famille.TEXTE, Famille.UUID))
"""Added at installation: missing on a fresh site."""

SUIVI = "SuiviMO"
SUIVI_CHANTIER = Besoin(SUIVI, "CodeChantier", CLE)
SUIVI_SALARIE = Besoin(SUIVI, "CodeSalarie", CLE)
SUIVI_DATE = Besoin(SUIVI, "Date", (Famille.MOMENT,))
