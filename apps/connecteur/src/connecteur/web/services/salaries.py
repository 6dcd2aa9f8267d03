"""Who is who: users of BatiSimply and employees of Batigest."""

from typing import Protocol

from connecteur.domain.correspondance import Correspondance
from connecteur.domain.salarie import Salarie, Utilisateur


class Salaries(Protocol):
    """The employees as last read, the users the slots tell of, and the mappings made by hand."""

    def list_salaries(self, *, partis: bool = False) -> list[Salarie]:
        """The employees as last read, by name."""
        ...

    def list_utilisateurs(self) -> list[Utilisateur]:
        """Every user of whom a slot is known, by name."""
        ...

    def list_correspondances(self) -> list[Correspondance]:
        """The mappings made by hand, by user."""
        ...

    def associe_salarie(self, utilisateur: str, code: str, qui: str, *, partage: bool = False) -> Correspondance:
        """Map a user to a salarié by hand. Raises `GesteRefuse`, or `ConfirmationNecessaire` without `partage`."""
        ...

    def dissocie_salarie(self, utilisateur: str, qui: str) -> None:
        """Undo a mapping made by hand. Raises `Introuvable` when there is none."""
        ...


class Codebs(Protocol):
    """Writing into Batigest who is who, for those mapped by hand."""

    def ecriture_permise(self) -> bool:
        """Whether the settings in force permit it."""
        ...

    def ecris_codebs(self, code: str, qui: str) -> bool:
        """Fill the empty cell of this salarié; False when it holds it. Raises `GesteRefuse`, `Introuvable`."""
        ...
