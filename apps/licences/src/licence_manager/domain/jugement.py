"""The verdict on one licence: one rule, for whoever asks."""

from dataclasses import dataclass
from datetime import datetime

from licence_manager.domain.licence import SANS_LIMITE, Licence, est_expiree
from sages_commun.licence.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Presence:
    """The machine that asks, as seen beside the licence."""

    machine: str | None
    connue: bool
    machines: int
    """How many machines use this licence."""


def juge(licence: Licence | None, presence: Presence, maintenant: datetime) -> Verdict:
    """What this licence answers now to this machine. None is a key that no licence has."""
    if licence is None:
        return Verdict.INCONNUE
    epuisee = licence.fiche.utilisations_max != SANS_LIMITE and licence.utilisations >= licence.fiche.utilisations_max
    refus = (
        (licence.archivee, Verdict.ARCHIVEE),
        (not licence.active, Verdict.INACTIVE),
        (est_expiree(licence, maintenant), Verdict.EXPIREE),
        (epuisee, Verdict.LIMITE_UTILISATIONS),
        (not _a_sa_place(presence, licence.fiche.machines_max), Verdict.LIMITE_MACHINES),
    )
    return next((verdict for atteint, verdict in refus if atteint), Verdict.VALIDE)


def _a_sa_place(presence: Presence, machines_max: int) -> bool:
    """Whether the machine is one of those allowed, or one more may come. One that does not say its name is none."""
    if machines_max == SANS_LIMITE or presence.connue:
        return True
    return presence.machine is not None and presence.machines < machines_max
