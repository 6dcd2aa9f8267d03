"""A dossier in memory that remembers who typed what last, and refuses to lose what a person typed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from connecteur.domain.heure import CleSuivi, Quantites
from connecteur.domain.plan import Action, Geste
from connecteur.sync.memoire import BatigestMemoire
from connecteur.sync.ports import Ecrites


@dataclass
class BatigestObserve(BatigestMemoire):
    """A dossier that checks, at the moment a row is written, that it may be."""

    a_la_main: dict[CleSuivi, Quantites | None] = field(default_factory=dict)
    """What a person typed last on a key (None: deleted), while the connector has not written there since."""
    notres: dict[CleSuivi, Quantites] = field(default_factory=dict)
    """What the connector holds as its own there."""
    permis: Callable[[Action], bool] = lambda _action: True
    adoptee: Callable[[CleSuivi, Quantites | None], bool] = lambda _cle, _quantites: False

    def write_lignes(self, actions: Sequence[Action]) -> Ecrites:
        avant = self.photo()
        for action in actions:
            cle, la = action.cle, avant.get(action.cle)
            if cle in self.a_la_main and self.a_la_main[cle] == la == action.avant:
                comme_nous = la == self.notres.get(cle) or self.adoptee(cle, la)
                assert comme_nous or self.permis(action), ("a person's entry would be lost", action)
            assert self.permis(action) or action.geste is not Geste.RENDRE, ("nobody asked to undo", action)
        try:
            return BatigestMemoire.write_lignes(self, actions)
        finally:
            apres = self.photo()
            for action in actions:
                if apres.get(action.cle) != avant.get(action.cle):
                    self._note(action)

    def photo(self) -> dict[CleSuivi, Quantites]:
        return {ligne.cle: ligne.quantites for ligne in self.suivi}

    def _note(self, action: Action) -> None:
        cle = action.cle
        self.a_la_main.pop(cle, None)
        self.notres.pop(cle, None)
        if action.geste is Geste.RENDRE:
            self.a_la_main[cle] = action.apres
            if action.base is not None:
                self.notres[cle] = action.base
        elif action.apres is not None and action.geste is not Geste.VIDER:
            self.notres[cle] = action.apres
