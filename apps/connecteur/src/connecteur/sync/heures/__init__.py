"""Heures: BatiSimply > tampon (pull), tampon > Batigest (push)."""

from connecteur.sync.heures.annuaire import TamponSalaries, read_repertoire, resout
from connecteur.sync.heures.examen import Examen, examine, par_cle, resolus
from connecteur.sync.heures.pull import pull_heures
from connecteur.sync.heures.push import push_heures

__all__ = [
    "Examen",
    "TamponSalaries",
    "examine",
    "par_cle",
    "pull_heures",
    "push_heures",
    "read_repertoire",
    "resolus",
    "resout",
]
