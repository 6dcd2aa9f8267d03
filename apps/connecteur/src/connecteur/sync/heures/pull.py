"""Read the window of BatiSimply into the tampon."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import timedelta
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from connecteur.domain.periode import Tranche
from connecteur.domain.rejet import ObjetRejet
from connecteur.domain.resolution import Annuaire
from connecteur.domain.run import Bilan, Fleche, Incident
from connecteur.sync.avance import lit_d_avance
from connecteur.sync.heures.annuaire import (
    TamponSalaries,
    check_repertoire,
    empreinte_annuaire,
    list_partis,
    note_repertoire,
    read_repertoire,
    resout,
)
from connecteur.sync.heures.tolerance import Tolerance, verifie_annulation
from connecteur.sync.horloges import derive
from connecteur.sync.ports import (
    ComptesStockage,
    CreneauStocke,
    Creneaux,
    DossierHeures,
    Lecture,
    Progression,
    TamponHeures,
    TrancheLue,
)

LECTURES_PARALLELES = 2
"""How many slices are asked of BatiSimply at once: it never waits for us, and is not pressed."""
LECTURES_D_AVANCE = 8
"""How many slices stand ahead of the one being stored."""
TRANCHES_VIDEES = 3
"""So many slices losing all their slots in one run are worth a word."""
DISPARUS = "créneaux disparus"
"""How a reading counts the slots that it does not show any more."""


class _Arrivee(NamedTuple):
    """A slice that arrived whole, and perhaps its slots already, and where they go."""

    lue: TrancheLue
    lecture: Lecture | None = None
    stockes: list[CreneauStocke] | None = None


class TamponPull(TamponHeures, TamponSalaries, Protocol):
    """The tampon, as this arrow sees it."""


def pull_heures(
    creneaux: Creneaux,
    dossier: DossierHeures,
    tampon: TamponPull,
    *,
    tranches: Sequence[Tranche],
    fenetre: Sequence[Tranche],
    fuseau: ZoneInfo,
    chevauchement: timedelta,
    run: str,
    progression: Progression,
) -> Bilan:
    """Read these slices of the window into the tampon; each is stored whole or not at all."""
    bilan = Bilan(Fleche.PULL_HEURES)
    tolerance = Tolerance(bilan, "non lues")
    inchangees: list[Tranche] = []
    videes: list[tuple[Tranche, int]] = []
    progression.avance(Fleche.PULL_HEURES, 0, len(tranches))
    connus = tampon.read_etats(tranches)
    annuaire: Future[Annuaire] = Future()

    def lit(tranche: Tranche) -> _Arrivee:
        debut, fin = tranche.bornes_utc(fuseau)
        lue = creneaux.read_tranche(debut, fin + chevauchement)
        if lue.empreinte == connus[tranche].empreinte_creneaux:
            return _Arrivee(lue)
        # Parsed here, beside the storing of the slice before, when it does not look like the one we know; nobody waits
        # here for who is who, while the next slice could be on its way.
        lecture = lue.lit()
        stockes = resout(lecture, annuaire.result(), tranche, fuseau) if annuaire.done() else None
        return _Arrivee(lue, lecture, stockes)

    def qui_est_qui() -> Annuaire:
        repertoire = read_repertoire(creneaux, dossier, tampon, depuis=fenetre[0].debut)
        check_repertoire(repertoire, tampon, fenetre)
        bilan.incidents.extend(note_repertoire(repertoire, tampon, run))
        bilan.remarques.extend(list_partis(repertoire))
        return repertoire.annuaire

    stockees: list[Tranche] = []
    lues = _Lues()

    def store(tranche: Tranche, arrivee: _Arrivee) -> None:
        # Storing one slice may unsettle another (a slot moved); while none is stored, all are as they were.
        lue, etat = arrivee.lue, tampon.read_etat(tranche) if stockees else connus[tranche]
        if (etat.empreinte_creneaux, etat.empreinte_annuaire) == (lue.empreinte, empreinte):
            inchangees.append(tranche)
            bilan.compte("tranches inchangées")
            return
        lecture = lue.lit() if arrivee.lecture is None else arrivee.lecture
        resolus = arrivee.stockes
        stockes = resout(lecture, annuaire.result(), tranche, fuseau) if resolus is None else resolus
        stockees.append(tranche)
        lues.note(lecture)
        comptes = tampon.store_creneaux(
            tranche,
            stockes,
            illisibles=lecture.illisibles,
            # A slice with an unreadable slot is read again on every run, until it is mended.
            empreinte=lue.empreinte if not lecture.illisibles else "",
            empreinte_annuaire=empreinte,
            run=run,
        )
        if comptes.sortis and not stockes:
            videes.append((tranche, comptes.sortis))
        _compte(bilan, comptes, lecture)

    with lit_d_avance(lit, tranches, fils=LECTURES_PARALLELES, avance=LECTURES_D_AVANCE) as lectures:
        # The first slices are on their way while we learn who is who.
        empreinte = empreinte_annuaire(_promet(annuaire, qui_est_qui))
        for rang, (tranche, futur) in enumerate(lectures, start=1):
            verifie_annulation(progression)
            with tolerance.tranche(tranche):
                store(tranche, futur.result())
            if len(inchangees) == LECTURES_D_AVANCE:  # meanwhile the next slices are on their way
                tampon.retente_rejets(inchangees, run)
                inchangees.clear()
            progression.avance(Fleche.PULL_HEURES, rang, len(tranches), f"Heures {tranche}")
    for tranche in tolerance.second_essai():
        with tolerance.tranche(tranche):
            store(tranche, lit(tranche))
    bilan.incidents += _disparition(sorted(videes, key=lambda videe: videe[0].debut))
    lues.conclut(bilan, creneaux.ecart_horloge_s, tampon, entier=tolerance.entier and len(tranches) == len(fenetre))
    tampon.retente_rejets(inchangees, run)
    bilan.rejets = tampon.count_rejets_ouverts(ObjetRejet.CRENEAU)
    return bilan


def _promet(annuaire: "Future[Annuaire]", cherche: Callable[[], Annuaire]) -> Annuaire:
    """Find it and tell those who wait for it, also when it cannot be found."""
    try:
        trouve = cherche()
    except BaseException as exc:
        annuaire.set_exception(exc)
        raise
    annuaire.set_result(trouve)
    return trouve


def _compte(bilan: Bilan, comptes: ComptesStockage, lecture: Lecture) -> None:
    bilan.compte("nouveaux créneaux", comptes.nouveaux)
    bilan.compte("créneaux modifiés", comptes.modifies)
    bilan.compte(DISPARUS, comptes.sortis)
    bilan.compte("créneaux inchangés", comptes.inchanges)
    if lecture.illisibles:
        bilan.compte("créneaux illisibles", len(lecture.illisibles))


class _Lues:
    """What the slots of this run carry beside the usual: the further fields that the settings name, the dates of their
    changes."""

    def __init__(self) -> None:
        self._debut = time.monotonic()
        self._absents: frozenset[str] | None = None
        self._datees = False

    def note(self, lecture: Lecture) -> None:
        """This slice was read, and is not as it was."""
        self._datees |= lecture.datee
        if lecture.creneaux:
            deja = lecture.champs_absents if self._absents is None else self._absents
            self._absents = deja & lecture.champs_absents

    def conclut(self, bilan: Bilan, ecart_horloge_s: float | None, tampon: TamponHeures, *, entier: bool) -> None:
        """A word for each field of the settings that no slot carries, and for a clock that is off where dates count.
        `entier`: every slice of the window was read, which is noted."""
        bilan.remarques += [_absent(champ) for champ in sorted(self._absents or ())]
        if self._datees:
            bilan.remarques += derive("BatiSimply", ecart_horloge_s)
        if entier:
            tampon.note_lecture_creneaux(timedelta(seconds=time.monotonic() - self._debut))


def _absent(champ: str) -> Incident:
    """A field of the settings that none of the slots read carries: no harm, but nothing will ever come of it."""
    return Incident(
        f"Aucun des créneaux lus n’a le champ « {champ} », que les réglages nomment (heures.en_plus) : sa rubrique "
        "reste vide.",
        "Vérifiez son nom : « connecteur doctor » liste les champs que BatiSimply envoie.",
    )


def _disparition(videes: Sequence[tuple[Tranche, int]]) -> list[Incident]:
    """Weeks of which nothing is left, several at once: hardly what a foreman does."""
    if len(videes) < TRANCHES_VIDEES:
        return []
    sortis = sum(combien for _, combien in videes)
    return [
        Incident(
            f"BatiSimply ne donne plus aucun créneau pour {len(videes)} périodes où il en donnait {sortis}, entre le "
            f"{videes[0][0].debut:%d/%m/%Y} et le {videes[-1][0].fin - timedelta(days=1):%d/%m/%Y}.",
            "Vérifiez que le compte du connecteur voit toujours ces créneaux dans BatiSimply. La garde retient leur "
            "retrait de Batigest s’il est trop grand ; sinon il est fait.",
        )
    ]
