"""What is wrong, the worst first: what happened, to which licences, what to do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from licence_manager.domain.duree import jour_de
from licence_manager.domain.licence import SANS_LIMITE, Licence
from licence_manager.domain.recherche import Filtre
from licence_manager.repository.problemes import LicencePleine, LicenceRefusee
from licence_manager.services.tableau import PLAFOND, PROBLEMES_PAR_GENRE, Tableau
from licence_manager.web.vues.licence import Ton, dit_reste
from sages_commun.licence.verdict import Verdict
from sages_commun.web.format import nombre, pluriel

INCONNUES_SUSPECTES = 100
"""As many questions in a day about keys that nobody has are no typing errors."""

POURQUOI: dict[Verdict, str] = {
    Verdict.EXPIREE: "expirée",
    Verdict.INACTIVE: "désactivée",
    Verdict.LIMITE_UTILISATIONS: "plus d’utilisations",
    Verdict.LIMITE_MACHINES: "plus de place pour une machine",
    Verdict.ARCHIVEE: "archivée",
}


@dataclass(frozen=True, slots=True)
class Concernee:
    """One licence of a problem."""

    nom: str
    adresse: str
    detail: str


@dataclass(frozen=True, slots=True)
class Probleme:
    """One thing that needs a person."""

    code: str
    ton: Ton
    titre: str
    remede: str
    lignes: tuple[Concernee, ...] = ()
    reste: int = 0
    """Licences that are not shown here."""
    plus: bool = False
    """Whether there may be still more of them."""
    adresse: str = ""
    """Where to see all of it, or to mend it."""
    lien: str = ""


def problemes(tableau: Tableau, maintenant: datetime, *, rappels_regles: bool) -> list[Probleme]:
    """All of them, the worst first."""
    trouves = [
        *_refusees(tableau),
        *_rappels(tableau, rappels_regles=rappels_regles),
        *_pleines(tableau.pleines),
        *_silencieuses(tableau, maintenant),
        *_cle(tableau),
        *_inconnues(tableau.inconnues),
    ]
    return sorted(trouves, key=lambda probleme: ("mal", "garde", "neutre").index(probleme.ton))


def _refusees(tableau: Tableau) -> Iterator[Probleme]:
    if not tableau.refusees:
        return
    total = max(tableau.nombre_refusees, len({une.licence.id for une in tableau.refusees}))
    yield Probleme(
        "refusees",
        "mal",
        f"{_combien(total)} encore {_accord(total, 'demandée')}, et {_accord(total, 'refusée')} depuis sept jours",
        "Un client essaie de s’en servir : prolongez-la, réactivez-la, ou appelez-le.",
        tuple(_refusee(une) for une in tableau.refusees),
        max(0, total - len(tableau.refusees)),
        total >= PLAFOND,
        f"/licenses?filtre={Filtre.REFUSEES.value}",
        "Voir dans la liste",
    )


def _refusee(une: LicenceRefusee) -> Concernee:
    fois = pluriel(une.nombre, "refus", "refus")
    jour = f"{une.dernier[8:10]}/{une.dernier[5:7]}/{une.dernier[:4]}"
    return _concernee(une.licence, f"{POURQUOI.get(une.verdict, 'refusée')} · {fois}, dernier le {jour}")


def _rappels(tableau: Tableau, *, rappels_regles: bool) -> Iterator[Probleme]:
    echecs = tableau.rappels_en_echec
    if echecs:
        yield Probleme(
            "rappels",
            "mal",
            "Des rappels d’échéance ne partent pas",
            "Faites vérifier le serveur de courrier (LICENCE_MANAGER_RAPPELS) ; chacun est retenté toutes les heures.",
            tuple(
                _concernee(
                    un.licence, f"{pluriel(un.essais, 'essai')}, expire le {jour_de(un.licence.expire_le):%d/%m/%Y}"
                )
                for un in echecs[:PROBLEMES_PAR_GENRE]
            ),
            plus=len(echecs) > PROBLEMES_PAR_GENRE,
            adresse="/rappels",
            lien="Voir les rappels",
        )
    elif not rappels_regles and tableau.bientot:
        yield Probleme(
            "sans_rappels",
            "garde",
            "Personne n’est prévenu des échéances",
            "Faites renseigner leur adresse (LICENCE_MANAGER_RAPPELS) pour que les clients et vous receviez un rappel.",
            adresse="/rappels",
            lien="Voir les rappels",
        )


def _pleines(pleines: Sequence[LicencePleine]) -> Iterator[Probleme]:
    if pleines:
        yield Probleme(
            "pleines",
            "garde",
            "Des licences approchent de leur limite",
            "Proposez d’étendre la limite avant que le client ne soit refusé.",
            tuple(_concernee(une.licence, _limites(une)) for une in pleines[:PROBLEMES_PAR_GENRE]),
            plus=len(pleines) > PROBLEMES_PAR_GENRE,
            adresse=f"/licenses?filtre={Filtre.PRES_LIMITE.value}",
            lien="Voir dans la liste",
        )


def _limites(une: LicencePleine) -> str:
    fiche = une.licence.fiche
    dits = []
    if fiche.utilisations_max != SANS_LIMITE and une.licence.utilisations * 10 >= fiche.utilisations_max * 9:
        dits.append(f"{nombre(une.licence.utilisations)} utilisations sur {nombre(fiche.utilisations_max)}")
    if fiche.machines_max > 1 and une.machines >= fiche.machines_max:
        dits.append(f"{pluriel(une.machines, 'machine')} sur {nombre(fiche.machines_max)}")
    return " · ".join(dits)


def _silencieuses(tableau: Tableau, maintenant: datetime) -> Iterator[Probleme]:
    total = tableau.silencieuses
    if not total:
        return
    lignes = tuple(
        _concernee(
            une,
            f"sans contact {dit_reste(jour_de(une.derniere_utilisation), jour_de(maintenant))}"
            if une.derniere_utilisation
            else "",
        )
        for une in tableau.muettes
    )
    yield Probleme(
        "silencieuses",
        "garde",
        f"{_combien(total)} en vigueur sans nouvelles depuis plus de trois jours",
        "Le connecteur est peut-être arrêté, ou sans Internet : il continue tant que son bail dure.",
        lignes,
        max(0, total - len(lignes)),
        total >= PLAFOND,
        f"/licenses?filtre={Filtre.SILENCIEUSES.value}",
        "Voir dans la liste",
    )


def _cle(tableau: Tableau) -> Iterator[Probleme]:
    if tableau.cle_a_livrer is not None:
        yield Probleme(
            "cle",
            "garde",
            "La clé de signature suivante n’est pas encore livrée",
            "Livrez-la avec la prochaine version du connecteur, puis notez-le : changer de clé ne sera sûr qu’ensuite.",
            adresse="/cles-de-signature",
            lien="Voir les clés",
        )


def _inconnues(combien: int) -> Iterator[Probleme]:
    if combien >= INCONNUES_SUSPECTES:
        yield Probleme(
            "inconnues",
            "garde",
            f"{nombre(combien)} demandes en un jour sur des clés qui n’existent pas",
            "Quelqu’un essaie peut-être des clés au hasard ; le débit de chaque adresse est limité.",
        )


def _concernee(licence: Licence, detail: str) -> Concernee:
    fiche = licence.fiche
    return Concernee(fiche.entreprise or fiche.client, f"/licenses/details/{licence.id}", detail)


def _combien(total: int) -> str:
    return f"Plus de {nombre(PLAFOND - 1)} licences" if total >= PLAFOND else pluriel(total, "licence")


def _accord(total: int, mot: str) -> str:
    return f"{mot}s" if total > 1 else mot
