"""What the pages need, as few-method Protocols: `bootstrap` gives the real things, the tests give demonstration ones.

Calls are synchronous and may block for a query of the tampon, never for a call to Batigest or BatiSimply: only
`Lecture` does that, and the pages leave it to threads of its own. They raise `ErreurConnecteur` and nothing else
that is expected.
"""

from connecteur.web.services.dossier import Dossier, Horloge, Services
from connecteur.web.services.etat import Etat, NomSysteme, Systeme
from connecteur.web.services.lecture import Lecture
from connecteur.web.services.reglages import Reglage, Reglages
from connecteur.web.services.runs import Avancement, Lanceur, Run, Runs
from connecteur.web.services.tampon import Audit, Installation, Rejets

__all__ = [
    "Audit",
    "Avancement",
    "Dossier",
    "Etat",
    "Horloge",
    "Installation",
    "Lanceur",
    "Lecture",
    "NomSysteme",
    "Reglage",
    "Reglages",
    "Rejets",
    "Run",
    "Runs",
    "Services",
    "Systeme",
]
