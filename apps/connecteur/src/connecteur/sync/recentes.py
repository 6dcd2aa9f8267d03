"""Read often what is recent, and the whole window at a slower pace (decision 0037).

A schedule may ask every fifteen seconds. While who is who has not changed and nothing else is uncommon, such a run
reads the latest weeks; a quarter of an hour after the whole window was read last, it is read again. A slice that is
not settled, that a slot has left, or that was resolved with another directory is looked at whatever its age; and every
slice, when a slot is gone from the latest weeks: it may have moved into an older one.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from connecteur.domain.periode import Tranche
from connecteur.domain.run import Bilan
from connecteur.sync.heures.pull import DISPARUS
from connecteur.sync.ports import TamponHeures

RECENTES = timedelta(days=14)
"""What every run reads: what foremen and offices still correct."""
RELECTURE = timedelta(minutes=15)
"""How long a change in an older week may stay unseen by runs that begin by themselves."""


def list_recentes(
    tampon: TamponHeures, fenetre: Sequence[Tranche], run: str, aujourdhui: date, *, importe: bool
) -> list[Tranche]:
    """What this run begins with: the whole window, unless all of it was read a moment ago. `importe`: a first import
    was asked for."""
    if importe or not tampon.suit_une_lecture(run, RELECTURE):
        return list(fenetre)
    return [tranche for tranche in fenetre if tranche.fin > aujourdhui - RECENTES]


def list_autres(
    tampon: TamponHeures, fenetre: Sequence[Tranche], lues: Sequence[Tranche], bilan: Bilan
) -> list[Tranche]:
    """What must be read as well, once those were: slices that are not known, or known with another directory; all of
    them when a slot left those (`bilan` tells), for it may have gone there."""
    autres = [tranche for tranche in fenetre if tranche not in set(lues)]
    if not autres or bilan.comptes.get(DISPARUS):
        return autres
    etats = tampon.read_etats(fenetre)
    annuaires = {etats[tranche].empreinte_annuaire for tranche in lues}
    return [t for t in autres if not etats[t].empreinte_creneaux or {etats[t].empreinte_annuaire} != annuaires]


def ajoute(bilan: Bilan, suite: Bilan) -> Bilan:
    """Both readings of one run told as one."""
    comptes = {nom: bilan.comptes.get(nom, 0) + suite.comptes.get(nom, 0) for nom in {**bilan.comptes, **suite.comptes}}
    return replace(
        suite,
        comptes=comptes,
        incidents=list(dict.fromkeys([*bilan.incidents, *suite.incidents])),
        remarques=list(dict.fromkeys([*bilan.remarques, *suite.remarques])),
    )
