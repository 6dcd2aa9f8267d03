"""The errors a page answers with, in French."""

from collections.abc import Mapping, Sequence


class ErreurPage(Exception):
    """An answer other than success, with its French sentence and what to do."""

    def __init__(
        self,
        statut: int,
        message: str,
        remede: str = "",
        detail: str = "",
        *,
        champs: Sequence[Mapping[str, str]] = (),
        entetes: Mapping[str, str] | None = None,
        code: str = "",
    ) -> None:
        super().__init__(message)
        self.statut = statut
        self.message = message
        self.remede = remede
        self.detail = detail
        self.champs = champs
        """The fields at fault: `champ`, `faute`."""
        self.entetes = dict(entetes or {})
        """Those of the answer: `Retry-After`, `Allow`."""
        self.code = code
        """A word for programs, when the status does not say enough."""


TITRES: dict[int, str] = {
    400: "Demande refusée",
    401: "Connexion nécessaire",
    403: "Demande refusée",
    404: "Page introuvable",
    405: "Page introuvable",
    408: "Demande incomplète",
    409: "Pas maintenant",
    413: "Demande trop volumineuse",
    422: "Demande mal formée",
    429: "Trop de demandes",
    500: "Une erreur est survenue",
    503: "Indisponible pour le moment",
}

PHRASES: dict[int, tuple[str, str]] = {
    404: ("Cette page n’existe pas, ou n’existe plus.", ""),
    405: ("Cette adresse ne répond pas à ce genre de demande.", "Passez par les boutons de l’accueil."),
    413: ("La demande dépasse la taille admise.", "Recommencez depuis l’accueil."),
    422: ("La demande est incomplète ou mal écrite.", "Recommencez depuis l’accueil."),
}
"""Status > (what happened, what to do) for the errors of the framework."""
