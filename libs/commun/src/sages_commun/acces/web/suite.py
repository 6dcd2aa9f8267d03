"""Where to go once signed in: an address of ours, never somebody else's, and never one that holds a licence key."""

import re
from urllib.parse import unquote_plus, urlencode

ACCUEIL = "/"
LONGUEUR_MAX = 2_000
# Browsers read « \ » as « / », and leave tabs and line ends out: « //evil » can be written in many ways.
_LOCAL = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*", re.ASCII)

# A run's number and a UUID are grouped otherwise. Mistyped, it still is nearly a key.
_CLE = re.compile(r"(?<![^\W_])(?<!-)[^\W_]{4}(?:(?:[^\w/=&?]|_){0,3}[^\W_]{4}){3}(?![^\W_])(?!-)")


def lit_suite(saisie: str) -> str:
    """This address when it is a path of ours; else home.

    Home too for one that holds a licence key: the door would show it, and keep it in its own address.
    """
    local = len(saisie) <= LONGUEUR_MAX and _LOCAL.fullmatch(saisie)
    return saisie if local and not _CLE.search(unquote_plus(unquote_plus(saisie))) else ACCUEIL


def vers_connexion(suite: str = ACCUEIL, porte: str = "/connexion") -> str:
    """The address of the door (or of its second step), from where one goes on to `suite`."""
    local = lit_suite(suite)
    return porte if local == ACCUEIL else f"{porte}?{urlencode({'suite': local})}"
