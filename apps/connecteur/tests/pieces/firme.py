"""A small building firm on the real parts: what a person does on either side, and the runs of the connector."""

import itertools
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from types import TracebackType
from typing import Any, Self
from zoneinfo import ZoneInfo

from banc.batisimply import Creneau, Projet, Utilisateur
from connecteur.batigest import Dossier
from connecteur.batisimply.appels import Attentes
from connecteur.batisimply.client import ClientBatisimply
from connecteur.domain.invariant import Constat
from connecteur.domain.run import Fleche, Verdict
from connecteur.errors import ErreurConnecteur
from connecteur.planification.execution import Atelier, ExecuteFleche, Patience, execute_run, incident
from connecteur.planification.rapport import Demande, Etape
from connecteur.planification.suivi import Suivi
from connecteur.settings import ReglagesBatisimply, ReglagesRubriques
from connecteur.sync.run import Bouts, execute_fleche, verifie_dossier
from connecteur.tampon.tampon import Tampon

from .licence import licence_en_vigueur
from .machines import Machines

PARIS = ZoneInfo("Europe/Paris")
MAINTENANT = datetime(2025, 11, 5, 18, 0, tzinfo=PARIS)
"""A Wednesday; the window of these tests holds the last Sunday of October."""
LEA = "5b6f3c1e-0000-4000-8000-000000000001"
MARC = "5b6f3c1e-0000-4000-8000-000000000002"
VALIDE = "VALIDATED"
PATIENCE = Patience(essais=2, premier_delai_s=0.02, verrou_s=5.0)
ATTENTES = Attentes(initiale_s=0.02, entre_essais_max_s=0.1, saturation_max_s=20.0)
NUMEROS = itertools.count(1)

Quantites = tuple[float, float, float]
"""Hours, journey, meal: what SuiviMO's NbH0, NbH3 and NbH4 hold."""


@dataclass(frozen=True)
class Saisie:
    """A slot as a foreman enters it; `debut` is local, « 2025-11-03 08:00 »."""

    id: int
    debut: str
    minutes: int
    projet: int | None = 1
    utilisateur: str | None = LEA
    statut: str = VALIDE
    trajet: bool = False
    panier: bool = False
    fold: int = 0

    @property
    def creneau(self) -> Creneau:
        """As the tenant stores it."""
        debut = datetime.fromisoformat(self.debut).replace(tzinfo=PARIS, fold=self.fold).astimezone(UTC)
        fin = datetime.fromtimestamp(debut.timestamp() + self.minutes * 60, UTC)
        return Creneau(
            self.id, _instant(debut), _instant(fin), self.utilisateur, self.projet, self.statut, self.minutes,
            self.trajet, self.panier,
        )  # fmt: skip


def _instant(moment: datetime) -> str:
    return f"{moment.replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def projet(ident: int, code: str | None, nom: str | None = None, **champs: Any) -> Projet:
    """A project somebody made in BatiSimply."""
    return {"id": ident, "projectCode": code, "projectName": nom, "isArchived": False, **champs}


def chantier(code: str, libelle: str, **colonnes: Any) -> Mapping[str, object]:
    """A row of ChantierDef."""
    return {
        "Code": code, "CodeClient": f"C{code[-3:]}", "NomClient": "M. Élie", "Libelle": libelle,
        "DateDebut": datetime(2025, 9, 1), "DateFin": None, "AdrChantier": "3 rue de l’Église",  # noqa: DTZ001
        "CPChantier": "69003", "VilleChantier": "Lyon", "Etat": "E",
    } | colonnes  # fmt: skip


def salarie(code: str, nom: str, prenom: str, codebs: str | None) -> Mapping[str, object]:
    """A row of Salarie."""
    return {"Code": code, "Nom": nom, "Prenom": prenom, "codebs": codebs}


