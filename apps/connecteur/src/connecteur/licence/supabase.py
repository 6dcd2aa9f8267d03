"""The provider « Supabase »: the SQL function `validate_licence`, through Supabase's REST path, with the public key.

It signs nothing: its verdict is worth what the HTTPS connection is worth, so it holds for a day only, then the grace.
It tells the verdict of one key and nothing else: neither functions (all are allowed) nor the end of the licence, and
it counts no use and registers no machine.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from connecteur.errors import ReponseIllisible
from connecteur.licence.echange import REMEDE_MILIEU, Echange, Question
from connecteur.licence.ports import Reponse
from sages_commun.licence import MESSAGES, Bail, BailRefuse, Refus, Verdict, condense_cle
from sages_commun.licence.verification import AVANCE_ADMISE

CHEMIN = "/rest/v1/rpc/validate_licence"
GENRE = "supabase/1"
RAFRAICHIR = timedelta(hours=6)
DUREE = timedelta(days=1)
ANNEES = range(2000, 9000)
"""When a server may say that it is: beyond, no date could be reckoned from it."""


class FournisseurSupabase:
    """Asks the SQL function."""

    def __init__(self, serveur: str, cle_publique: str, *, delai_s: float) -> None:
        entetes = {"apikey": cle_publique, "Authorization": f"Bearer {cle_publique}"}
        self._echange = Echange(serveur + CHEMIN, delai_s=delai_s, entetes=entetes)

    def close(self) -> None:
        """Close the connections."""
        self._echange.close()

    def demande(self, question: Question) -> Reponse:
        """The verdict. Raises `ErreurConnecteur`."""
        recu = self._echange.demande({"license_key": question.cle, "machine_id": question.machine})
        verdict, emis = _verdict(recu)
        garde = {
            "genre": GENRE,
            "condense": condense_cle(question.cle),
            "machine": question.machine,
            "code": verdict.value,
            "emis": emis.isoformat(),
        }
        return Reponse(_bail(garde), json.dumps(garde))

    def relit(self, garde: str, cle: str, machine: str, maintenant: datetime) -> Bail:
        """A verdict that was kept: the vault that kept it is what proves it. Raises `BailRefuse`."""
        try:
            lu = json.loads(garde)
            if lu["genre"] != GENRE:
                raise BailRefuse(Refus.TYPE)
            bail = _bail(lu)
        except (KeyError, TypeError, ValueError):
            raise BailRefuse(Refus.ILLISIBLE) from None
        if bail.condense != condense_cle(cle):
            raise BailRefuse(Refus.AUTRE_CLE)
        if bail.machine != machine:
            raise BailRefuse(Refus.AUTRE_MACHINE)
        if bail.emis > maintenant + AVANCE_ADMISE:
            raise BailRefuse(Refus.DANS_LE_FUTUR)
        return bail


def _verdict(recu: Mapping[str, Any]) -> tuple[Verdict, datetime]:
    faux = ReponseIllisible("La réponse de Supabase n’est pas un verdict de licence.", remede=REMEDE_MILIEU)
    try:
        verdict, emis = Verdict(recu["code"]), datetime.fromisoformat(recu["server_time"])
    except (KeyError, TypeError, ValueError):
        raise faux from None
    if recu.get("valid") is not (verdict is Verdict.VALIDE) or emis.tzinfo is None or emis.year not in ANNEES:
        raise faux
    return verdict, emis


def _bail(garde: Mapping[str, Any]) -> Bail:
    verdict, emis = Verdict(garde["code"]), datetime.fromisoformat(garde["emis"])
    return Bail(
        verdict=verdict,
        message=MESSAGES[verdict],
        condense=garde["condense"],
        machine=garde["machine"],
        nonce=None,
        emis=emis,
        a_rafraichir=emis + RAFRAICHIR,
        expire=emis + DUREE,
        licence=None,
    )
