"""Where to go once signed in: an address of ours, never somebody else's."""

import re
from urllib.parse import urlencode

ACCUEIL = "/"
LONGUEUR_MAX = 2_000
# Browsers read « \ » as « / », and leave tabs and line ends out: « //evil » can be written in many ways.
_LOCAL = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*", re.ASCII)


def lit_suite(saisie: str) -> str:
    """This address when it is a path of ours; else home."""
    return saisie if len(saisie) <= LONGUEUR_MAX and _LOCAL.fullmatch(saisie) else ACCUEIL


def vers_connexion(suite: str = ACCUEIL, porte: str = "/connexion") -> str:
    """The address of the door (or of its second step), from where one goes on to `suite`."""
    local = lit_suite(suite)
    return porte if local == ACCUEIL else f"{porte}?{urlencode({'suite': local})}"
