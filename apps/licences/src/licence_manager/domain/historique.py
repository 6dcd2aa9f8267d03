"""What happened to a licence, written once and never changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Geste(StrEnum):
    """What was done."""

    CREATION = "creation"
    IMPORT = "import"
    MODIFICATION = "modification"
    DESACTIVATION = "desactivation"
    REACTIVATION = "reactivation"
    PROLONGATION = "prolongation"
    ARCHIVAGE = "archivage"
    NOUVELLE_CLE = "nouvelle_cle"
    MACHINE_AJOUTEE = "machine_ajoutee"
    MACHINE_RETIREE = "machine_retiree"
    RAPPEL = "rappel"
    ROTATION = "rotation"
    LIVRAISON = "livraison"
    EXPORT = "export"


GESTES_FR: dict[Geste, str] = {
    Geste.CREATION: "Licence créée",
    Geste.IMPORT: "Licence importée",
    Geste.MODIFICATION: "Licence modifiée",
    Geste.DESACTIVATION: "Licence désactivée",
    Geste.REACTIVATION: "Licence réactivée",
    Geste.PROLONGATION: "Licence prolongée",
    Geste.ARCHIVAGE: "Licence archivée",
    Geste.NOUVELLE_CLE: "Nouvelle clé délivrée",
    Geste.MACHINE_AJOUTEE: "Machine enregistrée",
    Geste.MACHINE_RETIREE: "Machine retirée",
    Geste.RAPPEL: "Rappel d’échéance envoyé",
    Geste.ROTATION: "Clé de signature changée",
    Geste.LIVRAISON: "Clé de signature livrée aux connecteurs",
    Geste.EXPORT: "Clés de licences exportées",
}


@dataclass(frozen=True, slots=True)
class Evenement:
    """Who did what, to which licence (None: to the program itself), when."""

    geste: Geste
    qui: str
    le: datetime
    licence: int | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    id: int = 0
    """Its rank in the history, once written."""
