"""What the Licence Manager and the connector must agree on: the key a firm types, and the signed lease.

Only public keys pass through here; the private key lives in the Licence Manager alone.
"""

from sages_commun.licence.bail import Bail, FaitsLicence
from sages_commun.licence.cle import CleMalFormee, condense_cle, lit_cle, make_cle, masque_cle
from sages_commun.licence.verdict import MESSAGES, Verdict
from sages_commun.licence.verification import (
    PHRASES_REFUS,
    BailRefuse,
    ClePubliqueIllisible,
    ClesPubliques,
    Refus,
    kid_de,
    lit_cles_publiques,
    verifie_bail,
)

__all__ = [
    "MESSAGES",
    "PHRASES_REFUS",
    "Bail",
    "BailRefuse",
    "CleMalFormee",
    "ClePubliqueIllisible",
    "ClesPubliques",
    "FaitsLicence",
    "Refus",
    "Verdict",
    "condense_cle",
    "kid_de",
    "lit_cle",
    "lit_cles_publiques",
    "make_cle",
    "masque_cle",
    "verifie_bail",
]
