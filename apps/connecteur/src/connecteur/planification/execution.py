"""What a run does: its arrows in order, transient errors tried again, the verdict.

Nothing here knows DBOS: a step is carried out through `pas`, which records its outcome or gives back the
recorded one when the run is resumed. An arrow may therefore run again after a crash; the flows allow it.
"""

import random
import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from functools import partial
from itertools import zip_longest
from typing import Any, TypeVar

import structlog

from connecteur.domain.run import Bilan, Fleche, Incident, Verdict, pire
from connecteur.errors import Annule, ErreurConnecteur, ErreurTransitoire
from connecteur.planification.rapport import Demande, Etape
from connecteur.planification.registre import Licence, Registre
from connecteur.planification.suivi import Suivi
from connecteur.sync.ports import Progression

journal = structlog.get_logger(__name__)

Pas = Callable[[str, Callable[[], dict[str, Any]]], dict[str, Any]]
"""Carry out a named step, or give back what it gave when it was carried out before."""

ExecuteFleche = Callable[[Fleche, str, Progression, Fleche | None], Bilan]
"""Carry out one arrow of a run, knowing the one that follows. Raises `ErreurConnecteur`."""

REGARD_VERROU_S = 0.5

Rendu = TypeVar("Rendu")


class ArretDemande(BaseException):
    """The program is stopping: the run stays pending, and is resumed at the next start.

    Not an `Exception`: nothing on the way may take it for a failure of the run and record it.
    """


@dataclass(frozen=True, slots=True)
class Patience:
    """How transient errors are waited for."""

    essais: int = 4
    """Attempts per arrow."""
    premier_delai_s: float = 2.0
    facteur: float = 3.0
    delai_max_s: float = 600.0
    """A server that asks for more than this is not waited for."""
    verrou_s: float = 600.0
    """How long a run waits for another program to let go of the dossier."""
    tampon_s: float = 120.0
    """How long a run waits for a tampon that is away to note its beginning and its end."""

    def delai(self, essai: int, attendre_s: float | None) -> float | None:
        """Seconds to wait after this failed attempt (the first is 1), with jitter; None: give up."""
        if essai >= self.essais or (attendre_s or 0) > self.delai_max_s:
            return None
        recul = self.premier_delai_s * self.facteur ** (essai - 1)
        alea = random.uniform(0.5, 1.0)  # noqa: S311 -- spreads retries out, guards nothing
        return max(recul * alea, attendre_s or 0.0)


@dataclass(frozen=True, slots=True)
class Atelier:
    """What the runs of one dossier are carried out with."""

    execute: ExecuteFleche
    registre: Registre
    verrou: Callable[[], AbstractContextManager[None]]
    """Hold the dossier; raises `DossierOccupe` when another program holds it."""
    licence: Licence
    patience: Patience = Patience()


def execute_run(atelier: Atelier, demande: Demande, suivi: Suivi, pas: Pas) -> Verdict:
    """Carry out a run from its start, or from its last recorded step, and note its end in the tampon.

    Raises `ArretDemande` when the program is stopping, `ErreurConnecteur` when the tampon cannot be written.
    """
    registre = atelier.registre
    with structlog.contextvars.bound_contextvars(run=demande.run, quoi=demande.quoi.value):
        refus = _insiste(atelier, suivi, partial(_refus, atelier, demande))
        if refus is not None:
            refuse = partial(registre.refuse, demande.run, demande.flux, demande.fleches, demande.declencheur, refus)
            _insiste(atelier, suivi, refuse)
            journal.warning("run refusé", declencheur=demande.declencheur, erreur=refus.message)
            return Verdict.ECHEC
        ouvre = partial(registre.ouvre, demande.run, demande.flux, demande.fleches, False, demande.declencheur)  # noqa: FBT003
        _insiste(atelier, suivi, ouvre)
        journal.info("run commencé", declencheur=demande.declencheur)
        etapes = _joue(atelier, demande, suivi, pas)
        verdict = pire([etape.verdict for etape in etapes])
        erreur = next((etape.erreur for etape in etapes if etape.erreur), None)
        bilans = [etape.bilan for etape in etapes if etape.bilan]
        _insiste(atelier, suivi, partial(registre.termine, demande.run, verdict, bilans, erreur))
        journal.info("run terminé", verdict=verdict.value, etapes=[etape.en_json() for etape in etapes])
    return verdict


def _refus(atelier: Atelier, demande: Demande) -> Incident | None:
    """Why the licence does not let this run begin. One that has begun is never stopped: it is only resumed."""
    note = atelier.registre.lit(demande.run)
    if note is not None and note.verdict is None:
        return None
    return atelier.licence.admet(demande.run, demande.quoi)


