"""One invented line with a past: written, corrected, moved by hand, and the slot that made it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from connecteur.domain.heure import VALIDE, CleSuivi, Creneau, LigneActuelle, LigneSuivi, Quantites
from connecteur.domain.histoire import ConstatSuivi, CreneauSuivi, EcritureSuivie, RunBref, VersionCreneau
from connecteur.domain.plan import Action, Geste
from connecteur.domain.run import Verdict
from connecteur.sync.explication import (
    Cadre,
    CreneauExplique,
    ExplicationCreneau,
    ExplicationLigne,
    Memoire,
    Situation,
)
from connecteur.sync.ports import Evenement, EvenementNote

PARIS = ZoneInfo("Europe/Paris")
DEBUT = datetime(2025, 6, 23, 6, tzinfo=UTC)
HIER, MATIN = datetime(2025, 6, 23, 17, tzinfo=UTC), datetime(2025, 6, 24, 5, tzinfo=UTC)
CADRE = Cadre(PARIS, date(2025, 1, 1))


def _quantites(heures: str) -> Quantites:
    return Quantites(Decimal(heures), Decimal(0), Decimal(1))


def _creneau(ident: str, minutes: int, statut: str = VALIDE) -> Creneau:
    fin = DEBUT + timedelta(minutes=minutes)
    return Creneau(ident, DEBUT, fin, "1c1e", "Léa Martin", 7, "CH000112", statut, minutes, False, True)


def _suivi() -> CreneauSuivi:
    avant = VersionCreneau(_creneau("s0", 420), "CH000112", "MARTIN", None, HIER, "r-hier", MATIN, "modifié", "r-matin")
    return CreneauSuivi(
        _creneau("s0", 450), "CH000112", "MARTIN", None, date(2025, 6, 23), HIER, MATIN, None, "r-matin", (avant,)
    )


def _memoire() -> Memoire:
    cle = CleSuivi("CH000112", "MARTIN", datetime(2025, 6, 23, 8))  # noqa: DTZ001 - local time of Batigest
    ecritures = [
        EcritureSuivie(1, Action(Geste.INSERER, cle, None, _quantites("7"), None, ("s0",)), "faite", "r-hier",
                       HIER, None, None),
        EcritureSuivie(2, Action(Geste.CORRIGER, cle, _quantites("7"), _quantites("7.5"), _quantites("7"), ("s0",)),
                       "faite", "r-matin", MATIN + timedelta(seconds=5), None, None),
    ]  # fmt: skip
    reprise = Action(Geste.REPRISE, cle, _quantites("8"), _quantites("7.5"), _quantites("7.5"), ("s0",))
    note = EvenementNote(9, MATIN - timedelta(hours=1), Evenement("Sophie", "trancher", "ligne", "CH000112/MARTIN"))
    runs = {nom: RunBref(nom, "horaire", HIER, Verdict.REUSSI) for nom in ("r-hier", "r-matin")}
    return Memoire(ecritures, [ConstatSuivi(reprise, MATIN + timedelta(hours=1), "r-midi")], [], [note], runs)


def explication_ligne(salarie: str, chantier: str, jour: date) -> ExplicationLigne:
    """The same story whatever is asked."""
    cle = CleSuivi("CH000112", "MARTIN", datetime(2025, 6, 23, 8))  # noqa: DTZ001 - local time of Batigest
    return ExplicationLigne(
        salarie, "Léa Martin", chantier, "Maison Durand", jour, [CreneauExplique(_suivi(), Situation.REPRIS)],
        [LigneActuelle(cle, _quantites("8"))], "", [LigneSuivi(cle, _quantites("7.5"), ("s0",))], [], _memoire(),
    )  # fmt: skip


def explication_creneau(ident: str) -> ExplicationCreneau:
    """One slot is known, the others are not."""
    if ident != "s0":
        return ExplicationCreneau(ident, None, Situation.INCONNU, None, "", "", "", "", CADRE, Memoire())
    cle = CleSuivi("CH000112", "MARTIN", datetime(2025, 6, 23, 8))  # noqa: DTZ001 - local time of Batigest
    ligne = LigneSuivi(cle, _quantites("7.5"), ("s0",))
    return ExplicationCreneau(
        ident, _suivi(), Situation.LIVRE, ligne, "MARTIN", "Léa Martin", "CH000112", "Maison Durand", CADRE, _memoire()
    )
