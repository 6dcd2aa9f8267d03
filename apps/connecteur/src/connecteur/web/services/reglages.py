"""The settings of one dossier, and what the office changes of them at run time."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol


class Reglage(Protocol):
    """One setting as it stands for the next run. Values are JSON values."""

    @property
    def cle(self) -> str:
        """As in the file, without `dossier.`: « fenetre_jours », « rubriques.heures »."""
        ...

    @property
    def valeur(self) -> object:
        """Its value."""
        ...

    @property
    def fichier(self) -> object:
        """Its value without what was changed at run time."""
        ...

    @property
    def change(self) -> bool:
        """Whether it was changed at run time."""
        ...

    @property
    def modifie_le(self) -> datetime | None:
        """When."""
        ...

    @property
    def modifie_par(self) -> str:
        """By whom."""
        ...


class Reglages(Protocol):
    """Reads the settings and changes those that can be at run time."""

    def list_reglages(self) -> Sequence[Reglage]:
        """Every setting that can be changed, in the order of the file."""
        ...

    def read_systemes(self) -> Mapping[str, Mapping[str, object]]:
        """Section > setting > JSON value of what only the file says; secrets are masked."""
        ...

    def list_champs_creneaux(self) -> Mapping[str, str]:
        """The numbers and yes-or-no fields that BatiSimply's slots of the last week carry and the connector does not
        know > « nombre » or « oui/non ». Asks BatiSimply now. Raises `ErreurConnecteur`."""
        ...

    def change_reglage(self, cle: str, valeur: object, qui: str, /) -> None:
        """For the next run. Raises `ConfigurationInvalide` when it may not have this value."""
        ...

    def retire_reglage(self, cle: str, qui: str, /) -> bool:
        """Go back to the file's value; False when this setting had not been changed."""
        ...
