"""A building site as the office knows it, and the part of it BatiSimply is given."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Adresse:
    """A postal address; every part may be empty."""

    rue: str = ""
    code_postal: str = ""
    ville: str = ""


@dataclass(frozen=True, slots=True)
class Chantier:
    """One site of the dossier, normalised: text trimmed, empty text as "", dates without a time.

    `heures_vendues` is None when it cannot be told (a client with several open sites and no link
    from devis to chantier): nothing is published rather than a wrong figure.
    """

    code: str
    libelle: str
    code_client: str
    client: str
    date_debut: date | None
    date_fin: date | None
    adresse: Adresse
    heures_vendues: Decimal | None
    etat: str = ""


Champs = dict[str, str | None]
"""Field name > value, as text: what is compared three ways and kept as the base. JSON-able by construction.

`None` says "this side has nothing to say about the field"; the empty text is a value ("no comment")."""

CHAMPS: tuple[str, ...] = (
    "code",
    "nom",
    "client",
    "debut",
    "fin",
    "heures_vendues",
    "rue",
    "code_postal",
    "ville",
)
"""The fields of a BatiSimply project that Batigest owns, in the order they are shown."""


def texte_nombre(nombre: Decimal | None) -> str | None:
    """A number as one canonical text ("7.5", never "7.50"), so that equal numbers are equal texts."""
    if nombre is None:
        return None
    texte = f"{nombre.normalize():f}"
    return "0" if texte in {"-0", "0"} else texte


def champs_du_chantier(chantier: Chantier) -> Champs:
    """What Batigest says of the project, field by field."""
    return {
        "code": chantier.code,
        "nom": chantier.libelle or chantier.code,
        "client": chantier.client,
        "debut": chantier.date_debut.isoformat() if chantier.date_debut else None,
        "fin": chantier.date_fin.isoformat() if chantier.date_fin else None,
        "heures_vendues": texte_nombre(chantier.heures_vendues),
        "rue": chantier.adresse.rue,
        "code_postal": chantier.adresse.code_postal,
        "ville": chantier.adresse.ville,
    }
