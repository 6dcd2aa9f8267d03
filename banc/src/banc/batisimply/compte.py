"""The one account of the simulated tenant."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self


def _egal(donne: str, attendu: str) -> bool:
    return secrets.compare_digest(donne.encode(), attendu.encode())


@dataclass(frozen=True, slots=True)
class Compte:
    """What a caller must know to sign in. Its repr shows no secret."""

    client_id: str
    client_secret: str = field(repr=False)
    utilisateur: str
    mot_de_passe: str = field(repr=False)

    @classmethod
    def depuis_environnement(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read BATISIMPLY_CLIENT_ID, _CLIENT_SECRET, _UTILISATEUR and _MOT_DE_PASSE.

        Raises `KeyError` on a missing one.
        """
        return cls(
            client_id=environ["BATISIMPLY_CLIENT_ID"],
            client_secret=environ["BATISIMPLY_CLIENT_SECRET"],
            utilisateur=environ["BATISIMPLY_UTILISATEUR"],
            mot_de_passe=environ["BATISIMPLY_MOT_DE_PASSE"],
        )

    def connait_client(self, client_id: str) -> bool:
        """Whether this client is ours."""
        return _egal(client_id, self.client_id)

    def accepte_secret(self, client_secret: str) -> bool:
        """Whether the client's secret is right."""
        return _egal(client_secret, self.client_secret)

    def accepte_personne(self, utilisateur: str, mot_de_passe: str) -> bool:
        """Whether user (without case, as Keycloak does) and password are right; both are always compared."""
        return _egal(utilisateur.lower(), self.utilisateur.lower()) & _egal(mot_de_passe, self.mot_de_passe)
