"""Who is who, read once per run, and where each slot goes."""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Protocol
from zoneinfo import ZoneInfo

from connecteur.domain.chantier import Genre
from connecteur.domain.correspondance import Correspondance, EtatCorrespondance, relie
from connecteur.domain.heure import debut_local, normalise_code
from connecteur.domain.periode import Tranche
from connecteur.domain.rejet import MotifRejet
from connecteur.domain.resolution import Annuaire, Livre
from connecteur.domain.run import Incident
from connecteur.domain.salarie import Salarie
from connecteur.errors import ErreurPermanente
from connecteur.sync.heures.recodage import Places, TamponLignes, list_restes, place
from connecteur.sync.ports import CreneauStocke, Creneaux, DossierHeures, Lecture, TamponHeures


class TamponSalaries(TamponLignes, Protocol):
    """The tampon, as far as who is who is concerned."""

    def list_correspondances(self) -> list[Correspondance]:
        """The mappings made by hand."""
        ...

    def store_salaries(self, salaries: Sequence[Salarie], run: str) -> None:
        """These are the employees of Batigest now."""
        ...

    def list_projets_lies(self, genre: Genre) -> dict[int, str]:
        """Every project linked to a record of that kind > the record's code."""
        ...

    def list_livres(self, depuis: date, sauf: Collection[str], projets: Collection[int]) -> dict[str, Livre]:
        """The validated slots since then that lines of ours hold, by id, but for those that are of
        one of these users and of one of these projects."""
        ...

    def mark_correspondances(self, etats: Mapping[str, EtatCorrespondance], run: str) -> None:
        """Where the mappings made by hand stand now, by user; every change leaves an event."""
        ...


@dataclass(frozen=True, slots=True)
class Repertoire:
    """Everything about who is who today."""

    annuaire: Annuaire
    salaries: list[Salarie]
    correspondances: list[Correspondance]
    etats: Mapping[str, EtatCorrespondance]
    recodes: Mapping[int, tuple[str, str]]
    """Projects that still exist under a code no chantier has > that code, and the chantier they are linked to."""
    places: Places
    """Where the delivered slots are whose project leads nowhere."""


def read_repertoire(creneaux: Creneaux, dossier: DossierHeures, tampon: TamponSalaries, *, depuis: date) -> Repertoire:
    """Who is who today: project codes, the dossier's sites and employees, the mappings made by hand; and whose the
    slots since then were that would be nobody's today."""
    salaries, correspondances = dossier.read_salaries(), tampon.list_correspondances()
    relations = relie(salaries, correspondances)
    lus = creneaux.read_codes_projets()
    chantiers = {normalise_code(code): ecrit for code, ecrit in dossier.read_codes_chantiers().items()}
    secours = _codes_de_secours(lus, chantiers, tampon)
    codes = {**lus, **secours}
    connus = {utilisateur for utilisateur, siens in relations.codes.items() if len(siens) == 1}
    livres = tampon.list_livres(depuis, connus, [i for i, code in codes.items() if normalise_code(code) in chantiers])
    places = Places()
    if lus and chantiers:
        muets = {
            ident: livre
            for ident, livre in livres.items()
            if normalise_code(codes.get(livre.projet_id or 0) or livre.code_projet or "") not in chantiers
        }
        places = place(muets, chantiers.values(), depuis, dossier, tampon) if muets else places
    annuaire = Annuaire(
        codes_projets=codes,
        chantiers=chantiers,
        salaries=relations.codes,
        rompus=relations.rompus,
        livres={i: livre for i, livre in livres.items() if livre.utilisateur not in connus and livre.de_son_salarie},
        en_place=places.en_place,
        a_revoir=places.a_revoir,
    )
    recodes = {ident: (lus[ident], code) for ident, code in secours.items() if lus.get(ident)}
    return Repertoire(annuaire, salaries, correspondances, relations.etats, recodes, places)


def _codes_de_secours(lus: Mapping[int, str], chantiers: Mapping[str, str], tampon: TamponSalaries) -> dict[int, str]:
    """Project > the chantier it is linked to, where its own code leads nowhere.

    A project whose code somebody changed or erased in BatiSimply, or that is gone, is still the one we made for its
    chantier: its hours stay where they are instead of leaving Batigest until the code is mended. A code that names
    another chantier is followed: somebody said so. No project at all is a wrong answer, which nothing must hide.
    """
    if not lus:
        return {}
    lies = {**tampon.list_projets_lies(Genre.DEVIS), **tampon.list_projets_lies(Genre.CHANTIER)}
    return {
        ident: code
        for ident, code in lies.items()
        if normalise_code(code) in chantiers and normalise_code(lus.get(ident, "")) not in chantiers
    }


