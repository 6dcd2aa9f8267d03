"""The gate: asks the licence server when it is time, keeps what is believed, and says whether a run may begin.

It is looked at before a run begins and never after: a run that has begun goes to its end, and is let through again
when it is resumed. Several programs of one machine share what is kept: one asks, the others read its answer.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from connecteur.domain.licence import EchecContact, Passage, Trace
from connecteur.errors import (
    ConfigurationInvalide,
    ErreurConnecteur,
    ErreurTransitoire,
    GesteRefuse,
    ServiceSature,
)
from connecteur.licence import phrases
from connecteur.licence.echange import Question
from connecteur.licence.etats import ATTENTE_MAX, Fonction, Motif, Situation, evalue
from connecteur.licence.ports import Depot, Fournisseur, Reponse
from connecteur.licence.souvenir import Souvenir
from sages_commun.contacts import LICENCES
from sages_commun.licence import MESSAGES, CleMalFormee, lit_cle, masque_cle
from sages_commun.systeme import verrou

journal = structlog.get_logger(__name__)

VERROU = "licence.verrou"
RECENT = timedelta(seconds=30)
"""An answer, or a failure, that others need not ask for again."""
DUS_PAR_TOUR = 20
"""Uses owed that are counted at once: the server refuses more than 60 questions per minute and per key."""
PROGRAMME = "connecteur"

SANS_SERVEUR = ConfigurationInvalide(
    "Aucun serveur de licences n’est réglé.",
    remede="Renseignez « licence.serveur » et « licence.cles_publiques » : voyez la page Licences de la documentation.",
)


@dataclass(frozen=True, slots=True)
class Refusee:
    """Why a run may not begin."""

    message: str
    remede: str


class Portail:
    """One per program. Safe to share between threads."""

    def __init__(
        self,
        souvenir: Souvenir,
        depot: Depot,
        fournisseur: Fournisseur | None,
        *,
        grace: timedelta,
        dossier: Path,
        version: str,
        horloge: Callable[[], datetime],
    ) -> None:
        """`fournisseur`: None when no server is set. `dossier`: where the programs of this machine wait in turn."""
        self._souvenir = souvenir
        self._depot = depot
        self._fournisseur = fournisseur
        self._grace = grace
        self._dossier = dossier
        self._version = version
        self._horloge = horloge

    # --- look ---------------------------------------------------------------------------------------------

    def situation(self) -> Situation:
        """What the licence is worth now. The server is not asked; never raises."""
        return evalue(self._souvenir.connu(self._fournisseur, self._horloge()), self._grace)

    def cle(self) -> str | None:
        """The key that is set. Raises `ErreurConnecteur`."""
        return self._souvenir.cle()

    def list_traces(self, limite: int = 50) -> Sequence[Trace]:
        """What happened to the licence on this machine, most recent first. Raises `ErreurConnecteur`."""
        return self._depot.list_traces(self._souvenir.machine(), limite)

    # --- ask ----------------------------------------------------------------------------------------------

    def rafraichis(self, *, qui: str = "") -> Situation:
        """Ask the server when it is time, or now when a person (`qui`) wants it. Never raises for what it answers."""
        avant = self.situation()
        if avant.prochain_contact is None or not (qui or avant.prochain_contact <= self._horloge()):
            return self._note(avant)
        with self._seul():
            situation = self.situation()
            if situation.emis == avant.emis and situation.echec == avant.echec:  # nobody asked meanwhile
                self._demande()
        self._paie()
        apres = self._note(self.situation())
        if qui:
            self._trace("vérification", qui, phrases.phrase(apres).titre)
        return apres

    def ouvre(self) -> Situation:
        """At the start of a program: ask, unless another one of this machine has just done so."""
        situation = self.situation()
        if situation.prochain_contact is not None and not self._vient_de_parler(situation):
            with self._seul():
                if not self._vient_de_parler(self.situation()):
                    self._demande()
        return self._note(self.situation())

    def pose(self, saisie: str, qui: str) -> Situation:
        """Use this key from now on, once the server says that it is valid.

        When the server cannot be reached, it is kept to be verified later, unless a licence is in force. Raises
        `GesteRefuse` when the key may not be used, and what kept the server from being asked.
        """
        try:
            cle = lit_cle(saisie)
        except CleMalFormee as exc:
            raise GesteRefuse(str(exc), remede="Recopiez la clé telle que vous l’avez reçue.") from exc
        if self._fournisseur is None:
            raise SANS_SERVEUR
        with self._seul():
            machine = self._souvenir.nomme_machine()
            try:
                reponse = self._fournisseur.demande(Question(cle, machine, self._version))
            except ErreurConnecteur as exc:
                if not isinstance(exc, ErreurTransitoire) or self.situation().en_vigueur:
                    raise
                self._souvenir.garde_cle(cle)
                self._souvenir.note_echec(_echec(exc, self._horloge()))
                self._trace("clé", qui, f"{masque_cle(cle)} enregistrée, à vérifier")
                return self._note(self.situation())
            if not reponse.bail.valide:
                raise GesteRefuse(MESSAGES[reponse.bail.verdict])
            self._souvenir.garde(cle, reponse, self._horloge())
        self._trace("clé", qui, f"{masque_cle(cle)} enregistrée")
        return self._note(self.situation())

    # --- the gate -----------------------------------------------------------------------------------------

    def permet(self, fonction: Fonction) -> Refusee | None:
        """Why a run of this kind may not be asked for, from what is known; the server is not asked."""
        return self._refus(self.situation(), fonction)

    def admet(self, run: str, fonction: Fonction) -> Refusee | None:
        """Why this run may not begin; None when it may, and one use of the licence is counted, or owed.

        Raises `ErreurTransitoire` when the tampon is away.
        """
        if self._depot.read_passage(run) is not None:
            return None
        situation = self.situation()
        if not situation.permet(fonction):
            situation = self._mendee(situation)
        refus = self._refus(situation, fonction)
        if refus is None:
            self._consomme(run)
            situation = self._note(self.situation())
            refus = self._refus(situation, fonction)
        if refus is not None:
            self._depot.write_passage("", run, None)  # whose machine does not matter: the vault may be damaged
            journal.warning(
                "run refusé par la licence", run=run, etat=situation.etat.value, motif=situation.motif.value
            )
        return refus

    def _mendee(self, situation: Situation) -> Situation:
        """A licence that does not do: perhaps it was mended a moment ago."""
        if situation.prochain_contact is None or self._vient_d_echouer(situation):
            return situation
        with self._seul():
            self._demande()
        return self._note(self.situation())

    def _consomme(self, run: str) -> None:
        """Count one use, or owe it."""
        machine = self._souvenir.machine()
        parti = not self._vient_d_echouer(self.situation()) and self._demande(run) is None
        self._depot.write_passage(machine, run, Passage.COMPTE if parti else Passage.DU)

    def _paie(self) -> None:
        """Count the uses that are owed, now that the server answers."""
        with contextlib.suppress(ErreurTransitoire):
            machine = self._souvenir.machine()
            for _ in range(DUS_PAR_TOUR):
                situation = self.situation()
                if situation.motif is not Motif.EN_REGLE or situation.echec is not None:
                    return
                run = self._depot.read_du(machine)
                if run is None or self._demande(run) is not None:
                    return
                self._depot.write_passage(machine, run, Passage.COMPTE)

    # --- inside -------------------------------------------------------------------------------------------

    def _demande(self, run: str | None = None) -> ErreurConnecteur | None:
        """Ask, and keep what is believed; what went wrong when nothing is. Counts the use of this run."""
        try:
            cle = self._souvenir.cle()
            if self._fournisseur is None or cle is None:
                return SANS_SERVEUR
            machine = self._souvenir.nomme_machine()
            # Machines that share no tampon may give two runs one name.
            utilisation = None if run is None else f"{machine[:12]}:{run}"
            question = Question(cle, machine, self._version, utilisation)
            reponse: Reponse = self._fournisseur.demande(question)
            if self._souvenir.cle() == cle:  # another one was set while the server thought
                self._souvenir.garde(cle, reponse, self._horloge())
        except ErreurConnecteur as exc:
            journal.warning("licence non vérifiée", erreur=exc.message, detail=exc.detail)
            with contextlib.suppress(ErreurConnecteur):
                self._souvenir.note_echec(_echec(exc, self._horloge()))
            return exc
        return None

    def _refus(self, situation: Situation, fonction: Fonction) -> Refusee | None:
        if situation.permet(fonction):
            return None
        dite = phrases.sans_fonction(fonction) if situation.en_vigueur else phrases.phrase(situation)
        return Refusee(dite.message, dite.remede or f"Écrivez à {LICENCES}.")

    def _vient_de_parler(self, situation: Situation) -> bool:
        recent = situation.emis is not None and abs(situation.maintenant - situation.emis) < RECENT
        return recent or self._vient_d_echouer(situation)

    def _vient_d_echouer(self, situation: Situation) -> bool:
        """Or was asked to wait; a failure that the clock, set back since, puts in the far future does not count."""
        echec = situation.echec
        return echec is not None and -ATTENTE_MAX <= self._horloge() - echec.le < RECENT

    def _note(self, situation: Situation) -> Situation:
        """Note a change in the history, once whichever program sees it first."""
        dite = phrases.phrase(situation)
        detail = dite.message if situation.motif is Motif.REFUS else dite.titre
        self._trace("état", PROGRAMME, detail, si_nouveau=True)
        if situation.horloge_reculee:
            self._trace("horloge", PROGRAMME, "reculée", si_nouveau=True)
        return situation

    def _trace(self, geste: str, qui: str, detail: str, *, si_nouveau: bool = False) -> None:
        try:
            self._depot.note(
                self._souvenir.machine(), Trace(self._horloge(), geste, qui, detail), si_nouveau=si_nouveau
            )
        except ErreurConnecteur as exc:
            journal.warning("histoire de la licence non notée", erreur=exc.message)

    @contextlib.contextmanager
    def _seul(self) -> Iterator[None]:
        """One program of this machine at a time; the others then read its answer."""
        with contextlib.ExitStack() as pile:
            # Without the right to write here, better twice than never.
            with contextlib.suppress(OSError):
                self._dossier.mkdir(parents=True, exist_ok=True)
                pile.enter_context(verrou(self._dossier / VERROU))
            yield


def _echec(exc: ErreurConnecteur, horloge: datetime) -> EchecContact:
    # A server that asks for time is not asked before: the wait counts from there.
    attendre = timedelta(seconds=exc.attendre_s or 0) if isinstance(exc, ServiceSature) else timedelta(0)
    return EchecContact(horloge + attendre, exc.message, exc.remede, exc.detail)
