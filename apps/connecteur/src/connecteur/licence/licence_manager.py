"""The provider « Licence Manager »: nothing that is answered in clear counts, only the signed lease."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from connecteur.errors import ReponseIllisible
from connecteur.licence.echange import Echange, Question
from connecteur.licence.ports import Reponse
from sages_commun.contacts import TECHNIQUE
from sages_commun.licence import Bail, BailRefuse, ClesPubliques, verifie_bail

CHEMIN = "/api/validate"
OCTETS_NONCE = 24
BIEN_PLUS_TARD = datetime(9999, 1, 1, tzinfo=UTC)


class FournisseurLicenceManager:
    """Asks `POST /api/validate`."""

    def __init__(self, serveur: str, cles: ClesPubliques, *, delai_s: float) -> None:
        self._cles = cles
        self._echange = Echange(serveur + CHEMIN, delai_s=delai_s)

    def close(self) -> None:
        """Close the connections."""
        self._echange.close()

    def demande(self, question: Question) -> Reponse:
        """The lease, signed for this question. Raises `ErreurConnecteur`."""
        nonce = secrets.token_urlsafe(OCTETS_NONCE)
        recu = self._echange.demande(
            {
                "license_key": question.cle,
                "machine_id": question.machine,
                "client_version": question.version,
                "nonce": nonce,
                "consume": question.utilisation is not None,
                "use_id": question.utilisation,
            }
        )
        return _crue(recu, self._cles, question, nonce)

    def relit(self, garde: str, cle: str, machine: str, maintenant: datetime) -> Bail:
        """A lease that was kept, over or not. Raises `BailRefuse`."""
        return verifie_bail(garde, self._cles, maintenant=maintenant, cle=cle, machine=machine, accepte_expire=True)


def _crue(recu: Mapping[str, Any], cles: ClesPubliques, question: Question, nonce: str) -> Reponse:
    jeton = recu.get("lease")
    if not isinstance(jeton, str):
        raise ReponseIllisible(
            "Le serveur de licences n’a rien signé : sa réponse n’est pas crue.",
            remede=f"Vérifiez « licence.serveur » dans les réglages ; sinon écrivez à {TECHNIQUE}.",
        )
    try:
        # It answers the question that was just drawn: its time is the time, and this machine's clock may be wrong.
        bail = verifie_bail(
            jeton, cles, maintenant=BIEN_PLUS_TARD, cle=question.cle, machine=question.machine, nonce=nonce,
            accepte_expire=True,
        )  # fmt: skip
    except BailRefuse as exc:
        raise ReponseIllisible(
            str(exc),
            remede="Rien de cette réponse n’a été retenu. Vérifiez « licence.serveur » et « licence.cles_publiques » ; "
            f"sinon écrivez à {TECHNIQUE}.",
            detail=f"bail refusé : {exc.code.value}",
        ) from None
    if recu.get("valid") is not bail.valide or recu.get("code") != bail.verdict.value:
        raise ReponseIllisible(
            "Le serveur de licences dit une chose et en signe une autre : sa réponse n’est pas crue.",
            remede=f"Vérifiez « licence.serveur » dans les réglages ; sinon écrivez à {TECHNIQUE}.",
        )
    return Reponse(bail, jeton)
