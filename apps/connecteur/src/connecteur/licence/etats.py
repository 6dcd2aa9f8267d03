"""The rules: what a firm may do, from what the licence server last said and where time stands. Pure.

`valide > à rafraîchir > période de grâce > expirée` while the server cannot be reached; `expirée` or `refusée` as soon
as it says so, until it says otherwise. A lease never runs past the end of its licence, so the grace that follows it
covers a firm that renewed and whose Internet is down; it never runs past the lease and the grace.
"""

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from connecteur.domain.licence import EchecContact, Repere
from sages_commun.licence import Bail, FaitsLicence, Refus, Verdict

REESSAI = timedelta(minutes=5)
"""Between two contacts, while something is wrong."""
ATTENTE_MAX = timedelta(hours=1)
"""The longest that a server may ask to be left in peace."""
JOUR = timedelta(days=1)


class Etat(StrEnum):
    """What the licence is worth here."""

    VALIDE = "valide"
    A_RAFRAICHIR = "à rafraîchir"
    GRACE = "période de grâce"
    EXPIREE = "expirée"
    REFUSEE = "refusée"
    ABSENTE = "absente"


EN_VIGUEUR = frozenset({Etat.VALIDE, Etat.A_RAFRAICHIR, Etat.GRACE})
"""New runs may start."""


class Motif(StrEnum):
    """Why. The values travel in the API and never change."""

    EN_REGLE = "en_regle"
    SANS_CONTACT = "sans_contact"
    ECHEANCE_SANS_CONTACT = "echeance_sans_contact"
    GRACE_EPUISEE = "grace_epuisee"
    REFUS = "refus"
    """`Situation.verdict` says which."""
    SANS_CLE = "sans_cle"
    JAMAIS_VERIFIEE = "jamais_verifiee"
    BAIL_REFUSE = "bail_refuse"
    COFFRE_ILLISIBLE = "coffre_illisible"


class Fonction(StrEnum):
    """What a licence lets the connector do."""

    CHANTIER = "chantier"
    DEVIS = "devis"
    HEURES = "heures"


@dataclass(frozen=True, slots=True)
class Connu:
    """Everything the rules look at."""

    cle: bool
    """Whether a key is set."""
    bail: Bail | None
    """The last answer of the server that is believed."""
    repere: Repere
    """Where time stands, at the clock of now."""
    refus: Refus | None = None
    """Why the lease that is kept is not believed."""
    echec: EchecContact | None = None
    panne: EchecContact | None = None
    """What keeps the vault from being read."""

    @property
    def maintenant(self) -> datetime:
        """The time for every comparison with what the server said."""
        return self.repere.atteint


@dataclass(frozen=True, slots=True)
class Situation:
    """What the licence is worth now. Instants are aware."""

    etat: Etat
    motif: Motif
    maintenant: datetime
    prochain_contact: datetime | None = None
    """When the server is asked again by itself, by this machine's clock; None: there is nothing to ask."""
    fin: datetime | None = None
    """When runs stop starting unless the server answers; None when they do not start."""
    verdict: Verdict | None = None
    refus: Refus | None = None
    emis: datetime | None = None
    """The time of the last believed answer."""
    faits: FaitsLicence | None = None
    echec: EchecContact | None = None
    horloge_reculee: bool = False

    @property
    def en_vigueur(self) -> bool:
        """Whether new runs may start."""
        return self.etat in EN_VIGUEUR

    @property
    def terme(self) -> datetime | None:
        """What a person counts down to: the end of the grace, else that of the licence when it is known."""
        if self.etat is Etat.GRACE or self.faits is None:
            return self.fin
        return self.faits.expire

    @property
    def jours_restants(self) -> int | None:
        """Days before `terme`, the one begun included; None when new runs do not start."""
        if not self.en_vigueur or self.terme is None:
            return None
        return max(0, math.ceil((self.terme - self.maintenant) / JOUR))

    def permet(self, fonction: Fonction) -> bool:
        """Whether a new run of this kind may start. A provider that says nothing of functions allows them all."""
        return self.en_vigueur and (self.faits is None or fonction.value in self.faits.fonctions)


def evalue(connu: Connu, grace: timedelta) -> Situation:
    """The situation."""
    maintenant, bail = connu.maintenant, connu.bail
    vide = Situation(
        Etat.ABSENTE, Motif.SANS_CLE, maintenant, echec=connu.echec, horloge_reculee=connu.repere.en_arriere
    )
    if connu.panne is not None:
        return replace(vide, motif=Motif.COFFRE_ILLISIBLE, echec=connu.panne)
    if not connu.cle:
        return vide
    if bail is None:
        motif = Motif.JAMAIS_VERIFIEE if connu.refus is None else Motif.BAIL_REFUSE
        return replace(vide, motif=motif, prochain_contact=_prochain(connu, maintenant), refus=connu.refus)
    dite = replace(vide, verdict=bail.verdict, emis=bail.emis, faits=bail.licence)
    if not bail.valide:
        etat = Etat.EXPIREE if bail.verdict is Verdict.EXPIREE else Etat.REFUSEE
        return replace(dite, etat=etat, motif=Motif.REFUS, prochain_contact=_prochain(connu, bail.emis + REESSAI))
    etat, motif = _hors_contact(bail, maintenant, grace)
    return replace(
        dite,
        etat=etat,
        motif=motif,
        prochain_contact=_prochain(connu, bail.a_rafraichir),
        fin=bail.expire + grace if etat in EN_VIGUEUR else None,
    )


def _hors_contact(bail: Bail, maintenant: datetime, grace: timedelta) -> tuple[Etat, Motif]:
    """What a valid lease is still worth."""
    if maintenant < bail.a_rafraichir:
        return Etat.VALIDE, Motif.EN_REGLE
    if maintenant < bail.expire:
        return Etat.A_RAFRAICHIR, Motif.SANS_CONTACT
    if maintenant >= bail.expire + grace:
        return Etat.EXPIREE, Motif.GRACE_EPUISEE
    # The lease was cut short by the end of the licence itself: perhaps it was renewed, and we cannot know.
    echue = bail.licence is not None and maintenant >= bail.licence.expire
    return Etat.GRACE, Motif.ECHEANCE_SANS_CONTACT if echue else Motif.SANS_CONTACT


def _prochain(connu: Connu, voulu: datetime) -> datetime:
    """When to ask next, by this machine's clock: as wanted, but not at once again after a failure."""
    a_l_horloge = connu.repere.horloge + (voulu - connu.maintenant)
    if connu.echec is None:
        return a_l_horloge
    # A failure that the clock, set back since, puts in the far future is not waited for until then.
    le = connu.echec.le if connu.echec.le <= connu.repere.horloge + ATTENTE_MAX else connu.repere.horloge
    return max(a_l_horloge, le + REESSAI)
