"""How a command ends, for scripts."""

from enum import IntEnum


class Code(IntEnum):
    """Exit codes. A script that only wants to know whether to call somebody looks for 0."""

    REUSSI = 0
    """Done: the run is « réussi » or « partiel », the invariant holds, every link works."""
    ECHEC = 1
    """A run failed or was cancelled, the invariant does not hold, a link is broken, or what is asked for is refused."""
    USAGE = 2
    """The command is badly written, or the configuration is incomplete or wrong: nothing was done."""
    LICENCE = 3
    """The licence does not allow a new run: nothing was done."""
    INTERROMPU = 130
    """Stopped by Ctrl-C or by the system."""


CODES_FR: dict[Code, str] = {
    Code.REUSSI: "fait : run réussi ou partiel, comptes justes, chaîne en état",
    Code.ECHEC: "un run a échoué ou a été annulé, les comptes ne sont pas justes, un maillon est cassé, "
    "ou ce qui est demandé est refusé",
    Code.USAGE: "commande mal écrite ou configuration incomplète : rien n’a été fait",
    Code.LICENCE: "la licence ne permet pas de synchroniser : rien n’a été fait",
    Code.INTERROMPU: "interrompu (Ctrl-C ou arrêt demandé)",
}
"""The same, as shown in the help and the documentation."""
