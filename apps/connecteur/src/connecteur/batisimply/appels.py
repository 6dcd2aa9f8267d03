"""One call of the API: its turn, its token, its repeats, its verdict.

| what happens                | GET, PUT                        | POST (creation)                      |
| --------------------------- | ------------------------------- | ------------------------------------ |
| nobody there                | again, `essais` times           | again: it never left                 |
| 429                         | again, when the server allows   | again: it was not carried out        |
| 401                         | once more with a new token      | once more with a new token           |
| cut, reset, time-out, 5xx   | again, `essais` times           | `ReponseIncertaine`: look first      |
| 200 that is not JSON        | once more, then refused         | `ReponseIncertaine`: look first      |
| 400, 403, 404, 409, 422…    | told at once                    | told at once                         |
"""

import time
from dataclasses import dataclass
from http import HTTPStatus

import httpx2
import stamina
from pydantic_core import from_json

from connecteur.batisimply.auth import Jeton, Jetons
from connecteur.batisimply.debit import ATTENTE_MAX_S, Debit, lit_attente, sature
from connecteur.batisimply.echange import Demande, Echange, Reponse, adresse
from connecteur.batisimply.refus import ReponsePassagere, juge, passagere, technique
from connecteur.errors import (
    AccesRefuse,
    ErreurConnecteur,
    ErreurTransitoire,
    ReponseIncertaine,
    ServiceSature,
)
from connecteur.settings import ReglagesBatisimply

LECTURES_ILLISIBLES = 2
"""Attempts at an answer that is not JSON: a maintenance page goes away, a wrong address does not."""
SUCCES = range(200, 300)


@dataclass(frozen=True, slots=True)
class Attentes:
    """How long one call waits for its next attempt."""

    initiale_s: float = 0.5
    entre_essais_max_s: float = 15.0
    saturation_max_s: float = 600.0
    """For so long one call goes on waiting its turn with a server that refuses for the rate."""


class Appels:
    """The API, called as often as it takes. Any thread may call."""

    def __init__(
        self, reglages: ReglagesBatisimply, echange: Echange, jetons: Jetons, attentes: Attentes | None = None
    ) -> None:
        self._attentes = attentes or Attentes()
        self._url_api = reglages.url_api
        self._essais = reglages.essais
        self._echange = echange
        self._jetons = jetons
        self.debit = Debit(self._attentes.initiale_s)

    def appelle(self, demande: Demande) -> Reponse:
        """The answer: 2xx with whole JSON (or, after a write, nothing), or the 404 of a GET of one record.

        Raises everything else as an error of `connecteur.errors`, after the repeats that make sense.
        """
        for essai in stamina.retry_context(
            on=_Insistance(self._essais, self._attentes.saturation_max_s),
            attempts=None,
            timeout=None,
            wait_initial=self._attentes.initiale_s,
            wait_max=self._attentes.entre_essais_max_s,
            wait_jitter=2 * self._attentes.initiale_s,
        ):
            with essai:
                try:
                    return self._une_fois(demande)
                except ErreurConnecteur as exc:
                    exc.detail = self._jetons.masque(exc.detail)
                    raise
        raise AssertionError  # pragma: no cover - the loop above returns or raises

    def _une_fois(self, demande: Demande) -> Reponse:
        url = adresse(self._url_api, demande.chemin, "url_api")
        depart = self.debit.passe()
        jeton = self._jetons.jeton()
        reponse = self._envoie(demande, url, jeton)
        if reponse.statut == HTTPStatus.UNAUTHORIZED:
            jeton = self._jetons.renouvelle(jeton)
            depart = self.debit.passe()
            reponse = self._envoie(demande, url, jeton)
        if reponse.statut == HTTPStatus.UNAUTHORIZED:
            raise AccesRefuse(
                "BatiSimply refuse un jeton de connexion qu’il vient de donner.",
                remede="Vérifiez que url_api et url_sso sont du même environnement (test ou production).",
                detail=technique(reponse),
            )
        if reponse.statut == HTTPStatus.TOO_MANY_REQUESTS:
            attendre = lit_attente(reponse)
            self.debit.refus(depart, attendre)
            raise sature(attendre)
        if reponse.statut == HTTPStatus.SERVICE_UNAVAILABLE:
            self.debit.ferme(lit_attente(reponse) or 0.0)
        return self._verdict(demande, reponse)

    def _envoie(self, demande: Demande, url: httpx2.URL, jeton: Jeton) -> Reponse:
        return self._echange.envoie(
            demande.methode,
            url,
            entetes={"Authorization": f"Bearer {jeton.valeur}"},
            params=demande.params,
            objet=demande.objet,
            rejouable=demande.rejouable,
        )

    def _verdict(self, demande: Demande, reponse: Reponse) -> Reponse:
        if reponse.statut in SUCCES:
            self.debit.reussite()
            if demande.methode != "GET" and not reponse.corps:
                return reponse
            if reponse.est_json and est_entier(reponse.corps):
                return reponse
            illisible = passagere(reponse, demande.quoi)
            if demande.rejouable:
                raise illisible
            raise ReponseIncertaine(
                f"{illisible.message} La demande a pu être exécutée.",
                remede="La prochaine synchronisation regardera ce qui a été fait avant de recommencer.",
                detail=illisible.detail,
            )
        if reponse.statut == HTTPStatus.NOT_FOUND and demande.un_seul and demande.methode == "GET":
            if reponse.est_json or not reponse.corps:
                return reponse
            raise passagere(reponse, demande.quoi)
        raise juge(reponse, demande)


class _Insistance:
    """What is worth another attempt of one call, and after how long."""

    def __init__(self, essais: int, saturation_max_s: float) -> None:
        self._essais = essais
        self._pannes = 0
        self._illisibles = 0
        self._patience = time.monotonic() + saturation_max_s

    def __call__(self, exc: Exception) -> bool | float:
        """For stamina: False to give up, True to wait its usual time, a number to wait so many seconds."""
        if isinstance(exc, ServiceSature):
            trop_long = exc.attendre_s is not None and exc.attendre_s > ATTENTE_MAX_S
            if self._essais == 1 or trop_long or time.monotonic() > self._patience:
                return False
            return 0.0  # the gate makes everybody wait
        if isinstance(exc, ReponseIncertaine):
            return False
        if isinstance(exc, ReponsePassagere):
            self._illisibles += 1
            return self._illisibles < min(LECTURES_ILLISIBLES, self._essais)
        if isinstance(exc, ErreurTransitoire):
            self._pannes += 1
            return self._pannes < self._essais
        return False


def est_entier(corps: bytes) -> bool:
    """Whether a JSON text is whole, told without parsing it: both ends there, every bracket closed.

    Brackets inside texts can upset the count, then the parser decides. They could also make a cut text look
    whole; it then fails when it is parsed, never in silence.
    """
    extremites = corps.lstrip()[:1] + corps.rstrip()[-1:]
    if extremites in {b"[]", b"{}"} and all(
        corps.count(ouvre) == corps.count(ferme) for ouvre, ferme in ((b"{", b"}"), (b"[", b"]"))
    ):
        return True
    try:
        from_json(corps)
    except ValueError:
        return False
    return True
