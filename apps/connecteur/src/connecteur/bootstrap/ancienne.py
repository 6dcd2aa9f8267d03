"""The tampon of the previous generation, for the command that takes over from it."""

from zoneinfo import ZoneInfo

from connecteur.domain.ancienne import Ancienne
from connecteur.tampon.ancienne import read_ancienne


def lit_ancienne(url: str, fuseau: ZoneInfo) -> Ancienne:
    """Everything that can be read of it. Raises `ErreurConnecteur`."""
    return read_ancienne(url, fuseau)
