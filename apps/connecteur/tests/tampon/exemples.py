"""Invented records, short to write."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from connecteur.domain.chantier import Adresse, Chantier
from connecteur.domain.heure import VALIDE, CleSuivi, Creneau, Quantites
from connecteur.domain.periode import Tranche
from connecteur.domain.plan import Action, Geste, MotifConflit
from connecteur.domain.rejet import MotifRejet
from connecteur.sync.ports import CreneauStocke

PARIS = ZoneInfo("Europe/Paris")
LUNDI = date(2025, 6, 23)
SEMAINE = Tranche(LUNDI, LUNDI + timedelta(days=7))
SUIVANTE = Tranche(SEMAINE.fin, SEMAINE.fin + timedelta(days=7))
UUID_LEA = "0b7f1b7e-0000-4000-8000-000000000001"


def local(jour: int = 0, heure: int = 8, minute: int = 0) -> datetime:
    """A local, naive time, `jour` days after the Monday."""
    return datetime.combine(LUNDI, datetime.min.time()) + timedelta(days=jour, hours=heure, minutes=minute)


def creneau(
    ident: str = "1",
    jour: int = 0,
    heure: int = 8,
    *,
    minutes: int | None = 450,
    statut: str = VALIDE,
    nom: str = "Léa Martin",
    projet_id: int | None = 12,
    code_projet: str | None = "CH001",
) -> Creneau:
    """A slot of Léa's."""
    debut = local(jour, heure).replace(tzinfo=PARIS).astimezone(UTC)
    return Creneau(
        ident,
        debut,
        debut + timedelta(minutes=minutes or 0),
        UUID_LEA,
        nom,
        projet_id,
        code_projet,
        statut,
        minutes,
        trajet=True,
        panier=False,
    )


def resolu(decrit: Creneau, chantier: str = "CH001", salarie: str = "MARTIN") -> CreneauStocke:
    """A slot whose codes are known."""
    return CreneauStocke(decrit, chantier, salarie, None)


def rejete(decrit: Creneau, motif: MotifRejet = MotifRejet.CHANTIER_INCONNU, detail: str = "") -> CreneauStocke:
    """A slot that cannot be delivered."""
    return CreneauStocke(decrit, None, None, motif, detail)


def chantier(code: str = "CH001", libelle: str = "Extension de l’école", **autres: object) -> Chantier:
    """A site with every field filled."""
    decrit = {
        "code": code,
        "libelle": libelle,
        "code_client": "CL1",
        "client": "Mairie d’Évreux",
        "date_debut": date(2025, 1, 6),
        "date_fin": None,
        "adresse": Adresse("3, rue de l’Été", "27000", "Évreux"),
        "heures_vendues": Decimal("120.5"),
        "etat": "E",
    }
    return Chantier(**{**decrit, **autres})  # type: ignore[arg-type]


def quantites(heures: str = "7.5", trajet: int = 1, panier: int = 0) -> Quantites:
    """What a line holds."""
    return Quantites(Decimal(heures), Decimal(trajet), Decimal(panier))


def cle(jour: int = 0, heure: int = 8, chantier: str = "CH001", salarie: str = "MARTIN") -> CleSuivi:
    """The key of a line."""
    return CleSuivi(chantier, salarie, local(jour, heure))


def action(
    geste: Geste = Geste.INSERER,
    de: CleSuivi | None = None,
    *,
    avant: Quantites | None = None,
    apres: Quantites | None = None,
    base: Quantites | None = None,
    creneaux: tuple[str, ...] = ("1",),
    motif: MotifConflit | None = None,
    deplace_de: CleSuivi | None = None,
) -> Action:
    """An action; an insertion of 7,5 h unless told."""
    if geste is Geste.INSERER and apres is None:
        apres = quantites()
    return Action(geste, de or cle(), avant, apres, base, creneaux, motif, deplace_de)
