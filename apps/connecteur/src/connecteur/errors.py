"""The errors of the connector, in two families.

    ErreurConnecteur
    ├── ErreurTransitoire          try again later: the run waits, backs off, tries again
    │   ├── ServiceInjoignable     nobody answered (network, restart, time-out)
    │   ├── ServiceSature          the server asked us to slow down (429, lock time-out, deadlock)
    │   ├── ReponseIncertaine      the request left, the answer did not come back: it may have been done
    │   └── DossierOccupe          another run holds this dossier
    ├── Annule                     a person asked to stop: nothing is wrong
    └── ErreurPermanente           trying again changes nothing until a person acts
        ├── ConfigurationInvalide  a setting is missing or wrong
        │   └── CoffreInutilisable the vault cannot be used as it is
        │       ├── CoffreAbime        damaged, or changed by another hand
        │       ├── CoffreIllisible    its key is not there, or not to be trusted
        │       └── CoffreEtranger     another program's file stands in its place
        ├── AccesRefuse            login, password, rights
        ├── SchemaInattendu        the dossier is not what the connector needs: nothing is written
        ├── LicenceRefusee         the licence does not allow a new run
        ├── Introuvable            what a person named does not exist (any more)
        ├── GesteRefuse            what a person asked for would break a rule
        │   └── ConfirmationNecessaire   it may be right: the person must say so
        ├── ReponseIllisible       the answer is not what it should be (HTML, cut JSON, other shape)
        └── EnregistrementRefuse   one record was refused: it is parked, the rest goes on

Adapters map foreign exceptions to these once (`raise mapped from exc`). `str()` of one is the French
sentence a person reads: what happened, to which record. `remede` says what to do. `detail` is the
technical text, folded underneath and in the journal; it never holds a secret.
"""


class ErreurConnecteur(Exception):
    """What happened, in French; with the remedy and the technical detail beside it."""

    def __init__(self, message: str, *, remede: str = "", detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remede = remede
        self.detail = detail


class ErreurTransitoire(ErreurConnecteur):
    """Trying again later may succeed."""

    def __init__(self, message: str, *, remede: str = "", detail: str = "", attendre_s: float | None = None) -> None:
        super().__init__(message, remede=remede, detail=detail)
        self.attendre_s = attendre_s
        """Seconds the server asked us to wait (`Retry-After`), when it said so."""


class ServiceInjoignable(ErreurTransitoire):
    """Nobody answered."""


class ServiceSature(ErreurTransitoire):
    """The server asked us to slow down."""


class ReponseIncertaine(ErreurTransitoire):
    """The request left and no answer came back: it may have been carried out. Look before doing it again."""


class ErreurPermanente(ErreurConnecteur):
    """Trying again changes nothing until a person acts."""


class ConfigurationInvalide(ErreurPermanente):
    """A setting is missing or wrong."""


class CoffreInutilisable(ConfigurationInvalide):
    """The vault cannot be used as it is; nothing was changed in it."""


class CoffreAbime(CoffreInutilisable):
    """The vault is damaged, or was changed by another hand."""


class CoffreIllisible(CoffreInutilisable):
    """The key of the vault is not there, or the file cannot be trusted."""


class CoffreEtranger(CoffreInutilisable):
    """Where the vault should be stands the `credentials.json` of the previous generation."""


class AccesRefuse(ErreurPermanente):
    """Login, password or rights."""


class SchemaInattendu(ErreurPermanente):
    """The dossier is not what the connector needs; nothing is written."""


class LicenceRefusee(ErreurPermanente):
    """The licence does not allow a new run; what has begun and what is only read goes on."""


class Introuvable(ErreurPermanente):
    """What a person named does not exist, or not any more."""


class GesteRefuse(ErreurPermanente):
    """What a person asked for would break a rule; nothing was changed."""


class ConfirmationNecessaire(GesteRefuse):
    """What a person asked for may be right or wrong: it is done once the person says so."""


class ReponseIllisible(ErreurPermanente):
    """The answer is not what it should be."""


class EnregistrementRefuse(ErreurPermanente):
    """One record was refused; it is parked and the rest goes on."""


class DossierOccupe(ErreurTransitoire):
    """Another run holds this dossier."""


class Annule(ErreurConnecteur):
    """A person asked to stop the run; what is done stays done, the next run goes on from there."""
