"""The words of an explanation: dates, quantities, slots and names, as they are read aloud."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from connecteur.domain.chantier import texte_nombre
from connecteur.domain.heure import Quantites, debut_local
from connecteur.domain.histoire import CreneauSuivi

NB = "\N{NO-BREAK SPACE}"
JOURS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
PHRASES_MAX = 40
"""Sentences of one paragraph: beyond, the table is easier to follow."""


def creneau(suivi: CreneauSuivi, fuseau: ZoneInfo) -> str:
    """« un créneau n° 12 du 24/06/2025, de 08:00 à 15:30, 7,5 h, avec trajet et panier »."""
    return f"un créneau n°{NB}{suivi.creneau.id} {moment(suivi, fuseau)}"


def creneaux(suivis: Sequence[CreneauSuivi], fuseau: ZoneInfo) -> str:
    """« Cela vient de deux créneaux : le n° 12, du …, et le n° 14, du … »: what makes a line."""
    if len(suivis) == 1:
        return f"Cela vient d’{creneau(suivis[0], fuseau)}"
    chacun = " ; ".join(f"le n°{NB}{suivi.creneau.id} {moment(suivi, fuseau)}" for suivi in suivis)
    return f"Cela vient de {len(suivis)} créneaux : {chacun}"


def moment(suivi: CreneauSuivi, fuseau: ZoneInfo) -> str:
    """« du 24/06/2025, de 08:00 à 15:30, 7,5 h, avec trajet et panier »."""
    c = suivi.creneau
    debut = debut_local(c.debut, fuseau)
    fin = f" à {debut_local(c.fin, fuseau):%H:%M}" if c.fin else ""
    avec = [nom for nom, oui in (("trajet", c.trajet), ("panier", c.panier)) if oui]
    avec += [champ(*un) for un in c.plus]
    plus = f", avec {liste(avec)}" if avec else ""
    return f"du {debut:%d/%m/%Y}, de {debut:%H:%M}{fin}, {minutes(c.minutes)}{plus}"


def champ(nom: str, valeur: Decimal) -> str:
    """« isNightWork = 1 »: a field that only the settings know."""
    return f"{nom}{NB}={NB}{nombre(valeur)}"


def quantites(quantites: Quantites) -> str:
    """« 7,5 h et 1 panier »."""
    plus = [
        f"{nombre(combien)}{NB}{nom}{'s' if combien > 1 else ''}"
        for nom, combien in (("trajet", quantites.trajet), ("panier", quantites.panier))
        if combien
    ]
    plus += [f"{nombre(combien)}{NB}en{NB}NbH{numero}" for numero, combien in quantites.plus]
    return liste([f"{nombre(quantites.heures)}{NB}h", *plus])


def ou_rien(tenues: Quantites | None) -> str:
    """The same, or « rien »."""
    return "rien" if tenues is None else quantites(tenues)


def nombre(nombre: Decimal) -> str:
    """« 7,5 »."""
    return (texte_nombre(round(nombre, 2)) or "0").replace(".", ",")


def minutes(minutes: int | None) -> str:
    """« 7,5 h », or « sans durée »."""
    return "sans durée" if minutes is None else f"{nombre(Decimal(minutes) / 60)}{NB}h"


def oui(valeur: bool) -> str:  # noqa: FBT001 -- a value to be told, not an option
    """« oui » or « non »."""
    return "oui" if valeur else "non"


def nomme(nom: str, code: str) -> str:
    """« Léa Martin (salarié S1) »."""
    return f"{nom} (salarié {code})" if nom and nom != code else f"Le salarié {code}"


def nomme_chantier(code: str, libelle: str) -> str:
    """« chantier CH1 « École » »."""
    return f"chantier {code} «{NB}{libelle}{NB}»" if libelle else f"chantier {code}"


def jour(jour: date) -> str:
    """« mardi 24/06/2025 »."""
    return f"{JOURS[jour.weekday()]} {jour:%d/%m/%Y}"


def le(instant: datetime | None, fuseau: ZoneInfo) -> str:
    """« le 24/06/2025 à 08:00 », local."""
    return "une date inconnue" if instant is None else f"le {instant.astimezone(fuseau):%d/%m/%Y à %H:%M}"


def du(instant: datetime, fuseau: ZoneInfo) -> str:
    """« du 24/06/2025 à 08:00 », local."""
    return f"du {instant.astimezone(fuseau):%d/%m/%Y à %H:%M}"


def minuscule(phrase: str) -> str:
    """The sentence, to be said after another."""
    return phrase[:1].lower() + phrase[1:]


def liste(textes: Sequence[str]) -> str:
    """« a, b et c »."""
    if len(textes) <= 1:
        return "".join(textes)
    return f"{', '.join(textes[:-1])} et {textes[-1]}"


def paragraphe(phrases: Iterable[str]) -> str:
    """One paragraph; of a long story, the beginning and the latest."""
    dites = [phrase for phrase in phrases if phrase]
    if len(dites) > PHRASES_MAX:
        passees = len(dites) - PHRASES_MAX
        milieu = PHRASES_MAX // 2
        dites = [*dites[:milieu], f"[…{NB}{passees} autres faits]", *dites[-milieu:]]
    return " ".join(dites).replace(" : ", f"{NB}: ").replace(" ;", "\N{NARROW NO-BREAK SPACE};")
