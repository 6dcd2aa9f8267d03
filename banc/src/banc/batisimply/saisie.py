"""What a person typed on the page, checked and turned into a slot or a project; in local time, in French."""

import re
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from banc.batisimply.depot import Creneau, Depot, Projet, instant
from banc.batisimply.problemes import Probleme
from banc.batisimply.reglages import Comportement
from banc.batisimply.schemas import projet_recu

FUSEAU = ZoneInfo("Europe/Paris")
STATUTS = {"VALIDATED": "Validé", "PENDING": "À valider", "REFUSED": "Refusé"}
"""Only VALIDATED is known of the real system; the others are ours."""
MINUTES_MAX = 48 * 60
CHAMPS = {
    "projectName": "le nom", "projectCode": "le code", "customerName": "le client", "comment": "le commentaire",
    "startEstimated": "le début", "endEstimated": "la fin", "hoursSold": "les heures vendues",
    "projectColor": "la couleur", "address.street": "la rue", "address.postalCode": "le code postal",
    "address.city": "la ville",
}  # fmt: skip
MESSAGES = {
    "NotBlank": "manque", "NotNull": "manque", "Size": "a une longueur refusée", "EndAfterStart": "précède le début"
}  # fmt: skip


class SaisieRefusee(Exception):
    """What is wrong, in one French sentence."""


def local(texte: str) -> datetime:
    """A stored instant in the site's time."""
    return datetime.fromisoformat(texte).astimezone(FUSEAU)


def local_saisi(texte: str | None) -> str:
    """A stored instant as the form's fields hold it, to the minute."""
    return f"{local(texte):%Y-%m-%dT%H:%M}" if texte else ""


def lit_creneau(depot: Depot, champs: Mapping[str, str], avant: sqlite3.Row | None) -> Creneau:
    """The slot that the form describes; `avant` is the one it stands for. Raises `SaisieRefusee`."""
    ident, debut_avant, fin_avant = (None, None, None) if avant is None else (avant[n] for n in ("id", "debut", "fin"))
    debut = _moment(champs.get("debut", ""), "le début", debut_avant)
    fin = _moment(champs["fin"], "la fin", fin_avant) if champs.get("fin") else None
    if fin is not None and fin < debut:
        raise SaisieRefusee("La fin précède le début.")
    if champs.get("minutes"):
        minutes = _entier(champs["minutes"], "La durée", MINUTES_MAX)
    elif fin is not None:
        minutes = min(MINUTES_MAX, int((fin - debut).total_seconds()) // 60)
    else:
        raise SaisieRefusee("Donnez une fin ou une durée.")
    statut = champs.get("statut", "PENDING")
    if statut not in STATUTS:
        raise SaisieRefusee("Cet état n’existe pas.")
    utilisateur = champs.get("utilisateur", "")
    if utilisateur not in {personne.id for personne in depot.list_utilisateurs()}:
        raise SaisieRefusee("Choisissez un salarié.")
    return Creneau(
        id=ident,
        debut=instant(debut),
        fin=instant(fin or debut + timedelta(minutes=minutes)),
        utilisateur=utilisateur,
        projet=_projet(depot, champs.get("projet", "")),
        statut=statut,
        minutes=minutes,
        trajet="trajet" in champs,
        panier="panier" in champs,
    )


def lit_projet(depot: Depot, champs: Mapping[str, str], avant: Projet) -> Projet:
    """The project with what the form says laid over it. Raises `SaisieRefusee`."""

    def texte(nom: str) -> str | None:
        return champs.get(nom, "").strip() or None

    responsable = next((p for p in depot.list_utilisateurs() if p.id == champs.get("responsable")), None)
    heures = texte("heures_vendues")
    corps = avant | {
        "projectName": texte("nom"),
        "projectCode": texte("code"),
        "customerName": texte("client"),
        "comment": texte("commentaire"),
        "startEstimated": texte("debut"),
        "endEstimated": texte("fin"),
        "hoursSold": heures.replace(",", ".") if heures else None,
        "address": (avant.get("address") or {})
        | {"street": texte("rue"), "postalCode": texte("code_postal"), "city": texte("ville")},
        "projectColor": champs.get("couleur") if "avec_couleur" in champs else None,
        "projectManager": responsable
        and {"id": responsable.id, "firstName": responsable.prenom, "lastName": responsable.nom},
        "isArchived": "archive" in champs,
        "isFinished": "termine" in champs,
    }
    try:
        return projet_recu(corps, Comportement())[1]
    except Probleme as exc:
        phrases = [f"{CHAMPS.get(e.champ, e.champ)} {MESSAGES.get(e.message, 'n’est pas valable')}" for e in exc.champs]
        raise SaisieRefusee(f"{' ; '.join(phrases)}.".capitalize()) from None


def libelle_projet(ident: int, code: str, nom: str) -> str:
    """How the form names a project; `_projet` reads it back."""
    return f"{ident} — {code or 'sans code'} — {nom}"


def _projet(depot: Depot, texte: str) -> int | None:
    """The project that was typed: the text above, or just a code; nothing is no project."""
    texte = texte.strip()
    if not texte:
        return None
    noms = depot.list_noms_projets()
    numero = re.match(r"(\d{1,18}) — ", texte)
    if numero and int(numero[1]) in noms:
        return int(numero[1])
    trouves = [ident for ident, (code, _) in noms.items() if code and code.strip().upper() == texte.upper()]
    if len(trouves) != 1:
        raise SaisieRefusee("Aucun projet ne porte ce code." if not trouves else "Plusieurs projets portent ce code.")
    return trouves[0]


def _moment(texte: str, quoi: str, avant: str | None) -> datetime:
    if avant and texte == local_saisi(avant):
        # Left as it was: the form knows neither seconds nor which of October's two hours it is.
        return datetime.fromisoformat(avant)
    if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d", texte):
        try:
            return datetime.fromisoformat(texte).replace(tzinfo=FUSEAU).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise SaisieRefusee(f"{quoi.capitalize()} n’est pas une date et une heure.")


def _entier(texte: str, quoi: str, maximum: int) -> int:
    if not re.fullmatch(r"\d{1,6}", texte) or int(texte) > maximum:
        raise SaisieRefusee(f"{quoi} est un nombre de minutes entre 0 et {maximum}.")
    return int(texte)
