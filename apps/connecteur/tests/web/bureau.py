"""What the office of an imaginary firm decides: settings, and the trail of who did what. Kept in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from connecteur.domain.rejet import ObjetRejet, Rejet
from connecteur.settings import ReglagesDossier
from connecteur.settings.surcharge import list_effectifs, valide
from connecteur.sync.ports import Evenement, EvenementNote
from connecteur.tampon.memoire_rejets import RejetsMemoire

JOUR = date(2025, 6, 23)
HEURE = datetime(2025, 6, 24, 6, 20, tzinfo=UTC)


@dataclass(frozen=True)
class ReglageDemo:
    cle: str
    valeur: object
    fichier: object
    change: bool
    modifie_le: datetime | None = None
    modifie_par: str = ""


class RejetsDemo(RejetsMemoire):
    """The rejets of the tampon in memory, as they were on a given day."""

    def charge(self, rejets: Sequence[Rejet]) -> None:
        """These are open, most recent first."""
        self.rejets.clear()
        for objet in ObjetRejet:
            self._ouvre_rejets(objet, [(un, JOUR) for un in reversed(rejets) if un.objet is objet], "r-hier")
        for rang, suivi in enumerate(self.rejets):
            self.rejets[rang] = replace(suivi, premier_le=HEURE - timedelta(days=1), dernier_le=HEURE, tentatives=4)

    def _oublie_jour(self, jour: date) -> None:
        """Nothing is remembered of days here."""


@dataclass
class Bureau:
    """Settings and audit trail."""

    fichier: ReglagesDossier = field(default_factory=ReglagesDossier)
    changes: dict[str, tuple[object, str]] = field(default_factory=dict)
    evenements: list[EvenementNote] = field(default_factory=list)

    def list_reglages(self) -> Sequence[ReglageDemo]:
        valeurs = {cle: valeur for cle, (valeur, _) in self.changes.items()}
        return [
            ReglageDemo(
                un.cle,
                un.valeur,
                un.fichier,
                un.surcharge,
                HEURE if un.surcharge else None,
                self.changes[un.cle][1] if un.surcharge else "",
            )
            for un in list_effectifs(self.fichier, valeurs)
        ]

    def read_systemes(self) -> Mapping[str, Mapping[str, object]]:
        return {
            "batigest": {"serveur": "srv-durand\\SAGEBAT", "port": None, "mot_de_passe": "••••••", "chiffrement": True},
            "batisimply": {"url_api": "https://api.exemple.invalid", "client_secret": "", "delai_s": 60},
        }

    def change_reglage(self, cle: str, valeur: object, qui: str, /) -> None:
        valeurs = {nom: une for nom, (une, _) in self.changes.items()}
        retenue = valide(self.fichier, valeurs, cle, valeur)
        avant = None if cle not in valeurs else {"valeur": valeurs[cle]}
        self.changes[cle] = (retenue, qui)
        self.note(Evenement(qui, "changer", "reglage", cle, avant=avant, apres={"valeur": retenue}))

    def retire_reglage(self, cle: str, qui: str, /) -> bool:
        if self.changes.pop(cle, None) is None:
            return False
        self.note(Evenement(qui, "retirer", "reglage", cle))
        return True

    def note(self, evenement: Evenement) -> None:
        rang = len(self.evenements) + 1
        self.evenements.insert(0, EvenementNote(rang, HEURE + timedelta(minutes=rang), evenement))

    def list_evenements(
        self, objet: str | None = None, cle: str | None = None, limite: int = 200, avant: int | None = None
    ) -> Sequence[EvenementNote]:
        return [
            un
            for un in self.evenements
            if (objet is None or un.evenement.objet == objet)
            and (cle is None or un.evenement.cle == cle)
            and (avant is None or un.id < avant)
        ][:limite]
