"""Numbers, dates and durations as a French reader expects them, with the spaces that do not break.

Thousands are parted by a narrow no-break space (U+202F), a number and its unit by a no-break space (U+00A0).
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

INSECABLE = "\N{NO-BREAK SPACE}"
FINE = "\N{NARROW NO-BREAK SPACE}"
MOINS = "\N{MINUS SIGN}"

_MINUTE, _HEURE = 60, 3600
_FERMANTS = (";", "!", "?")


def nombre(valeur: float | Decimal, decimales: int | None = None) -> str:
    """« 1 234,5 ». `decimales` fixes how many are shown; by default as many as there are, none kept for nothing."""
    exact = Decimal(str(valeur)) if isinstance(valeur, float) else Decimal(valeur)
    if decimales is not None:
        exact = exact.quantize(Decimal(1).scaleb(-decimales), rounding=ROUND_HALF_UP)
    texte = f"{abs(exact):,f}"
    entier, _, fraction = texte.partition(".")
    if decimales is None:
        fraction = fraction.rstrip("0")
    signe = MOINS if exact < 0 else ""
    return signe + entier.replace(",", FINE) + (f",{fraction}" if fraction else "")


def heures(valeur: float | Decimal) -> str:
    """Decimal hours, at most two decimals: « 1 234,5 h »."""
    arrondi = Decimal(str(valeur)).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    return f"{nombre(arrondi)}{INSECABLE}h"


def pluriel(combien: int, singulier: str, au_pluriel: str = "") -> str:
    """« 0 rejet », « 1 rejet », « 2 rejets »: French counts as plural from two on."""
    mot = singulier if abs(combien) < 2 else au_pluriel or f"{singulier}s"  # noqa: PLR2004
    return f"{nombre(combien)}{INSECABLE}{mot}"


def date_jour(instant: datetime, fuseau: ZoneInfo) -> str:
    """« 24/06/2025 », local."""
    return f"{instant.astimezone(fuseau):%d/%m/%Y}"


def date_heure(instant: datetime, fuseau: ZoneInfo) -> str:
    """« 24/06/2025 à 08:00 », local, on one line."""
    local = instant.astimezone(fuseau)
    return f"{local:%d/%m/%Y}{INSECABLE}à{INSECABLE}{local:%H:%M}"


def quand(instant: datetime, fuseau: ZoneInfo, maintenant: datetime) -> str:
    """« aujourd’hui à 08:00 », « hier à 17:30 », else the full date. Instants are aware."""
    local = instant.astimezone(fuseau)
    ecart = (maintenant.astimezone(fuseau).date() - local.date()).days
    jours = {0: "aujourd’hui", 1: "hier"}
    if ecart not in jours:
        return date_heure(instant, fuseau)
    return f"{jours[ecart]}{INSECABLE}à{INSECABLE}{local:%H:%M}"


def lit_jour(texte: str) -> date | None:
    """The day that was typed, « 24/06/2025 », or that stands in an address, « 2025-06-24 »; None when it is no day."""
    for forme in ("%d/%m/%Y", "%Y-%m-%d"):
        with suppress(ValueError):
            return datetime.strptime(texte.strip(), forme).date()  # noqa: DTZ007 - a day has no zone
    return None


def duree(temps: timedelta) -> str:
    """« moins d’une seconde », « 12 s », « 3 min 05 s », « 2 h 07 min »."""
    secondes = int(temps.total_seconds())
    if secondes < 1:
        return "moins d’une seconde"
    if secondes < _MINUTE:
        return f"{secondes}{INSECABLE}s"
    if secondes < _HEURE:
        minutes, reste = divmod(secondes, _MINUTE)
        return f"{minutes}{INSECABLE}min" + (f"{INSECABLE}{reste:02d}{INSECABLE}s" if reste else "")
    total, minutes = divmod(secondes // _MINUTE, 60)
    return f"{nombre(total)}{INSECABLE}h" + (f"{INSECABLE}{minutes:02d}{INSECABLE}min" if minutes else "")


def relatif(instant: datetime, maintenant: datetime) -> str:
    """« à l’instant », « il y a 3 min », « il y a 2 jours », « dans 5 mois »: how far, in one unit."""
    secondes = (instant - maintenant).total_seconds()
    combien, unite = _en_une_unite(abs(secondes))
    if not combien:
        return "à l’instant"
    ecart = f"{nombre(combien)}{INSECABLE}{unite}{'s' if combien > 1 and unite in {'jour', 'an'} else ''}"
    return f"dans {ecart}" if secondes > 0 else f"il y a {ecart}"


def _en_une_unite(secondes: float) -> tuple[int, str]:
    for unite, taille in _UNITES:
        if secondes >= taille:
            return int(secondes // taille), unite
    return 0, ""


_UNITES = (("an", 365 * 86400), ("mois", 30 * 86400), ("jour", 86400), ("h", _HEURE), ("min", _MINUTE))


def avancement(fait: int, total: int) -> str:
    """« 412 sur 1 800 »; « 412 » while the total is not known, nothing before anything is done."""
    if total:
        return f"{nombre(fait)} sur {nombre(total)}"
    return nombre(fait) if fait else ""


def typographie(texte: str) -> str:
    """A French sentence with its spaces unbreakable where they must be: before « ; ! ? : » and inside « »."""
    for signe in _FERMANTS:
        texte = texte.replace(f" {signe}", f"{FINE}{signe}")
    for ordinaire, insecable in _GUILLEMETS.items():
        texte = texte.replace(ordinaire, insecable)
    return texte


_GUILLEMETS: Mapping[str, str] = {"« ": f"«{INSECABLE}", " »": f"{INSECABLE}»", " :": f"{INSECABLE}:"}


def majuscule(texte: str) -> str:
    """The same sentence with a capital letter first, the rest left alone."""
    return texte[:1].upper() + texte[1:]
