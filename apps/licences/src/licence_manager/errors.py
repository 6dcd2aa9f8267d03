"""The errors of the Licence Manager.

    ErreurLicences
    ├── ConfigurationInvalide   a setting is missing or wrong: nothing starts
    ├── BaseIndisponible        the database does not answer; trying again later may succeed
    ├── LicenceIntrouvable      no licence has this key or this number
    ├── DemandeInvalide         what was asked cannot be done as it was asked
    │   └── DemandePerimee      what it was about has changed since the person saw it
    ├── ImportRefuse            some lines of the file are wrong: nothing of it was taken
    └── TropDeDemandes          too many questions from one address or about one key

`str()` of one is the French sentence a person reads; `remede` says what to do, `detail` is the technical text. None
ever holds a secret or a whole licence key.
"""

from dataclasses import dataclass


class ErreurLicences(Exception):
    """What happened, in French; with the remedy and the technical detail beside it."""

    def __init__(self, message: str, *, remede: str = "", detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remede = remede
        self.detail = detail


class ConfigurationInvalide(ErreurLicences):
    """A setting is missing or wrong."""


class BaseIndisponible(ErreurLicences):
    """The database does not answer."""


class LicenceIntrouvable(ErreurLicences):
    """No licence has this key or this number."""


class DemandeInvalide(ErreurLicences):
    """What was asked cannot be done as it was asked."""


class DemandePerimee(DemandeInvalide):
    """What it was about has changed since the person saw it."""


@dataclass(frozen=True, slots=True)
class ErreurLigne:
    """What is wrong with one line of a file."""

    ligne: int
    """Counted from 1, the heading included: what a spreadsheet shows."""
    message: str


class ImportRefuse(ErreurLicences):
    """Some lines of the file are wrong: nothing of it was taken."""

    def __init__(self, erreurs: tuple[ErreurLigne, ...]) -> None:
        super().__init__(
            f"Le fichier n’a pas été importé : {len(erreurs)} ligne{'s' * (len(erreurs) > 1)} à corriger.",
            remede="Corrigez ces lignes puis recommencez : rien n’a été enregistré.",
            detail=" ; ".join(f"ligne {erreur.ligne} : {erreur.message}" for erreur in erreurs[:20]),
        )
        self.erreurs = erreurs


class TropDeDemandes(ErreurLicences):
    """Too many questions from one address or about one key."""

    def __init__(self, attendre_s: int) -> None:
        super().__init__(
            f"Trop de demandes de validation : recommencez dans {attendre_s} seconde{'s' * (attendre_s > 1)}."
        )
        self.attendre_s = attendre_s
