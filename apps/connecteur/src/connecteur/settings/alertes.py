"""Whom to alert, and of what."""

from datetime import time

from pydantic import SecretStr

from connecteur.settings.section import Section


class ReglagesAlertes(Section):
    """Where alerts go: addresses as Apprise writes them, which hold passwords."""

    urls: tuple[SecretStr, ...] = ()
    """`mailtos://<utilisateur>:<mot-de-passe>@serveur?from=…&to=…` and the like; none: no alert."""


class ReglagesAlertesDossier(Section):
    """What a dossier is alerted of, and when."""

    echec: bool = True
    """A flow failed, once per breakdown."""
    partiel: bool = True
    """A flow left something waiting for a person, once."""
    retablissement: bool = True
    """A flow that failed, or was partial, goes well again."""
    silence: bool = True
    """No slot came on a day when some usually do."""
    heure_silence: time = time(20)
    """When the day is judged, local time."""
    rejets: bool = True
    """What stands rejected, every working day."""
    heure_rejets: time = time(7, 30)
    """When it is told, local time."""
    licence: bool = True
    """The licence stops new runs, is about to, or lets them begin again."""
