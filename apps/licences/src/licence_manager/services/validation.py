"""`POST /api/validate` without HTTP: the verdict on one key, in a signed lease.

Every question takes the same way, whatever the key is worth: counted, looked up once, judged, noted, signed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from licence_manager.domain.jugement import Presence, juge
from licence_manager.domain.licence import Licence
from licence_manager.domain.suivi import AUCUNE_LICENCE, Passage
from licence_manager.errors import ErreurLicences
from licence_manager.repository.cles import DepotCles
from licence_manager.repository.connexion import transaction
from licence_manager.repository.validations import DepotValidations, Prise
from licence_manager.services.contexte import Contexte
from licence_manager.services.debit import Debit, compte_adresse
from licence_manager.services.suivi import Suivi
from sages_commun.licence.bail import Bail, FaitsLicence
from sages_commun.licence.cle import CleMalFormee, condense_cle, lit_cle
from sages_commun.licence.verdict import MESSAGES, Verdict

if TYPE_CHECKING:
    from licence_manager.signing.signataire import Signataire

BAIL_DE_REFUS = timedelta(minutes=5)
"""How long a refusal holds: mended at once when the firm is in order again."""


@dataclass(frozen=True, slots=True)
class Regles:
    """What the operator sets."""

    debit_adresse: int
    debit_cle: int
    rafraichir: timedelta
    duree: timedelta


@dataclass(frozen=True, slots=True)
class Demande:
    """What a connector asks."""

    saisie: str
    adresse: str
    machine: str | None = None
    version: str | None = None
    nonce: str | None = None
    consomme: bool = False
    utilisation: str | None = None
    """Names the use that is counted: asked again, it is the same one."""


@dataclass(frozen=True, slots=True)
class Reponse:
    """The verdict, and the same signed."""

    bail: Bail
    jeton: str


class Validation:
    """Answers connectors. Safe to share between threads."""

    def __init__(self, contexte: Contexte, regles: Regles, debit: Debit, suivi: Suivi) -> None:
        self._contexte = contexte
        self._regles = regles
        self._debit = debit
        self._suivi = suivi
        self._depot = DepotValidations(contexte.moteur, contexte.rapide, contexte.coffre)
        self._signataire: Signataire | None = None

    def validate_licence(self, demande: Demande) -> Reponse:
        """The verdict. Raises `TropDeDemandes`, `BaseIndisponible`."""
        maintenant = self._contexte.maintenant()
        self._debit.passe(compte_adresse(demande.adresse), self._regles.debit_adresse, maintenant)
        cle, bien_formee = _lit(demande.saisie)
        empreinte = self._contexte.coffre.empreinte(cle)
        self._debit.passe(empreinte, self._regles.debit_cle, maintenant)
        trouvee = self._depot.find(empreinte, demande.machine)
        licence = trouvee.licence
        verdict = juge(licence, trouvee.presence, maintenant) if bien_formee else Verdict.MAL_FORMEE
        if licence is not None and _prend(demande, verdict, trouvee.presence):
            prise = Prise(demande.machine, demande.version, demande.consomme, demande.utilisation)
            verdict, licence = self._depot.take(licence.id, prise, maintenant)
        self._suivi.note(_passage(demande, licence, verdict, maintenant))
        bail = self._bail(demande, cle, licence, verdict, maintenant)
        return Reponse(bail, self._signe(bail))

    def reload_signataire(self) -> None:
        """Take the key that signs now: another process may have turned it. Raises `BaseIndisponible`."""
        with transaction(self._contexte.moteur) as connexion:
            signataire = DepotCles(connexion, self._contexte.coffre).read_signataire()
        if signataire is None:
            raise ErreurLicences("Aucune clé de signature : lancez « licence-manager migrate ».")
        self._signataire = signataire

    def _signe(self, bail: Bail) -> str:
        if self._signataire is None:
            self.reload_signataire()
        if self._signataire is None:
            raise RuntimeError("no signing key was loaded")
        return self._signataire.signe(bail)

    def _bail(self, demande: Demande, cle: str, licence: Licence | None, verdict: Verdict, emis: datetime) -> Bail:
        if verdict is Verdict.VALIDE and licence is not None:
            expire = max(emis, min(emis + self._regles.duree, licence.expire_le))
            rafraichir = min(emis + self._regles.rafraichir, expire)
        else:
            rafraichir, expire = emis, emis + BAIL_DE_REFUS
        return Bail(
            verdict=verdict,
            message=MESSAGES[verdict],
            condense=condense_cle(cle),
            machine=demande.machine,
            nonce=demande.nonce,
            emis=emis,
            a_rafraichir=rafraichir,
            expire=expire,
            licence=None if licence is None else _faits(licence),
        )


def _lit(saisie: str) -> tuple[str, bool]:
    """The key that was meant; what was typed when it is none, looked up all the same so that it takes as long."""
    try:
        return lit_cle(saisie), True
    except CleMalFormee:
        return saisie, False


def _prend(demande: Demande, verdict: Verdict, presence: Presence) -> bool:
    """Whether the answer waits for something to be written."""
    if verdict is Verdict.LIMITE_UTILISATIONS:  # the last use may be this very one, asked for again
        return demande.consomme and demande.utilisation is not None
    nouvelle = demande.machine is not None and not presence.connue
    return verdict is Verdict.VALIDE and (demande.consomme or nouvelle)


def _passage(demande: Demande, licence: Licence | None, verdict: Verdict, le: datetime) -> Passage:
    return Passage(
        licence=AUCUNE_LICENCE if licence is None else licence.id,
        le=le,
        verdict=verdict,
        machine=demande.machine,
        version=demande.version,
        consomme=demande.consomme and verdict is Verdict.VALIDE,
    )


def _faits(licence: Licence) -> FaitsLicence:
    fiche = licence.fiche
    return FaitsLicence(
        client=fiche.client,
        entreprise=fiche.entreprise,
        expire=licence.expire_le,
        fonctions=tuple(sorted(fiche.fonctions)),
        utilisations=licence.utilisations,
        utilisations_max=fiche.utilisations_max,
        machines_max=fiche.machines_max,
    )