def _insiste(atelier: Atelier, suivi: Suivi, fait: Callable[[], Rendu]) -> Rendu:
    """Note the beginning or the end of a run although PostgreSQL may be restarting: it must not stand open for that.

    Raises `ArretDemande` when the program stops meanwhile: the run is then resumed, and noted, at the next start.
    """
    limite = time.monotonic() + atelier.patience.tampon_s
    while True:
        try:
            return fait()
        except ErreurTransitoire:
            if time.monotonic() > limite:
                raise
        if not suivi.attend(REGARD_VERROU_S):
            raise ArretDemande


def _joue(atelier: Atelier, demande: Demande, suivi: Suivi, pas: Pas) -> Sequence[Etape]:
    """The arrows in order, until one cannot go to its end."""
    etapes: list[Etape] = []
    with ExitStack() as pile:
        refus = _prend_verrou(atelier, demande, suivi, pile)
        if refus is not None:
            return [refus]
        for fleche, suivante in zip_longest(demande.fleches, demande.fleches[1:]):

            def fait(fleche: Fleche = fleche, suivante: Fleche | None = suivante) -> dict[str, Any]:
                return joue_fleche(atelier, fleche, demande.run, suivi, suivante).en_json()

            etape = Etape.de_json(pas(fleche.value, fait))
            etapes.append(etape)
            if etape.bilan is None:
                break
    return etapes


def joue_fleche(atelier: Atelier, fleche: Fleche, run: str, suivi: Suivi, suivante: Fleche | None = None) -> Etape:
    """One arrow, tried again while its failure may pass. Raises `ArretDemande` when the program is stopping."""
    debut = time.monotonic()
    essai = 1
    while True:
        issue = _essaie(atelier, fleche, run, suivi, suivante)
        if suivi.arrete:
            raise ArretDemande
        if isinstance(issue, Etape):
            return replace(issue, essais=essai, duree_s=round(time.monotonic() - debut, 3))
        delai = atelier.patience.delai(essai, issue.attendre_s)
        if delai is None:
            return Etape(
                fleche, Verdict.ECHEC, erreur=incident(issue), essais=essai, duree_s=round(time.monotonic() - debut, 3)
            )
        journal.warning(
            "nouvel essai", fleche=fleche.value, essai=essai, delai_s=delai, erreur=str(issue), detail=issue.detail
        )
        suivi.avance(fleche, 0, 0, f"{issue.message} Nouvel essai dans {delai:.0f} s.")
        suivi.patiente(delai)  # cut short when the run must stop: the next attempt sees it
        essai += 1


def _essaie(
    atelier: Atelier, fleche: Fleche, run: str, suivi: Suivi, suivante: Fleche | None
) -> Etape | ErreurTransitoire:
    try:
        if suivi.annulation_demandee(frais=True):
            return Etape(fleche, Verdict.ANNULE)
        bilan = atelier.execute(fleche, run, suivi, suivante)
    except ErreurTransitoire as exc:
        return exc
    except Annule:
        return Etape(fleche, Verdict.ANNULE)
    except Exception as exc:  # noqa: BLE001 -- whatever it is, the run ends with a sentence and a reference
        return Etape(fleche, Verdict.ECHEC, erreur=incident(exc))
    return Etape(fleche, bilan.verdict, bilan)


def _prend_verrou(atelier: Atelier, demande: Demande, suivi: Suivi, pile: ExitStack) -> Etape | None:
    """Hold the dossier until `pile` is closed; the step that says why not when it cannot be had."""
    premiere = demande.fleches[0]
    limite = time.monotonic() + atelier.patience.verrou_s
    while True:
        try:
            pile.enter_context(atelier.verrou())
            return None
        except ErreurTransitoire as exc:  # held by another program, or the tampon is away
            if time.monotonic() > limite:
                return Etape(premiere, Verdict.ECHEC, erreur=incident(exc))
            suivi.avance(premiere, 0, 0, exc.message)
        if not suivi.patiente(REGARD_VERROU_S):
            if suivi.arrete:
                raise ArretDemande
            return Etape(premiere, Verdict.ANNULE)


def incident(exc: Exception) -> Incident:
    """The sentence a person reads; an unexpected error gets a reference, its traceback goes to the journal."""
    if isinstance(exc, ErreurConnecteur):
        journal.warning("échec", erreur=exc.message, detail=exc.detail, famille=type(exc).__name__)
        return Incident(exc.message, exc.remede, exc.detail)
    reference = secrets.token_hex(4).upper()
    journal.error("erreur inattendue", reference=reference, exc_info=exc)
    return Incident(
        f"Une erreur inattendue s’est produite (référence {reference}).",
        "Réessayez ; si elle revient, appelez le support avec cette référence.",
        # Its text may hold anything, a connection string included: only its kind is shown.
        type(exc).__name__,
    )
