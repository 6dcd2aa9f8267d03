"""Who may enter, as what, and what they did: the words of the accounts. No I/O."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class Role(StrEnum):
    """What somebody may do."""

    ADMINISTRATEUR = "administrateur"
    LECTURE_SEULE = "lecture_seule"

    @property
    def libelle(self) -> str:
        """As people read it."""
        return "administrateur" if self is Role.ADMINISTRATEUR else "lecture seule"


class Portee(StrEnum):
    """What a program that holds a token may do. Neither lets it touch the accounts: a person does that."""

    LECTURE = "lecture"
    GESTION = "gestion"

    @property
    def libelle(self) -> str:
        """As people read it."""
        return "lecture seule" if self is Portee.LECTURE else "lecture et modification"


class Geste(StrEnum):
    """What the audit trail tells of; the value is what people read."""

    CONNEXION = "connexion"
    MOT_DE_PASSE_BON = "mot de passe accepté, second facteur demandé"
    SECOND_FACTEUR = "second facteur"
    CODE_SECOURS = "code de secours"
    DECONNEXION = "déconnexion"
    RALENTISSEMENT = "essais ralentis"
    REFUS = "accès refusé"
    JETON_REFUSE = "jeton refusé"
    PREMIER_ADMINISTRATEUR = "premier administrateur créé"
    PREMIER_CODE = "code de premier démarrage"
    UTILISATEUR_CREE = "utilisateur créé"
    INVITATION = "invitation créée"
    INVITATION_SUIVIE = "invitation suivie"
    ROLE = "rôle changé"
    DESACTIVATION = "utilisateur désactivé"
    REACTIVATION = "utilisateur réactivé"
    MOT_DE_PASSE = "mot de passe changé"
    TOTP_ACTIVE = "second facteur activé"
    TOTP_RETIRE = "second facteur retiré"
    CODES_SECOURS = "codes de secours renouvelés"
    SESSION_FERMEE = "session fermée"
    JETON_CREE = "jeton créé"
    JETON_REVOQUE = "jeton révoqué"


@dataclass(frozen=True, slots=True)
class Utilisateur:
    """A person who has an account."""

    id: int
    courriel: str
    nom: str
    role: Role
    actif: bool
    invite: bool
    """Has not chosen a password yet."""
    second_facteur: bool
    cree_le: datetime
    connecte_le: datetime | None

    @property
    def est_administrateur(self) -> bool:
        """Whether they may change things."""
        return self.role is Role.ADMINISTRATEUR


@dataclass(frozen=True, slots=True)
class Session:
    """One browser that is signed in."""

    id: int
    utilisateur_id: int
    cree_le: datetime
    vue_le: datetime
    expire_le: datetime
    adresse: str
    machine: str


@dataclass(frozen=True, slots=True)
class JetonApi:
    """What a program shows to be let in."""

    id: int
    prefixe: str
    nom: str
    portee: Portee
    utilisateur_id: int
    proprietaire: str
    cree_le: datetime
    expire_le: datetime
    vu_le: datetime | None
    vu_de: str
    revoque_le: datetime | None


@dataclass(frozen=True, slots=True)
class Identite:
    """Who a request comes from: a person with a session, or a program with a token."""

    nom: str
    """What the histories write."""
    role: Role
    utilisateur: Utilisateur | None = None
    session: Session | None = None
    jeton: JetonApi | None = None

    @property
    def est_administrateur(self) -> bool:
        """Whether it may change things."""
        return self.role is Role.ADMINISTRATEUR


@dataclass(frozen=True, slots=True)
class Entree:
    """One line of the audit trail."""

    id: int
    le: datetime
    qui: str
    geste: str
    reussi: bool
    objet: str
    adresse: str


@dataclass(frozen=True, slots=True)
class Client:
    """Where a request comes from."""

    adresse: str
    machine: str = ""
    appareil: str = field(default="", repr=False)
    """The secret of a browser that has been signed in before."""


@dataclass(frozen=True, slots=True)
class Durees:
    """How long things last."""

    oisivete: timedelta = timedelta(hours=2)
    """A session that nobody uses ends."""
    session: timedelta = timedelta(hours=12)
    """A session ends, used or not."""
    second_facteur: timedelta = timedelta(minutes=5)
    """Between the password and the code."""
    appareil: timedelta = timedelta(days=180)
    invitation: timedelta = timedelta(hours=72)
    premier_code: timedelta = timedelta(hours=1)


_COURRIEL = re.compile(r"[^\s@\x00-\x1f\x7f<>\"'(),:;\\\[\]]{1,64}@[^\s@\x00-\x1f\x7f<>\"'(),:;\\\[\]]{1,190}")
NOM_MAX = 80


class ErreurAcces(Exception):
    """What was asked about an account cannot be done. `str()` is the French sentence, `remede` says what to do."""

    def __init__(self, message: str, remede: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remede = remede


class Refuse(ErreurAcces):
    """Wrong name, password or code: which of them is never said."""


class TropDeTentatives(ErreurAcces):
    """Too many attempts: the next one is for later."""

    def __init__(self, attendre_s: int) -> None:
        super().__init__(
            "Trop d’essais ont échoué : le suivant doit attendre.",
            f"Recommencez dans {_attente(attendre_s)}.",
        )
        self.attendre_s = attendre_s


class Encombrement(ErreurAcces):
    """Too many people at the door at once."""

    def __init__(self) -> None:
        super().__init__("Trop de connexions sont demandées en même temps.", "Recommencez dans un instant.")


class Inconnu(ErreurAcces):
    """There is no such account, session or token."""


class SaisieRefusee(ErreurAcces):
    """What was typed cannot be taken; `champ` is the field at fault."""

    def __init__(self, champ: str, message: str, remede: str = "") -> None:
        super().__init__(message, remede)
        self.champ = champ


class DernierAdministrateur(ErreurAcces):
    """Nobody would be left to administer."""

    def __init__(self) -> None:
        super().__init__(
            "C’est le dernier administrateur : il ne peut être ni désactivé ni passé en lecture seule.",
            "Nommez d’abord un autre administrateur.",
        )


def lit_courriel(saisie: str) -> str:
    """The address as accounts are found by. Raises `SaisieRefusee`."""
    courriel = unicodedata.normalize("NFKC", saisie).strip().lower()
    if not _COURRIEL.fullmatch(courriel):
        raise SaisieRefusee("courriel", "Cette adresse e-mail n’est pas valide.", "Exemple : prenom.nom@exemple.fr.")
    return courriel


def lit_nom(saisie: str) -> str:
    """A name for people. Raises `SaisieRefusee`."""
    nom = " ".join(unicodedata.normalize("NFC", saisie).split())
    if not nom or len(nom) > NOM_MAX or any(unicodedata.category(c).startswith("C") for c in nom):
        raise SaisieRefusee("nom", f"Un nom d’un à {NOM_MAX} caractères est attendu.")
    return nom


def _attente(secondes: int) -> str:
    if secondes < 90:  # noqa: PLR2004
        return f"{secondes} seconde{'s' * (secondes > 1)}"
    return f"{-(-secondes // 60)} minutes"
