"""BatiSimply, as the flows see it (`sync/ports.py`: `Projets` and `Creneaux`)."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from types import TracebackType
from typing import Self

import httpx2

from connecteur.batisimply.appels import Appels, Attentes
from connecteur.batisimply.auth import Jetons
from connecteur.batisimply.creneaux import TrancheRecue
from connecteur.batisimply.echange import Demande, Echange, Reponse
from connecteur.batisimply.mapping import (
    Objet,
    Orthographe,
    apprend_orthographe,
    lit_code,
    lit_projet,
    nouveau_projet,
    pose,
    pose_drapeaux,
    pose_position,
)
from connecteur.batisimply.pages import Liste
from connecteur.batisimply.schemas import lit_json
from connecteur.domain.chantier import Champs, Position
from connecteur.domain.fusion import Projet
from connecteur.domain.lien import Drapeaux
from connecteur.errors import ErreurTransitoire, ReponseIllisible, ReponseIncertaine
from connecteur.settings import ReglagesBatisimply, ReglagesCreation

PROJETS = "/api/project"
CRENEAUX = "/api/timeSlotManagement/allUsers"
JOUR = timedelta(days=1)
MARQUE_CRENEAU = b'"managementStatus"'
"""Stands once in every slot: counts them without parsing."""


class ClientBatisimply:
    """The BatiSimply account of one firm. Any thread may call; nothing is opened before the first call.

    `siege_id` and `creation` are given to the projects it creates, `champs_en_plus` are the further fields that are
    read of a slot. `transport` takes the place of the network, `attentes` of the usual patience with a server that is
    in trouble.
    """

    def __init__(
        self,
        reglages: ReglagesBatisimply,
        *,
        siege_id: int | None = None,
        creation: ReglagesCreation | None = None,
        champs_en_plus: Sequence[str] = (),
        transport: httpx2.BaseTransport | None = None,
        attentes: Attentes | None = None,
    ) -> None:
        self._siege_id = siege_id
        self._creation = creation or ReglagesCreation()
        self._champs_en_plus = tuple(champs_en_plus)
        self._echange = Echange(delai_s=reglages.delai_s, transport=transport)
        self._jetons = Jetons(reglages, self._echange)
        self._appels = Appels(reglages, self._echange, self._jetons, attentes)
        self._projets = Liste(self._appels, PROJETS, "les projets", taille=reglages.taille_page)
        self._creneaux = Liste(
            self._appels, CRENEAUX, "les créneaux", taille=reglages.taille_page, marque=MARQUE_CRENEAU
        )
        self._orthographe: Orthographe = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; a later call opens new ones."""
        self._echange.close()

    @property
    def ecart_horloge_s(self) -> float | None:
        """Seconds this machine's clock is ahead of BatiSimply's; None before the first answer."""
        return self._echange.ecart_horloge_s

    def check_connexion(self) -> None:
        """Sign in, unless a valid token is at hand. Raises what signing in raises."""
        self._jetons.jeton()

    def read_projets(self) -> list[Projet]:
        """Every project, archived ones included, all pages, whole or an error."""
        projets: dict[int, Projet] = {}
        for page in self._projets.lit():
            projets |= {projet.id: projet for projet in map(lit_projet, page.elements)}
        self._orthographe = apprend_orthographe(projets.values())
        return list(projets.values())

    def read_codes_projets(self) -> dict[int, str]:
        """The code of each of them, "" where there is none; whole or an error."""
        return {ident: code for page in self._projets.lit() for ident, code in map(lit_code, page.elements)}

    def read_projet(self, ident: int) -> Projet | None:
        """One project as it is now; None when it does not exist."""
        reponse = self._appels.appelle(Demande("GET", f"{PROJETS}/{ident}", f"le projet n° {ident}", un_seul=True))
        if reponse.statut == HTTPStatus.NOT_FOUND:
            return None
        projet = lit_projet(lit_json(reponse.corps, f"le projet n° {ident}"))
        if projet.id != ident:
            raise ReponseIllisible(
                f"BatiSimply a répondu par le projet n° {projet.id} à la place du n° {ident}.",
                remede="Recommencez ; si cela dure, appelez le support.",
            )
        return projet

    def create_projet(self, champs: Champs, position: Position | None = None) -> Projet:
        """Create, and return what was stored.

        Raises `EnregistrementRefuse` when this record is refused for good, `ReponseIncertaine` when it may have
        been created.
        """
        quoi = f"le projet {champs.get('code') or ''} « {champs.get('nom') or ''} »"
        objet = nouveau_projet(
            champs, self._orthographe, creation=self._creation, siege_id=self._siege_id, position=position
        )
        reponse = self._appels.appelle(Demande("POST", PROJETS, quoi, objet=objet, rejouable=False))
        try:
            ident = _ident_cree(reponse)
            stocke = None if ident is None else self._stocke(reponse, ident, objet)
        except (ErreurTransitoire, ReponseIllisible) as exc:
            raise _incertaine(quoi, exc.message) from None
        if stocke is None:
            raise _incertaine(quoi, f"HTTP {reponse.statut}, {len(reponse.corps)} octets")
        return stocke

    def replace_projet(
        self, projet: Projet, champs: Champs, drapeaux: Drapeaux | None = None, position: Position | None = None
    ) -> Projet:
        """Lay these over the whole object, send it, and return what was stored.

        Raises `EnregistrementRefuse` when this record is refused for good or is no longer there.
        """
        quoi = f"le projet n° {projet.id} ({projet.champs.get('code') or 'sans code'})"
        objet = pose(projet.brut, champs, self._orthographe)
        pose_drapeaux(objet, drapeaux or {})
        if position is not None:
            pose_position(objet, position)
        reponse = self._appels.appelle(Demande("PUT", PROJETS, quoi, objet=objet, un_seul=True))
        stocke = self._stocke(reponse, projet.id, objet)
        if stocke is None:
            raise ReponseIllisible(
                f"BatiSimply a accepté {quoi} et ne le montre plus.",
                remede="Vérifiez ce projet dans BatiSimply.",
            )
        return stocke

    def read_tranche(self, debut: datetime, fin: datetime) -> TrancheRecue:
        """Every slot between these instants (aware), whole or an error; parsed only when asked."""
        params = {"startDate": _instant(debut), "endDate": _instant(fin)}
        partie = {**params, "endDate": _instant(debut + JOUR)} if fin - debut > 4 * JOUR else None
        corps = [page.corps for page in self._creneaux.lit(params, partie)]
        return TrancheRecue(corps, self._champs_en_plus, self.ecart_horloge_s)

    def _stocke(self, reponse: Reponse, ident: int, envoye: Objet) -> Projet | None:
        """What the server stored: its answer when that tells all that was sent, else what it now shows."""
        if reponse.corps:
            donnee = lit_json(reponse.corps, f"le projet n° {ident}")
            if isinstance(donnee, dict) and donnee.keys() >= envoye.keys():
                projet = lit_projet(donnee)
                if projet.id == ident:
                    return projet
        return self.read_projet(ident)


def _incertaine(quoi: str, detail: str) -> ReponseIncertaine:
    return ReponseIncertaine(
        f"BatiSimply a accepté {quoi} sans montrer ce qu’il en a gardé.",
        remede="La prochaine synchronisation le retrouvera par son code.",
        detail=detail,
    )


def _ident_cree(reponse: Reponse) -> int | None:
    """The id of what was created, from the answer or from its `Location`."""
    if reponse.corps:
        donnee = lit_json(reponse.corps, "le projet créé")
        ident = donnee.get("id") if isinstance(donnee, dict) else donnee
        if type(ident) is int:
            return ident
        if isinstance(ident, str) and ident.isascii() and ident.isdigit():
            return int(ident)
    fin = reponse.entetes.get("location", "").rstrip("/").rpartition("/")[2]
    return int(fin) if fin.isascii() and fin.isdigit() and len(fin) < 20 else None  # noqa: PLR2004 - digits of an id


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
