"""Heures: BatiSimply > tampon (pull), tampon > Batigest (push)."""

from connecteur.sync.heures.annuaire import read_annuaire, resout
from connecteur.sync.heures.examen import Examen, examine, par_cle, resolus
from connecteur.sync.heures.pull import pull_heures
from connecteur.sync.heures.push import push_heures

__all__ = ["Examen", "examine", "par_cle", "pull_heures", "push_heures", "read_annuaire", "resolus", "resout"]
