"""A small firm in memory: two sites, two employees, both ends and the tampon."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connecteur.domain.chantier import Adresse, Chantier, Genre
from connecteur.domain.heure import CleSuivi, Creneau, normalise_code
from connecteur.domain.invariant import Constat
from connecteur.domain.run import Bilan, Fleche
from connecteur.domain.salarie import Salarie
from connecteur.settings import ReglagesChantiers
from connecteur.sync.memoire import BatigestMemoire, BatisimplyMemoire
from connecteur.sync.ports.chantiers import Adresses
from connecteur.sync.run import Bouts, execute_fleche, verifie_dossier
from connecteur.tampon.memoire import TamponMemoire

PARIS = ZoneInfo("Europe/Paris")
MAINTENANT = datetime(2025, 6, 27, 10, tzinfo=UTC)


@dataclass
class ProgressionNotee:
    """Remembers what it was told; asks to stop when told so."""

    pas: list[tuple[Fleche, int, int]] = field(default_factory=list)
    arret: bool = False
    dernier_message: str = ""

    def avance(self, fleche: Fleche, fait: int, total: int, message: str = "") -> None:
        self.pas.append((fleche, fait, total))
        self.dernier_message = message

    def annulation_demandee(self) -> bool:
        return self.arret


def chantier(code: str, **champs: Any) -> Chantier:
    defauts: dict[str, Any] = {
        "libelle": f"Chantier {normalise_code(code)}",
        "code_client": f"C{code}",
        "client": "Maçonnerie Dupré",
        "date_debut": date(2025, 1, 6),
        "date_fin": None,
        "adresse": Adresse("3 rue de l’Église", "33000", "Bordeaux"),
        "heures_vendues": None,
    }
    return Chantier(code=code, **{**defauts, **champs})


def creneau(ident: str, debut: datetime, minutes: int = 450, **champs: Any) -> Creneau:
    defauts: dict[str, Any] = {
        "fin": debut + timedelta(minutes=minutes),
        "utilisateur": "aaaa-1",
        "nom_utilisateur": "Léa Vasseur",
        "projet_id": 101,
        "code_projet": None,
        "statut": "VALIDATED",
        "trajet": False,
        "panier": False,
    }
    return Creneau(id=ident, debut=debut, minutes=minutes, **{**defauts, **champs})


class Entreprise:
    """Both ends, the tampon, and a clock one can set."""

    def __init__(self) -> None:
        self.batigest = BatigestMemoire(
            chantiers=[chantier("CH1"), chantier("CH2")],
            salaries=[Salarie("S1", "Vasseur", "Léa", "aaaa-1"), Salarie("S2", "Morel", "Ugo", "bbbb-2")],
        )
        self.batisimply = BatisimplyMemoire()
        self.tampon = TamponMemoire(PARIS)
        self.maintenant = MAINTENANT
        self.progression = ProgressionNotee()
        # One call at a time: the first site is the first project.
        self.bouts = Bouts(
            self.batigest,
            self.batisimply,
            self.tampon,
            PARIS,
            lambda: self.maintenant,
            fenetre_jours=30,
            envois_paralleles=1,
        )
        self._numero = 0

    def regle(self, mode: Genre = Genre.CHANTIER, adresses: Adresses | None = None, **reglages: Any) -> None:
        """Change settings of the chantiers."""
        self.batigest.genre = mode
        self.bouts = replace(
            self.bouts, mode=mode, adresses=adresses, chantiers=ReglagesChantiers.model_validate(reglages)
        )

    def fleche(self, fleche: Fleche) -> Bilan:
        """One arrow, in a run of its own."""
        self._numero += 1
        return execute_fleche(fleche, self.bouts, f"run-{self._numero}", self.progression)

    def sync_chantiers(self) -> Bilan:
        self.fleche(Fleche.PULL_CHANTIERS)
        return self.fleche(Fleche.PUSH_CHANTIERS)

    def commence_seul(self) -> None:
        """The next run begins by itself: a schedule asks for it."""
        self.tampon.par_horaire[f"run-{self._numero + 1}"] = self.tampon.tic()

    def sync_heures(self) -> Bilan:
        """Both arrows in one run: the pull knows that the push follows."""
        self._numero += 1
        run = f"run-{self._numero}"
        execute_fleche(Fleche.PULL_HEURES, self.bouts, run, self.progression, Fleche.PUSH_HEURES)
        return execute_fleche(Fleche.PUSH_HEURES, self.bouts, run, self.progression)

    def verifie(self) -> Constat:
        return verifie_dossier(self.bouts)

    def saisit(self, ident: str, debut: datetime, minutes: int = 450, **champs: Any) -> Creneau:
        pose = creneau(ident, debut, minutes, **champs)
        self.batisimply.creneaux[ident] = pose
        return pose

    def heures(self) -> dict[tuple[str, str, str], str]:
        return {cle_lisible(ligne.cle): str(ligne.quantites.heures) for ligne in self.batigest.suivi}


def cle_lisible(cle: CleSuivi) -> tuple[str, str, str]:
    return cle.code_chantier, cle.code_salarie, f"{cle.debut:%d/%m %H:%M}"


@pytest.fixture
def entreprise() -> Entreprise:
    return Entreprise()


@pytest.fixture
def avec_projets() -> Entreprise:
    """CH1 and CH2 are projects 101 and 102."""
    firme = Entreprise()
    firme.sync_chantiers()
    return firme


Une = Callable[[str], None]


@pytest.fixture
def une_fois() -> Callable[[str, BaseException], Une]:
    """A fault that strikes at the first passage of one step only."""

    def fabrique(etape: str, exc: BaseException) -> Une:
        frappes: list[str] = []

        def panne(passage: str) -> None:
            if passage == etape and not frappes:
                frappes.append(passage)
                raise exc

        return panne

    return fabrique
