"""The settings of one dossier as the pages and the commands show and change them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import SecretStr

from connecteur.bootstrap.systemes import Systemes
from connecteur.settings.surcharge import list_effectifs, valide

MASQUE = "••••••"
SEMAINE = timedelta(days=7)
SECTIONS = ("batigest", "batisimply", "tampon", "web")


@dataclass(frozen=True, slots=True)
class Reglage:
    """One setting as it stands for the next run, and who changed it. Values are JSON values."""

    cle: str
    valeur: object
    fichier: object
    """Its value without what was changed at run time."""
    change: bool
    modifie_le: datetime | None = None
    modifie_par: str = ""


class ReglagesDuDossier:
    """Reads the settings, and changes those that can be at run time."""

    def __init__(self, systemes: Systemes) -> None:
        self._systemes = systemes
        self._fichier = systemes.reglages
        self._tampon = systemes.tampon

    def list_reglages(self) -> Sequence[Reglage]:
        """Every setting that can be changed at run time."""
        changes = {surcharge.cle: surcharge for surcharge in self._tampon.list_reglages()}
        valeurs = {cle: surcharge.valeur for cle, surcharge in changes.items()}
        reglages = []
        for effectif in list_effectifs(self._fichier.dossier, valeurs):
            change = changes.get(effectif.cle)
            quand, qui = (change.modifie_le, change.modifie_par) if change else (None, "")
            reglages.append(Reglage(effectif.cle, effectif.valeur, effectif.fichier, effectif.surcharge, quand, qui))
        return reglages

    def read_systemes(self) -> Mapping[str, Mapping[str, object]]:
        """What only the file says, secrets masked."""
        return {
            section: {nom: _montrable(valeur) for nom, valeur in getattr(self._fichier, section)}
            for section in SECTIONS
        }

    def list_champs_creneaux(self) -> Mapping[str, str]:
        """Of the last week, asked now. Raises `ErreurConnecteur`."""
        fin = self._systemes.horloge()
        return self._systemes.bouts.batisimply.read_tranche(fin - SEMAINE, fin).inconnus()

    def change_reglage(self, cle: str, valeur: object, qui: str, /) -> None:
        """Checked against all the others. Raises `ConfigurationInvalide`."""
        valeurs = self._tampon.list_surcharges()
        self._tampon.change_reglage(cle, valide(self._fichier.dossier, valeurs, cle, valeur), qui)

    def retire_reglage(self, cle: str, qui: str, /) -> bool:
        """Go back to the file's value."""
        return self._tampon.retire_reglage(cle, qui)


def _montrable(valeur: object) -> object:
    if isinstance(valeur, SecretStr):
        return MASQUE if valeur.get_secret_value() else ""
    return valeur if isinstance(valeur, bool | int | float | None) else str(valeur)
