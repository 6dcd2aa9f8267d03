"""What travels."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field, JsonValue, StringConstraints

from licence_manager.domain.duree import Depart
from licence_manager.domain.historique import Geste
from licence_manager.domain.licence import LIMITE_MAX, LONGUEURS, SANS_LIMITE, Etat, Fiche, Fonction, Licence, Machine
from licence_manager.repository.cles import EtatCle
from licence_manager.web.dependances import SANS_NUL
from sages_commun.licence.verdict import Verdict
from sages_commun.web.modeles import Demande, Modele

Limite = Annotated[int, Field(ge=SANS_LIMITE, le=LIMITE_MAX, description="-1 : sans limite.")]
Raison = Annotated[str, StringConstraints(max_length=500, pattern=SANS_NUL)]
TexteDuree = Annotated[str, StringConstraints(max_length=20, pattern=SANS_NUL)]
"""« 30 jours », « 6 mois », « 1 an »."""
NumeroLu = Annotated[int, Field(ge=1, le=2**53)]


class FicheLue(Modele):
    """What is written of a licence."""

    client: str
    entreprise: str
    email: str
    fonctions: list[Fonction]
    utilisations_max: int
    machines_max: int
    notes: str


class LicenceLue(FicheLue):
    """A licence. Its key is masked unless whoever asks may see it."""

    numero: int
    cle: str
    etat: Etat
    cree: datetime
    expire: datetime
    utilisations: int
    active: bool
    archivee: bool
    derniere_utilisation: datetime | None


class MachineLue(Modele):
    """A machine that uses a licence."""

    machine: str
    premiere_le: datetime
    derniere_le: datetime
    version: str | None


class DetailsLus(LicenceLue):
    """A licence and the machines that use it."""

    machines: list[MachineLue]


class PageLicences(Modele):
    """A slice of the list."""

    licences: list[LicenceLue]
    suite: str | None
    """To be given as `apres`; null at the end."""


class EvenementLu(Modele):
    """Something that happened to a licence."""

    geste: Geste
    phrase: str
    qui: str
    le: datetime
    detail: dict[str, JsonValue]


class PageEvenements(Modele):
    """A slice of a history, the latest first."""

    evenements: list[EvenementLu]
    suite: str | None


class FicheEcrite(Demande):
    """What is to be written of a licence."""

    client: Annotated[str, StringConstraints(max_length=LONGUEURS["client"], pattern=SANS_NUL)]
    entreprise: Annotated[str, StringConstraints(max_length=LONGUEURS["entreprise"], pattern=SANS_NUL)] = ""
    email: Annotated[str, StringConstraints(max_length=LONGUEURS["email"], pattern=SANS_NUL)] = ""
    fonctions: Annotated[list[Fonction], Field(max_length=len(Fonction))] = Field(
        default_factory=lambda: list(Fonction)
    )
    utilisations_max: Limite = SANS_LIMITE
    machines_max: Limite = SANS_LIMITE
    notes: Annotated[str, StringConstraints(max_length=LONGUEURS["notes"], pattern=SANS_NUL)] = ""

    def fiche(self) -> Fiche:
        """As the rules know it."""
        return Fiche(
            self.client, self.entreprise, self.email, frozenset(self.fonctions), self.utilisations_max,
            self.machines_max, self.notes,
        )  # fmt: skip


class DemandeCreation(FicheEcrite):
    """A licence to sell: for so long from today, or until a day."""

    duree: TexteDuree | None = None
    expire: date | None = None


class DemandeProlongation(Demande):
    """By so long, or until a day."""

    duree: TexteDuree | None = None
    depuis: Depart = Depart.EXPIRATION
    expire: date | None = None


class DemandeLot(Demande):
    """Several licences, by so long."""

    numeros: Annotated[list[NumeroLu], Field(min_length=1, max_length=5_000)]
    duree: TexteDuree
    depuis: Depart = Depart.EXPIRATION


class DemandeMotivee(Demande):
    """Why it is done, for the history."""

    raison: Raison = ""


class DemandeMachine(Demande):
    """A machine that is gone."""

    machine: Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=SANS_NUL)]


class DemandeCle(Demande):
    """A key, as somebody typed it."""

    cle: Annotated[str, StringConstraints(max_length=100, pattern=SANS_NUL)]


class CleLue(Modele):
    """A signing key, its public half."""

    kid: str
    publique: str
    etat: EtatCle
    creee_le: datetime
    retiree_le: datetime | None
    livree_le: datetime | None


class ClesLues(Modele):
    """The signing keys."""

    cles: list[CleLue]


class DemandeKid(Demande):
    """A signing key by its id."""

    kid: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{1,64}$")]


class DemandeRotation(DemandeKid):
    """The present key, as whoever asks knows it."""

    urgence: bool = False
    """Even when no connector can carry the next one yet."""


class PointLu(Modele):
    """Validations of one verdict on one day."""

    jour: str
    verdict: Verdict
    nombre: int


class VersionLue(Modele):
    """Machines that run a version."""

    version: str | None
    machines: int
    dernier_contact: datetime


class ProblemeLu(Modele):
    """Something that needs a person."""

    code: str
    gravite: str
    titre: str
    remede: str
    licences: list[str]


class TableauLu(Modele):
    """The dashboard."""

    etats: dict[Etat, int]
    echeances: dict[str, int]
    """Month > licences in use that expire in it."""
    validations: list[PointLu]
    versions: list[VersionLue]
    problemes: list[ProblemeLu]


def licence_lue(licence: Licence, etat: Etat, cle: str) -> dict[str, Any]:
    """The fields of a `LicenceLue`."""
    fiche = licence.fiche
    return {
        "numero": licence.id,
        "cle": cle,
        "etat": etat,
        "cree": licence.cree_le,
        "expire": licence.expire_le,
        "utilisations": licence.utilisations,
        "active": licence.active,
        "archivee": licence.archivee,
        "derniere_utilisation": licence.derniere_utilisation,
        "client": fiche.client,
        "entreprise": fiche.entreprise,
        "email": fiche.email,
        "fonctions": sorted(fiche.fonctions),
        "utilisations_max": fiche.utilisations_max,
        "machines_max": fiche.machines_max,
        "notes": fiche.notes,
    }


def machines_lues(machines: tuple[Machine, ...]) -> list[MachineLue]:
    """The machines of a `DetailsLus`."""
    return [MachineLue.model_validate(machine) for machine in machines]
