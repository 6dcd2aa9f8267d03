"""What a person typed to sell a licence or to change what is written of it, and what is wrong with each field."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime

from licence_manager.domain.duree import DERNIERE_ANNEE, ajoute, fin_de_journee, jour_de, lit_date, lit_duree
from licence_manager.domain.licence import SANS_LIMITE, Fiche, Fonction, defauts_par_champ

A_UNE_DATE = "date"
"""In place of a duration: the last day is given."""
LIBELLES = {
    "entreprise": "Entreprise",
    "client": "Nom du client",
    "email": "Adresse e-mail",
    "notes": "Notes",
    "fonctions": "Fonctions",
    "utilisations_max": "Utilisations",
    "machines_max": "Machines",
    "duree": "Durée",
    "expire": "Dernier jour",
}
"""Field > how the form names it, from top to bottom."""
NOMS = {"client": "Le nom du client", "entreprise": "L’entreprise", "email": "L’adresse", "notes": "Les notes"}


@dataclass(frozen=True, slots=True)
class Saisie:
    """The fields, as they were typed: shown again when something is wrong."""

    client: str = ""
    entreprise: str = ""
    email: str = ""
    fonctions: tuple[str, ...] = tuple(fonction.value for fonction in Fonction)
    utilisations_max: str = ""
    machines_max: str = ""
    notes: str = ""
    duree: str = "1 an"
    expire: str = ""

    @classmethod
    def de_fiche(cls, fiche: Fiche) -> "Saisie":
        """What is written now."""
        return cls(
            client=fiche.client,
            entreprise=fiche.entreprise,
            email=fiche.email,
            fonctions=tuple(fonction.value for fonction in Fonction if fonction in fiche.fonctions),
            utilisations_max=_texte_limite(fiche.utilisations_max),
            machines_max=_texte_limite(fiche.machines_max),
            notes=fiche.notes,
        )


@dataclass(frozen=True, slots=True)
class Lue:
    """What was meant; `erreurs` (field > sentence) is empty when it can be kept."""

    fiche: Fiche
    expire_le: datetime | None
    erreurs: dict[str, str] = field(default_factory=dict)


def lit_saisie(saisie: Saisie, maintenant: datetime, *, avec_echeance: bool) -> Lue:
    """Read it all, and say everything that is wrong at once."""
    erreurs: dict[str, str] = {}
    fiche = Fiche(
        client=saisie.client.strip(),
        entreprise=saisie.entreprise.strip(),
        email=saisie.email.strip(),
        fonctions=_fonctions(saisie.fonctions),
        utilisations_max=_limite("utilisations_max", saisie.utilisations_max, erreurs),
        machines_max=_limite("machines_max", saisie.machines_max, erreurs),
        # What browsers send as line ends.
        notes=saisie.notes.replace("\r\n", "\n").strip(),
    )
    for champ, phrases in defauts_par_champ(fiche).items():
        erreurs.setdefault(champ, phrases[0].replace(f"« {champ} »", NOMS.get(champ, champ)))
    expire_le = _echeance(saisie, maintenant, erreurs) if avec_echeance else None
    return Lue(fiche, expire_le, {champ: erreurs[champ] for champ in LIBELLES if champ in erreurs})


def _echeance(saisie: Saisie, maintenant: datetime, erreurs: dict[str, str]) -> datetime | None:
    try:
        if saisie.duree != A_UNE_DATE:
            if saisie.expire:
                erreurs["expire"] = "Choisissez « jusqu’à une date », ou effacez cette date."
                return None
            return fin_de_journee(ajoute(jour_de(maintenant), lit_duree(saisie.duree)))
    except ValueError as exc:
        erreurs["duree"] = str(exc)
        return None
    jour = lit_jour(saisie.expire, maintenant, erreurs)
    return None if jour is None else fin_de_journee(jour)


def lit_jour(texte: str, maintenant: datetime, erreurs: dict[str, str]) -> date | None:
    """A last day that is not over; else the reason under `expire`."""
    try:
        jour = lit_date(texte)
    except ValueError as exc:
        erreurs["expire"] = str(exc) if texte.strip() else "Donnez le dernier jour de la licence."
        return None
    if jour < jour_de(maintenant):
        erreurs["expire"] = "Ce jour est déjà passé."
    elif jour.year > DERNIERE_ANNEE:
        erreurs["expire"] = f"L’échéance dépasse l’année {DERNIERE_ANNEE}."
    return None if "expire" in erreurs else jour


def _fonctions(choisies: Collection[str]) -> frozenset[Fonction]:
    return frozenset(fonction for fonction in Fonction if fonction.value in choisies)


def _limite(champ: str, texte: str, erreurs: dict[str, str]) -> int:
    """No limit when nothing is typed."""
    nu = texte.strip().replace("\u202f", "").replace("\u00a0", "").replace(" ", "")
    if not nu:
        return SANS_LIMITE
    if not (nu.isascii() and nu.isdecimal() and len(nu) < 12 and int(nu) > 0):  # noqa: PLR2004
        erreurs[champ] = "Un nombre entier à partir de 1, ou rien : sans limite."
        return SANS_LIMITE
    return int(nu)


def _texte_limite(limite: int) -> str:
    return "" if limite == SANS_LIMITE else str(limite)
