"""The projects that people already have in BatiSimply: some are the dossier's sites, with things set by hand."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from banc.batisimply.depot import Projet
from banc.donnees import noms
from banc.donnees.dossier import Personne, un_sur
from banc.donnees.jeu import Ligne, Taille

COULEURS = ("#C0392B", "#27AE60", "#2980B9", "#8E44AD", "#D35400", "#16A085", "#7F8C8D")
SANS_CODE = (None, "   ")
CODES_INCONNUS = ("VIEUX-12", "SAV", "Ch-Perdu")


@dataclass(frozen=True, slots=True)
class ProjetLie:
    """A project and the site it stands for; None: a project that Batigest knows nothing of."""

    projet: Projet
    chantier: Ligne | None


def genere_projets(
    taille: Taille, graine: int, aujourdhui: date, chantiers: list[Ligne], personnes: list[Personne]
) -> list[ProjetLie]:
    """One project for each site that has one, then a few without a code or with a code of nobody's."""
    lies: list[ProjetLie] = []
    for rang, chantier in enumerate(chantiers[:: taille.un_projet_sur]):
        hasard = Random(f"{graine}/projet/{rang}")  # noqa: S311 - data, not a secret
        projet = _du_chantier(rang, hasard, chantier)
        if not un_sur(5, rang, 2):
            projet |= _regle_par_une_personne(hasard, personnes)
        lies.append(ProjetLie(_acheve(len(lies) + 1, projet, hasard, aujourdhui), chantier))
    for code in (*SANS_CODE, *CODES_INCONNUS):
        hasard = Random(f"{graine}/projet/{code}")  # noqa: S311 - data, not a secret
        projet = {"projectCode": code, "projectName": f"{hasard.choice(noms.TRAVAUX)} (sans suite)"}
        lies.append(ProjetLie(_acheve(len(lies) + 1, projet, hasard, aujourdhui), None))
    return lies


def _du_chantier(rang: int, hasard: Random, chantier: Ligne) -> Projet:
    """What a person typed when they made the project: the site's own data, or only its code and name."""
    code, nom = str(chantier["Code"]), str(chantier["Libelle"]).strip()
    if un_sur(10, rang, 1):
        code = f"{code.lower()} " if hasard.random() < 0.5 else f" {code}"  # noqa: PLR2004 - as often one as the other
    if un_sur(10, rang, 3):
        nom = f"{nom[:30].rstrip()} (chez {hasard.choice(noms.PRENOMS)})"
    projet: Projet = {"projectCode": code, "projectName": nom}
    if un_sur(4, rang, 1):
        return projet
    debut, fin = chantier["DateDebut"], chantier["DateFin"]
    return projet | {
        "customerName": str(chantier["NomClient"]).strip(),
        "startEstimated": debut.date().isoformat() if isinstance(debut, datetime) else None,
        "endEstimated": fin.date().isoformat() if isinstance(fin, datetime) else None,
        "address": {
            "street": chantier["AdrChantier"],
            "postalCode": chantier["CPChantier"],
            "city": chantier["VilleChantier"],
            "countryCode": "FR",
        },
    }


def _regle_par_une_personne(hasard: Random, personnes: list[Personne]) -> Projet:
    """What only lives in BatiSimply, and must still be there when the connector has passed."""
    chef = hasard.choice(personnes).utilisateur
    return {
        "projectColor": hasard.choice(COULEURS),
        "projectManager": {"id": chef.id, "firstName": chef.prenom, "lastName": chef.nom},
        "budget": {"amount": float(hasard.randrange(2_000, 250_000, 500)), "currency": "EUR"},
        "headQuarter": {"id": 1},
        "comment": hasard.choice(
            (None, "Clé chez le gardien, sonner à l'interphone.", "Accès camion interdit après 16 h.")
        ),
        "status": hasard.choice(("NOT_STARTED", "IN_PROGRESS")),
    }


def _acheve(ident: int, projet: Projet, hasard: Random, aujourdhui: date) -> Projet:
    """Every field, in the order the API gives them."""
    adresse = dict.fromkeys(("street", "postalCode", "city", "countryCode", "googleFormattedAddress", "geoPoint"))
    donnee = projet.get("address")
    if donnee is not None and projet.get("projectColor"):
        donnee |= {"geoPoint": {"xLon": round(hasard.uniform(-4, 7), 5), "yLat": round(hasard.uniform(43, 50), 5)}}
    modifie = datetime.combine(aujourdhui, time(9), tzinfo=UTC) - timedelta(minutes=hasard.randrange(90_000))
    vide: Projet = {
        "id": ident, "projectCode": None, "projectName": None, "customerName": None, "comment": None,
        "startEstimated": None, "endEstimated": None, "hoursSold": None, "address": None, "budget": None,
        "headQuarter": None, "projectManager": None, "projectColor": None, "isArchived": False, "isFinished": False,
        "status": None,
    }  # fmt: skip
    return (
        vide
        | projet
        | {
            "address": None if donnee is None else adresse | donnee,
            "lastModifiedDate": modifie.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
    )
