"""Heures: BatiSimply > tampon (pull), tampon > Batigest (push)."""

from connecteur.sync.heures.annuaire import TamponSalaries, read_repertoire, resout
from connecteur.sync.heures.devance import Devance
from connecteur.sync.heures.examen import examine_date, libere, list_quittees, par_cle, resolus
from connecteur.sync.heures.garde import list_retenues
from connecteur.sync.heures.pull import pull_heures
from connecteur.sync.heures.push import push_heures
from connecteur.sync.heures.regles import read_regles
from connecteur.sync.heures.rubriques import a_changer, read_anciennes

__all__ = [
    "Devance",
    "TamponSalaries",
    "a_changer",
    "examine_date",
    "libere",
    "list_quittees",
    "list_retenues",
    "par_cle",
    "pull_heures",
    "push_heures",
    "read_anciennes",
    "read_regles",
    "read_repertoire",
    "resolus",
    "resout",
]
