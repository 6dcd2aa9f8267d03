"""How the chantiers of one dossier become projects of BatiSimply."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from connecteur.domain.arbitrage import Regles
from connecteur.domain.chantier import Position
from connecteur.domain.conflit import Politique
from connecteur.settings.section import Section

Colonne = Annotated[str, Field(min_length=1, max_length=128)]
Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Attente(StrEnum):
    """What waits for a person when two values of one field cannot be told apart."""

    CHAMP = "champ"
    FICHE = "fiche"


class Sortie(StrEnum):
    """What becomes of a project whose chantier left the selection."""

    TERMINER = "terminer"
    ARCHIVER = "archiver"
    LAISSER = "laisser"


class CodeSuivi(StrEnum):
    """What `SuiviMO.CodeChantier` holds for the hours of a devis. DOMAIN.md does not say: it depends on the firm."""

    DEVIS = "devis"
    CHANTIER = "chantier"


class ReglagesPolitiques(Section):
    """The policy of one field, where it is not that of the dossier."""

    code: Politique | None = Politique.DEMANDER
    """The heures find their chantier by it: whatever is decided moves hours, so that a person should."""
    nom: Politique | None = None
    client: Politique | None = None
    debut: Politique | None = None
    fin: Politique | None = None
    heures_vendues: Politique | None = None
    rue: Politique | None = None
    code_postal: Politique | None = None
    ville: Politique | None = None
    commentaire: Politique | None = None

    def par_champ(self) -> dict[str, Politique]:
        """Field > its policy, for those that have one of their own."""
        return {champ: getattr(self, champ) for champ in type(self).model_fields if getattr(self, champ) is not None}


class ReglagesCreation(Section):
    """What a created project is given beside what Batigest says; never sent again afterwards."""

    responsable_id: str | None = None
    """`projectManager`."""
    couleur: Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")] | None = None
    """`projectColor`, `#RRGGBB`."""
    budget_montant: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    budget_devise: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "EUR"
    pays: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    """`countryCode` of the address; None: FR when the postal code has five digits."""
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    """Where a created project stands on the map when its address has not been located."""

    @property
    def position(self) -> Position | None:
        """That place; None unless both its coordinates are given."""
        if self.longitude is None or self.latitude is None:
            return None
        return Position(self.longitude, self.latitude)


class ReglagesAdresses(Section):
    """The address service that locates a chantier on the map; none is called unless its address is given."""

    url: str | None = None
    """`https://…` of a service that answers as the Base Adresse Nationale does."""
    delai_s: Annotated[float, Field(gt=0, le=30)] = 5.0
    score_minimal: Fraction = 0.6
    """Below, the answer is refused: a wrong place is worse than none."""


class ReglagesChantiers(Section):
    """How the chantiers of one dossier become projects of BatiSimply."""

    politique: Politique = Politique.PLUS_RECENT
    politiques: ReglagesPolitiques = ReglagesPolitiques()
    attente: Attente = Attente.CHAMP
    sortie: Sortie = Sortie.TERMINER
    garde_part: Annotated[int, Field(ge=0, le=100)] = 20
    garde_nombre: Annotated[int, Field(ge=0)] = 5
    """A run that would close more than this many projects, and more than that % of them, waits to be confirmed."""
    modification_chantier: Colonne | None = None
    """The column of `ChantierDef` that says when the record last changed."""
    modification_devis: Colonne | None = None
    """The column of `Devis` that does, in mode devis."""
    devis_chantier: Colonne | None = None
    """The column of `Devis` that names its site; None: the first known name that exists."""
    etats_devis: Annotated[tuple[int, ...], Field(min_length=1)] = (3,)
    """The `Etat` of an accepted devis."""
    code_suivi: CodeSuivi = CodeSuivi.DEVIS
    """In mode devis, what the hours of a devis are written under."""
    creation: ReglagesCreation = ReglagesCreation()
    adresses: ReglagesAdresses = ReglagesAdresses()

    def regles(self) -> Regles:
        """How conflicts are settled."""
        return Regles(self.politique, self.politiques.par_champ(), self.attente is Attente.FICHE)
