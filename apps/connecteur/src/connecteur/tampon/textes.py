"""Text on its way into PostgreSQL, and what a person reads of a slot."""

from decimal import Decimal
from zoneinfo import ZoneInfo

from connecteur.domain.chantier import texte_nombre
from connecteur.domain.heure import MINUTES_PAR_JOUR, Creneau, Rubriques, debut_local

HEURES = Rubriques()


def propre(texte: str) -> str:
    """The text without what PostgreSQL cannot store: NUL and lone surrogates become « � ».

    JSON can carry both (`"\\u0000"`), and one hostile name must not stop a whole slice.
    """
    if texte.isascii():
        return texte.replace("\0", "\ufffd") if "\0" in texte else texte
    return texte.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def propre_ou_rien(texte: str | None) -> str | None:
    """The same, for a text that may be missing."""
    return None if texte is None else propre(texte)


def libelle_creneau(creneau: Creneau, fuseau: ZoneInfo) -> str:
    """Who, when, how long: « Léa Martin, 24/06/2025 08:00, 7,5 h »."""
    parties = [
        creneau.nom_utilisateur or creneau.utilisateur or "Utilisateur inconnu",
        f"{debut_local(creneau.debut, fuseau):%d/%m/%Y %H:%M}",
    ]
    if creneau.minutes is not None:
        parties.append(f"{_heures(creneau.minutes)} h")
    return ", ".join(parties)


def libelle_illisible(ident: str) -> str:
    """The same, for a slot of which nothing but its id could be read ("" when not even that)."""
    return f"Créneau {ident}" if ident else "Créneau sans identifiant"


def _heures(minutes: int) -> str:
    if abs(minutes) > 1000 * MINUTES_PAR_JOUR:
        return str(minutes // 60)  # nonsense all the same: no need to divide it exactly
    heures = texte_nombre(round(HEURES.heures(minutes), 2)) or "0"
    return heures.replace(".", ",")


def texte_plus(plus: tuple[tuple[str, Decimal], ...]) -> str | None:
    """The further fields of a slot, as one text."""
    return ";".join(f"{champ}={valeur:f}" for champ, valeur in plus) or None


def lit_plus(texte: str | None) -> tuple[tuple[str, Decimal], ...]:
    """The way back."""
    if texte is None:
        return ()
    return tuple((champ, Decimal(valeur)) for champ, _, valeur in (un.partition("=") for un in texte.split(";")))