class Firme:
    """One firm, one dossier of the tampon of its own. The machines are emptied when it begins."""

    def __init__(
        self,
        machines: Machines,
        *,
        maintenant: datetime = MAINTENANT,
        fenetre_jours: int = 12,
        patience: Patience = PATIENCE,
        url_tampon: str | None = None,
    ) -> None:
        self.machines = machines
        self.patience = patience
        self.code = f"firme{next(NUMEROS)}"
        self.maintenant = maintenant
        self._fenetre_jours = fenetre_jours
        self._pile = ExitStack()
        machines.remet_a_neuf()
        self._url = url_tampon or machines.url_tampon
        self.tampon = self._pile.enter_context(Tampon(self._url, self.code, PARIS))
        self.tampon.migre()
        self.licence = self._pile.enter_context(licence_en_vigueur(self._url))
        self.bouts = self.ouvre()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self._pile.close()

    def ouvre(self, reglages: ReglagesBatisimply | None = None, attentes: Attentes = ATTENTES) -> Bouts:
        """The three systems, as the product builds them; closed with the firm."""
        machines = self.machines
        return Bouts(
            batigest=self._pile.enter_context(Dossier(machines.reglages_batigest(), ReglagesRubriques())),
            batisimply=self._pile.enter_context(
                ClientBatisimply(reglages or machines.reglages_batisimply(), attentes=attentes)
            ),
            tampon=self.tampon,
            fuseau=PARIS,
            horloge=lambda: self.maintenant,
            fenetre_jours=self._fenetre_jours,
            tranche_jours=3,
            envois_paralleles=4,
        )

    # --- what people do -----------------------------------------------------------------------------------

    def remplit(
        self,
        chantiers: Iterable[Mapping[str, object]] = (),
        salaries: Iterable[Mapping[str, object]] = (),
        projets: Iterable[Projet] = (),
        saisies: Iterable[Saisie] = (),
    ) -> None:
        """The first morning."""
        lignes = list(chantiers) or [chantier("CH000001", "Réfection d’une toiture"), chantier("CH000002", "Extension")]
        gens = list(salaries) or [salarie("DUPONT", "Dupont", "Léa", LEA), salarie("MARTIN", "Martin", "Marc", MARC)]
        self.machines.ajoute("ChantierDef", *lignes)
        self.machines.ajoute("Salarie", *gens)
        self.machines.batisimply.depot.charge(
            [Utilisateur(LEA, "Léa", "Dupont", "lea@exemple.fr"), Utilisateur(MARC, "Marc", "Martin", "m@exemple.fr")],
            list(projets) or [projet(1, "CH000001"), projet(2, "CH000002")],
            [saisie.creneau for saisie in saisies],
        )

    def saisit(self, *saisies: Saisie) -> None:
        """Enter, or change, slots in BatiSimply."""
        for saisie in saisies:
            self.machines.batisimply.depot.save_creneau(saisie.creneau)

    def supprime(self, saisie: Saisie) -> None:
        """Delete a slot in BatiSimply."""
        assert self.machines.batisimply.depot.delete_creneau(saisie.id)

    def devalide(self, saisie: Saisie) -> None:
        """Withdraw a validation in BatiSimply."""
        self.saisit(replace(saisie, statut="TO_VALIDATE"))

    def suivi(self) -> dict[tuple[str, str, str], Quantites]:
        """SuiviMO: site, employee, start > quantities."""
        lignes = self.machines.sql(
            "SELECT CodeChantier, CodeSalarie, Date, NbH0, NbH3, NbH4 FROM dbo.SuiviMO "
            "ORDER BY Date, CodeChantier, CodeSalarie"
        )
        return {
            (str(c).strip(), str(s).strip(), f"{d:%Y-%m-%d %H:%M}"): (round(h, 6), t or 0, p or 0)
            for c, s, d, h, t, p in lignes
        }

    def projets(self) -> list[Projet]:
        """The projects of BatiSimply, without what only tells when and in which order they were made."""
        horodatages = {"id", "lastModifiedDate"}
        bruts = self.machines.batisimply.depot.list_projets()
        propres = [{cle: valeur for cle, valeur in brut.items() if cle not in horodatages} for brut in bruts]
        return sorted(propres, key=lambda p: (str(p.get("projectCode")), str(p)))

    # --- what the connector does --------------------------------------------------------------------------

    def execute(
        self,
        fleche: Fleche,
        *,
        bouts: Bouts | None = None,
        execute: ExecuteFleche | None = None,
    ) -> Etape:
        """One arrow in a run of its own, as the engine carries it out."""
        etapes: list[Etape] = []

        def pas(_nom: str, fait: Callable[[], dict[str, Any]]) -> dict[str, Any]:
            valeurs = fait()
            etapes.append(Etape.de_json(valeurs))
            return valeurs

        choisis = bouts or self.bouts
        run = f"{self.code}-{next(NUMEROS)}"
        registre = self.tampon.runs
        atelier = Atelier(
            execute or (lambda f, r, p, suivante: execute_fleche(f, choisis, r, p, suivante)),
            registre,
            self.tampon.exclusif,
            self.licence,
            self.patience,
        )
        try:
            verdict = execute_run(atelier, Demande(run, fleche, "essai"), Suivi(run, registre, threading.Event()), pas)
        except ErreurConnecteur as exc:  # as the engine does; nothing could be noted
            return Etape(fleche, Verdict.ECHEC, erreur=incident(exc))
        note = registre.lit(run)
        assert note is not None
        assert note.verdict is verdict
        return etapes[0] if etapes else Etape(fleche, verdict, erreur=note.erreur)

    def synchronise(self) -> list[Etape]:
        """The four arrows."""
        return [self.execute(fleche) for fleche in Fleche]

    def heures(self) -> list[Etape]:
        """The flow of the heures."""
        return [self.execute(fleche) for fleche in (Fleche.PULL_HEURES, Fleche.PUSH_HEURES)]

    def verifie(self) -> Constat:
        """The invariant."""
        return verifie_dossier(self.bouts)


def ecritures(etapes: Iterable[Etape]) -> int:
    """How many records were written at the far ends."""
    return sum(etape.bilan.ecritures for etape in etapes if etape.bilan is not None)


JOUR = date(2025, 11, 3)
"""A Monday of the window."""
