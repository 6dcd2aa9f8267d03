"""A building site as the office knows it, and the part of it BatiSimply is given."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from connecteur.domain.datation import Datation


class Genre(StrEnum):
    """What becomes a project: the sites of a firm that has the site module, else its accepted devis."""

    CHANTIER = "chantier"
    DEVIS = "devis"


@dataclass(frozen=True, slots=True)
class Adresse:
    """A postal address; every part may be empty."""

    rue: str = ""
    code_postal: str = ""
    ville: str = ""


@dataclass(frozen=True, slots=True)
class Position:
    """A place on the map, in degrees (WGS 84)."""

    longitude: float
    latitude: float

    def est_celle(self, autre: "Position | None") -> bool:
        """Whether both are one place: a server may round what it is given (a hundred-thousandth is a metre)."""
        return (
            autre is not None
            and abs(self.longitude - autre.longitude) < PAS_POSITION
            and abs(self.latitude - autre.latitude) < PAS_POSITION
        )


PAS_POSITION = 1e-5


@dataclass(frozen=True, slots=True)
class Chantier:
    """One site of the dossier (or one accepted devis, where these become projects).

    Normalised: text trimmed, empty text as "", dates without a time.

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
    genre: Genre = Genre.CHANTIER
    commentaire: str = ""
    """The subject of a devis; a site has none that Batigest owns."""
    modifie_le: Datation | None = field(default=None, compare=False)
    """When Batigest says the record last changed, where it says so; no part of what the record is."""


Champs = dict[str, str | None]
"""Field name > value, as text: what is compared three ways and kept as the base. JSON-able by construction.

`None` and the empty text both say that there is none ("no end date"). A field that is left out is one this side
says nothing about: it is neither compared nor sent."""

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
    "commentaire",
)
"""The fields of a BatiSimply project that Batigest owns, in the order they are shown."""


def texte_nombre(nombre: Decimal | None) -> str | None:
    """A number as one canonical text ("7.5", never "7.50"), so that equal numbers are equal texts."""
    if nombre is None:
        return None
    texte = f"{nombre.normalize():f}"
    return "0" if texte in {"-0", "0"} else texte


def champs_du_chantier(chantier: Chantier) -> Champs:
    """What Batigest says of the project, field by field.

    Hours sold that cannot be told and the comment of a site are left out: BatiSimply's stand.
    """
    champs: Champs = {
        "code": chantier.code,
        "nom": chantier.libelle or chantier.code,
        "client": chantier.client,
        "debut": chantier.date_debut.isoformat() if chantier.date_debut else None,
        "fin": chantier.date_fin.isoformat() if chantier.date_fin else None,
        "rue": chantier.adresse.rue,
        "code_postal": chantier.adresse.code_postal,
        "ville": chantier.adresse.ville,
    }
    if chantier.heures_vendues is not None:
        champs["heures_vendues"] = texte_nombre(chantier.heures_vendues)
    if chantier.genre is Genre.DEVIS:
        champs["commentaire"] = chantier.commentaire
    return champs