def note_repertoire(repertoire: Repertoire, tampon: TamponSalaries, run: str) -> Iterator[Incident]:
    """Keep who is who in the tampon, and the lines found under another code; what a person must look at, one incident
    each."""
    if repertoire.places.retrouvees:
        tampon.confirm(run, faites=[], abandonnees=[], sans_ecriture=repertoire.places.retrouvees)
    tampon.store_salaries(repertoire.salaries, run)
    tampon.mark_correspondances(repertoire.etats, run)
    for ident, (lu, code) in sorted(repertoire.recodes.items()):
        yield Incident(
            f"Le projet n° {ident} porte dans BatiSimply le code « {lu} », qu’aucun chantier ne porte ; "
            f"ses heures vont toujours au chantier {code}, auquel il est lié.",
            f"Dans BatiSimply, rendez au projet le code {code}, ou celui du chantier voulu.",
        )
    for lien in repertoire.correspondances:
        if phrase := AVERTISSEMENTS.get(repertoire.etats[lien.utilisateur]):
            message, remede = phrase
            autres = ", ".join(repertoire.annuaire.salaries.get(lien.utilisateur, ()))
            yield Incident(message.format(salarie=lien.code_salarie, autres=autres), remede, lien.utilisateur)


def list_partis(repertoire: Repertoire) -> list[Incident]:
    """Whose delivered hours stay although nobody says any more whose they are, or where they go: worth knowing, and no
    harm."""
    annuaire = repertoire.annuaire
    combien = Counter((livre.nom_utilisateur, livre.code_salarie) for livre in annuaire.livres.values())
    return list_restes(repertoire.places, annuaire.chantiers.values()) + [
        Incident(
            f"{nom or 'Un utilisateur sans nom'} n’est plus un salarié de Batigest, ou plus un seul ; ses heures déjà "
            f"livrées ({nombre} créneau{'x' if nombre > 1 else ''}) restent au salarié {code}.",
            "Si la personne a quitté l’entreprise, il n’y a rien à faire. Sinon, rétablissez son identifiant "
            "BatiSimply (codebs) dans Batigest, ou associez l’utilisateur à un salarié : ses heures le suivront.",
        )
        for (nom, code), nombre in sorted(combien.items())
    ]


def check_repertoire(repertoire: Repertoire, tampon: TamponHeures, tranches: Sequence[Tranche]) -> None:
    """An empty answer must not empty a payroll: with lines of ours in Batigest, nobody and nothing left to resolve
    them is a fault somewhere. Raises `ErreurPermanente`; nothing has been changed."""
    annuaire = repertoire.annuaire
    vides = [
        nom
        for nom, contenu in (
            ("aucun salarié dans Batigest", repertoire.salaries),
            ("aucun chantier dans Batigest", annuaire.chantiers),
            ("aucun projet dans BatiSimply", annuaire.codes_projets),
        )
        if not contenu
    ]
    possedees = tampon.count_changements(tranches[0].debut, tranches[-1].fin)[0] if vides else 0
    if possedees:
        raise ErreurPermanente(
            f"Il n’y a plus {' ni '.join(vides)}, alors que le connecteur a écrit des heures : rien n’a été changé.",
            remede="Vérifiez la base et les comptes des réglages, et leurs droits ; puis relancez.",
            detail=f"{possedees} lignes dans la fenêtre",
        )


AVERTISSEMENTS: dict[EtatCorrespondance, tuple[str, str]] = {
    EtatCorrespondance.ECARTEE: (
        "Un utilisateur associé à la main au salarié {salarie} est {autres} d’après Batigest, qui l’emporte.",
        "Dissociez-le à la main, ou corrigez l’identifiant BatiSimply (codebs) dans Batigest.",
    ),
    EtatCorrespondance.A_CONFIRMER: (
        "Le salarié {salarie} a deux utilisateurs BatiSimply ; les heures des deux lui sont comptées.",
        "Si c’est bien la même personne, confirmez l’association ; sinon, dissociez l’un des deux.",
    ),
}
"""What makes a run partial until a person acts. A broken mapping shows as rejets, when there are hours."""


def empreinte_annuaire(annuaire: Annuaire) -> str:
    """Equal digests, equal answers for every slot."""
    contenu = repr(
        (
            sorted(annuaire.codes_projets.items()),
            sorted(annuaire.chantiers.items()),
            sorted(annuaire.salaries.items()),
            sorted(annuaire.rompus),
            sorted(annuaire.a_revoir),
        )
    )
    return hashlib.blake2b(contenu.encode(), digest_size=16).hexdigest()


def resout(lecture: Lecture, annuaire: Annuaire, tranche: Tranche, fuseau: ZoneInfo) -> list[CreneauStocke]:
    """The slots that start in the slice, each with where it goes or why it cannot go."""
    stockes = []
    debut, fin = datetime.combine(tranche.debut, time()), datetime.combine(tranche.fin, time())
    for creneau in lecture.creneaux:
        if not debut <= debut_local(creneau.debut, fuseau) < fin:
            continue
        resolution = annuaire.resout(creneau)
        if isinstance(resolution, MotifRejet):
            stockes.append(CreneauStocke(creneau, None, None, resolution))
        else:
            stockes.append(CreneauStocke(creneau, resolution.chantier, resolution.salarie, None))
    return stockes
