"""An accepted quote: the hours of labour sold on a site."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Devis:
    """One accepted quote. `code_chantier` is None where the dossier's `Devis` does not name the site."""

    code: str
    code_client: str
    code_chantier: str | None
    temps_mo: Decimal
    """Hours of labour sold."""
