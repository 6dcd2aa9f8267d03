"""What the pages need, as few-method Protocols: `cli.pages` gives the real things, the tests demonstration ones.

Calls are synchronous and may block for a query of the tampon, never for a call to Batigest or BatiSimply: only
`Lecture` does that, and the pages leave it to threads of its own. They raise `ErreurConnecteur` and nothing else
that is expected.
"""

from connecteur.web.services.alertes import Alertes
from connecteur.web.services.chantiers import Chantiers
from connecteur.web.services.dossier import Dossier, Horloge, Services
from connecteur.web.services.etat import Etat, NomSysteme, Systeme
from connecteur.web.services.heures import Creneaux, Imports, Lecture
from connecteur.web.services.horaires import Horaires
from connecteur.web.services.licence import Licence, LicenceDossier
from connecteur.web.services.litiges import Lignes
from connecteur.web.services.reglages import Reglage, Reglages
from connecteur.web.services.runs import Avancement, Lanceur, Run, Runs
from connecteur.web.services.salaries import Codebs, Salaries
from connecteur.web.services.tampon import Audit, Installation, Rejets

__all__ = [
    "Alertes",
    "Audit",
    "Avancement",
    "Chantiers",
    "Codebs",
    "Creneaux",
    "Dossier",
    "Etat",
    "Horaires",
    "Horloge",
    "Imports",
    "Installation",
    "Lanceur",
    "Lecture",
    "Licence",
    "LicenceDossier",
    "Lignes",
    "NomSysteme",
    "Reglage",
    "Reglages",
    "Rejets",
    "Run",
    "Runs",
    "Salaries",
    "Services",
    "Systeme",
]
