"""The dossier of Batigest: sites, quotes, employees, and the people of BatiSimply behind these.

The rank of a record decides which awkward case it carries, so that every size has them all, whatever the seed.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from uuid import UUID

from banc.batisimply.depot import Utilisateur
from banc.donnees import noms
from banc.donnees.jeu import Ligne, Taille

ACCEPTE = 3
ETATS_DEVIS = (0, 1, 2, ACCEPTE, ACCEPTE, ACCEPTE, ACCEPTE, 4)
PRESENCE, PRESENCE_RARE = 0.87, 0.1
PERSONNES_SANS_SALARIE = 100
"""One in so many (and at least one) enters slots in BatiSimply and is no employee of the dossier."""


@dataclass(frozen=True, slots=True)
class Personne:
    """A user of BatiSimply; `code_salarie` is None when no employee of Batigest carries this user."""

    utilisateur: Utilisateur
    code_salarie: str | None
    part_des_jours: float
    """How much of the time this person works."""


def a_minuit(jour: date) -> datetime:
    """A date as Batigest stores it."""
    return datetime.combine(jour, time())


def un_sur(combien: int, rang: int, reste: int) -> bool:
    """Whether the record of this rank carries a case that one in so many carries."""
    return rang % combien == reste


def est_fini(rang: int) -> bool:
    """Whether the site of this rank is over."""
    return un_sur(10, rang, 4)


def genere_chantiers(taille: Taille, graine: int, aujourdhui: date) -> list[Ligne]:
    """The sites of the dossier."""
    clients: list[tuple[str, str]] = []
    chantiers: list[Ligne] = []
    for rang in range(taille.chantiers):
        hasard = Random(f"{graine}/chantier/{rang}")  # noqa: S311 - data, not a secret
        if rang == 1:  # two open sites of one client, whose hours sold cannot be told apart
            code_client, client = clients[0]
        elif rang and hasard.random() < 0.1:  # noqa: PLR2004 - one in ten
            code_client, client = hasard.choice(clients)
        else:
            code_client, client = f"CL{len(clients) + 1:05}", noms.nom_client(hasard, long=un_sur(15, rang, 6))
            clients.append((code_client, client))
        debut, fin = _dates(rang, hasard, taille, aujourdhui)
        code_postal, ville = hasard.choice(noms.VILLES)
        adresse = not un_sur(18, rang, 5)
        chantiers.append(
            {
                "Code": _code_chantier(rang),
                "CodeClient": f"{code_client} " if un_sur(9, rang, 2) else code_client,
                "NomClient": client[:30],
                "Libelle": f"{_travaux(hasard, deux=un_sur(12, rang, 8))} - {client}"[:50],
                "DateDebut": None if debut is None else a_minuit(debut),
                "DateFin": None if fin is None else a_minuit(fin),
                "AdrChantier": noms.rue(hasard) if adresse else None,
                "CPChantier": code_postal if adresse else None,
                "VilleChantier": ville if adresse else None,
                "Etat": "T" if est_fini(rang) else "E",
            }
        )
    return chantiers


def _code_chantier(rang: int) -> str:
    if un_sur(20, rang, 3):
        return f"C{rang + 1}"
    return f"{'Ch' if un_sur(20, rang, 7) else 'CH'}{rang + 1:06}"


def _travaux(hasard: Random, *, deux: bool) -> str:
    premier = hasard.choice(noms.TRAVAUX)
    return f"{premier} et {hasard.choice(noms.TRAVAUX).lower()}" if deux else premier


def _dates(rang: int, hasard: Random, taille: Taille, aujourdhui: date) -> tuple[date | None, date | None]:
    """Start and end; a site with a project began before the first slot."""
    if est_fini(rang):
        fin = aujourdhui - timedelta(days=hasard.randint(2, taille.jours - 30))
        return fin - timedelta(days=taille.jours + hasard.randint(30, 300)), fin
    if rang % taille.un_projet_sur == 0:
        debut = aujourdhui - timedelta(days=taille.jours + hasard.randint(30, 300))
    else:
        debut = aujourdhui - timedelta(days=hasard.randint(-40, 200))
    if un_sur(40, rang, 20):
        return debut, aujourdhui
    sans_fin = hasard.random() < 0.4 or un_sur(16, rang, 0)  # noqa: PLR2004 - four in ten
    fin_prevue = max(aujourdhui, debut) + timedelta(days=hasard.randint(5, 400))
    return None if un_sur(25, rang, 11) else debut, None if sans_fin else fin_prevue


def genere_devis(graine: int, aujourdhui: date, chantiers: list[Ligne]) -> list[Ligne]:
    """Quotes of the clients of these sites; the first client's is accepted."""
    devis_list: list[Ligne] = []
    for rang, chantier in enumerate(chantiers):
        hasard = Random(f"{graine}/devis/{rang}")  # noqa: S311 - data, not a secret
        for _ in range(hasard.choice((0, 1, 1, 1, 2)) or (rang == 0)):
            numero = len(devis_list)
            etat = ACCEPTE if numero == 0 else ETATS_DEVIS[numero % len(ETATS_DEVIS)]
            fait = aujourdhui - timedelta(days=hasard.randint(20, 500))
            sans_date = etat != ACCEPTE or un_sur(11, numero, 3)
            devis_list.append(
                {
                    "Code": f"DE{numero + 1:06}",
                    "CodeClient": chantier["CodeClient"],
                    "Date": a_minuit(fait),
                    "Nom": chantier["NomClient"],
                    "Adr": chantier["AdrChantier"],
                    "CP": chantier["CPChantier"],
                    "Ville": chantier["VilleChantier"],
                    "Sujet": hasard.choice(noms.TRAVAUX),
                    "DateConcretis": None if sans_date else a_minuit(fait + timedelta(days=hasard.randint(3, 60))),
                    "TempsMO": hasard.randrange(16, 2400) / 4,
                    "Etat": etat,
                }
            )
    return devis_list


def genere_equipe(taille: Taille, graine: int) -> tuple[list[Ligne], list[Personne]]:
    """The employees, and the users of BatiSimply: theirs and a few whom Batigest does not know."""
    hasard = Random(f"{graine}/equipe")  # noqa: S311 - data, not a secret
    etrangers = max(1, taille.salaries // PERSONNES_SANS_SALARIE)
    noms_complets = hasard.sample([(p, n) for p in noms.PRENOMS for n in noms.NOMS], taille.salaries + etrangers)
    salaries: list[Ligne] = []
    personnes: list[Personne] = []
    for rang, (prenom, nom) in enumerate(noms_complets):
        uuid = str(UUID(int=hasard.getrandbits(128), version=4))
        utilisateur = Utilisateur(uuid, prenom, nom, f"personne{rang + 1}@exemple.fr")
        if rang >= taille.salaries:
            personnes.append(Personne(utilisateur, None, PRESENCE_RARE))
            continue
        sans_codebs = un_sur(60, rang, 9)
        code = f"S{rang + 1}" if un_sur(3, rang, 1) else f"SAL{rang + 1:05}"
        codebs = uuid.upper() if un_sur(12, rang, 4) else uuid
        salaries.append({"Code": code, "Nom": nom, "Prenom": prenom, "codebs": None if sans_codebs else codebs})
        personnes.append(
            Personne(utilisateur, None if sans_codebs else code, PRESENCE_RARE if sans_codebs else PRESENCE)
        )
    return salaries, personnes
