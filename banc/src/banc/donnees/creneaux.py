"""The working days that people enter: plain ones, then the awkward ones among them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from banc.donnees.dossier import Personne
from banc.donnees.jeu import Taille
from banc.donnees.projets import ProjetLie

FUSEAU = ZoneInfo("Europe/Paris")
VALIDE, A_VALIDER, REFUSE = "VALIDATED", "PENDING", "REFUSED"
VENDREDI = 4
NUIT = (21, 23)
JOURS_RECENTS = 3


@dataclass(frozen=True, slots=True)
class Saisie:
    """A slot as it was entered, with who and where behind it. `debut` and `fin` are instants (UTC)."""

    debut: datetime
    fin: datetime
    personne: Personne
    lie: ProjetLie | None
    minutes: int | None
    trajet: bool = False
    panier: bool = False
    statut: str = VALIDE
    cas: str = ""
    """The awkward case it was made for."""


@dataclass(frozen=True, slots=True)
class Terrain:
    """The projects slots can hang on."""

    ouverts: list[ProjetLie]
    finis: list[ProjetLie]
    sans_code: list[ProjetLie]
    inconnus: list[ProjetLie]


Cas = Callable[[Random, Saisie, Terrain], list[Saisie]]


def genere_saisies(
    taille: Taille, graine: int, aujourdhui: date, personnes: list[Personne], terrain: Terrain
) -> list[Saisie]:
    """All slots, by start."""
    simples: list[Saisie] = []
    for rang, personne in enumerate(personnes):
        hasard = Random(f"{graine}/journees/{rang}")  # noqa: S311 - data, not a secret
        simples += _journees(taille, hasard, aujourdhui, personne, terrain)
    hasard = Random(f"{graine}/cas")  # noqa: S311
    saisies = _avec_cas(hasard, simples, terrain)
    saisies += _changements_heure(hasard, aujourdhui, personnes, terrain)
    saisies += _futures(hasard, aujourdhui, personnes, terrain)
    return sorted(saisies, key=lambda s: (s.debut, s.personne.utilisateur.id, s.fin))


def _journees(
    taille: Taille, hasard: Random, aujourdhui: date, personne: Personne, terrain: Terrain
) -> Iterator[Saisie]:
    """The days of work of one person, oldest first; two sites a week."""
    lieux = hasard.sample(terrain.ouverts, 2)
    for recul in range(taille.jours, 0, -1):
        jour = aujourdhui - timedelta(days=recul)
        if jour.weekday() == 0:
            lieux = hasard.sample(terrain.ouverts, 2)
        if jour.weekday() > VENDREDI or hasard.random() > personne.part_des_jours:
            continue
        combien = hasard.choice(taille.creneaux_par_jour)
        for saisie in _journee(hasard, jour, personne, lieux, combien):
            recente = recul <= JOURS_RECENTS and _chance(hasard, 0.5)
            yield replace(saisie, statut=A_VALIDER) if recente else saisie


def _journee(hasard: Random, jour: date, personne: Personne, lieux: list[ProjetLie], combien: int) -> Iterator[Saisie]:
    """One day from about 7:30 to about 17:00, cut into so many slots; most times are quarters of an hour."""
    depart = hasard.choice((420, 450, 480)) + (hasard.randrange(60) if _chance(hasard, 0.1) else 0)
    for rang in range(combien):
        duree = 15 * hasard.randint(24 // combien, 34 // combien)
        if _chance(hasard, 0.15):  # the phone's own clock
            duree += hasard.randint(-9, 9)
        debut = instant_local(jour, depart)
        yield Saisie(
            debut,
            debut + timedelta(minutes=duree),
            personne,
            lieux[rang * 2 // combien if _chance(hasard, 0.3) else 0],
            duree,
            trajet=rang == 0 and _chance(hasard, 0.7),
            panier=rang == 0 and _chance(hasard, 0.6),
        )
        depart += duree + hasard.choice((5, 10, 15, 20))


def _chance(hasard: Random, part: float) -> bool:
    return hasard.random() < part


def instant_local(jour: date, minutes: int) -> datetime:
    """So many minutes after local midnight, by the clock on the wall, as an instant (UTC)."""
    return (datetime.combine(jour, time(), tzinfo=FUSEAU) + timedelta(minutes=minutes)).astimezone(UTC)


# --- awkward cases: each takes a plain slot and gives what stands in its place


def _non_valide(hasard: Random, saisie: Saisie, _: Terrain) -> list[Saisie]:
    return [replace(saisie, statut=hasard.choice((A_VALIDER, A_VALIDER, REFUSE)))]


def _meme_minute(hasard: Random, saisie: Saisie, _: Terrain) -> list[Saisie]:
    minutes = 15 * hasard.randint(1, 4)
    debut = saisie.debut + timedelta(seconds=hasard.choice((0, 0, 20)))
    return [saisie, replace(saisie, debut=debut, fin=debut + timedelta(minutes=minutes), minutes=minutes, trajet=False)]


def _sur_minuit(hasard: Random, saisie: Saisie, _: Terrain) -> list[Saisie]:
    debut = instant_local(saisie.debut.astimezone(FUSEAU).date(), hasard.randint(NUIT[0] * 60, NUIT[1] * 60))
    duree = 15 * hasard.randint(20, 32)
    return [replace(saisie, debut=debut, fin=debut + timedelta(minutes=duree), minutes=duree - 30)]


def _sans_projet(_: Random, saisie: Saisie, __: Terrain) -> list[Saisie]:
    return [replace(saisie, lie=None)]


def _projet_sans_code(hasard: Random, saisie: Saisie, terrain: Terrain) -> list[Saisie]:
    return [replace(saisie, lie=hasard.choice(terrain.sans_code))]


def _chantier_inconnu(hasard: Random, saisie: Saisie, terrain: Terrain) -> list[Saisie]:
    return [replace(saisie, lie=hasard.choice(terrain.inconnus))]


def _chantier_fini(hasard: Random, saisie: Saisie, terrain: Terrain) -> list[Saisie]:
    return [replace(saisie, lie=hasard.choice(terrain.finis))]


def _zero_minute(_: Random, saisie: Saisie, __: Terrain) -> list[Saisie]:
    return [replace(saisie, fin=saisie.debut, minutes=0, panier=True)]


def _sans_duree(_: Random, saisie: Saisie, __: Terrain) -> list[Saisie]:
    return [replace(saisie, minutes=None)]


CAS_CRENEAUX: tuple[tuple[str, float, Cas], ...] = (
    ("non_valide", 0.03, _non_valide),
    ("meme_minute", 0.012, _meme_minute),
    ("sur_minuit", 0.008, _sur_minuit),
    ("sans_projet", 0.006, _sans_projet),
    ("projet_sans_code", 0.004, _projet_sans_code),
    ("chantier_inconnu", 0.004, _chantier_inconnu),
    ("chantier_fini", 0.02, _chantier_fini),
    ("zero_minute_panier", 0.003, _zero_minute),
    ("sans_duree", 0.0002, _sans_duree),
)
"""Name, share of the slots (and at least two), what is done to each."""


def _avec_cas(hasard: Random, simples: list[Saisie], terrain: Terrain) -> list[Saisie]:
    # Only slots that would have been delivered are made awkward: each then shows its own case and no other.
    rangs = [r for r, s in enumerate(simples) if s.statut == VALIDE and s.personne.code_salarie]
    hasard.shuffle(rangs)
    remplacees: dict[int, list[Saisie]] = {}
    for nom, part, cas in CAS_CRENEAUX:
        for _ in range(max(2, int(len(simples) * part))):
            rang = rangs.pop()
            remplacees[rang] = [replace(s, cas=nom) for s in cas(hasard, simples[rang], terrain)]
    return [s for rang, simple in enumerate(simples) for s in remplacees.get(rang, (simple,))]


# --- around the clock changes, and the future


def dernier_changement(aujourdhui: date, mois: int) -> date:
    """The last Sunday of this month, the latest one before `aujourdhui` (France changes its clocks in 3 and 10)."""
    for annee in (aujourdhui.year, aujourdhui.year - 1):
        fin_du_mois = date(annee, mois, 31)
        dimanche = fin_du_mois - timedelta(days=(fin_du_mois.weekday() + 1) % 7)
        if dimanche < aujourdhui:
            return dimanche
    raise AssertionError("every past year has its clock changes")


def _changements_heure(
    hasard: Random, aujourdhui: date, personnes: list[Personne], terrain: Terrain
) -> Iterator[Saisie]:
    """Slots across both changes, and two that start in the same wall-clock minute one hour apart.

    The latest changes before `aujourdhui` are taken even when they are further back than the size's days: they
    are at most a year away, and a connector that reads 180 days back meets at least one of them most of the year.
    """
    connues = [p for p in personnes if p.code_salarie]
    ete, hiver = dernier_changement(aujourdhui, 3), dernier_changement(aujourdhui, 10)
    une_heure = datetime.combine(hiver, time(1), tzinfo=UTC) - timedelta(minutes=30)
    for personne in hasard.sample(connues, 2):
        lie = hasard.choice(terrain.ouverts)
        for nom, debut, minutes in (
            ("heure_ete", instant_local(ete, 75), 240),
            ("heure_hiver", instant_local(hiver, 75), 240),
            ("heure_double", une_heure, 60),
            ("heure_double", une_heure + timedelta(hours=1), 60),
        ):
            yield Saisie(debut, debut + timedelta(minutes=minutes), personne, lie, minutes, trajet=True, cas=nom)


def _futures(hasard: Random, aujourdhui: date, personnes: list[Personne], terrain: Terrain) -> Iterator[Saisie]:
    """Validated ahead of time: no window reaches them yet."""
    for personne in hasard.sample([p for p in personnes if p.code_salarie], 3):
        debut = instant_local(aujourdhui + timedelta(days=hasard.randint(1, 5)), 480)
        yield Saisie(debut, debut + timedelta(hours=4), personne, hasard.choice(terrain.ouverts), 240, cas="futur")
