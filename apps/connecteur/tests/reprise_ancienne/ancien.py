"""The previous generation, as it was: it reads slots into its tampon, and writes one line per slot, badly."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import psycopg
from apps.connecteur.tests.pieces.machines import Machines

from banc.batisimply import Creneau
from banc.donnees import Jeu

PARIS = ZoneInfo("Europe/Paris")
VALIDE = "VALIDATED"
TABLES = """
CREATE TABLE batigest_chantiers (code text, date_debut date, date_fin date, nom_client text, description text,
    adr_chantier text, cp_chantier text, ville_chantier text, total_mo numeric, sync boolean, sync_date timestamp,
    last_modified_batisimply timestamp, last_modified_batigest timestamp);
CREATE TABLE batigest_devis (LIKE batigest_chantiers);
CREATE TABLE batigest_heures (id_heure bigint, date_debut timestamp, date_fin timestamp, id_utilisateur uuid,
    id_projet integer, status_management text, total_heure integer, panier boolean, trajet boolean, code_projet text,
    sync boolean);
CREATE TABLE batigest_heures_map (id_heure bigint, code_chantier text, code_salarie text, date_sqlserver timestamp);
"""

Cle = tuple[str, str, datetime]
"""Site, employee, local start."""


@dataclass
class AncienConnecteur:
    """One installation. `ecrit` plays a run; the rest says what a report must find."""

    machines: Machines
    jeu: Jeu
    source: str
    map: list[tuple[int, Cle]] = field(default_factory=list)
    lignes: dict[Cle, tuple[float, int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._codes = {int(p["id"]): str(p["projectCode"] or "").strip().upper() for p in self.jeu.projets}
        self._chantiers = {str(c["Code"]).strip().upper() for c in self.jeu.chantiers}
        self._salaries = {
            str(s["codebs"]).lower(): str(s["Code"]).strip().upper() for s in self.jeu.salaries if s["codebs"]
        }
        self.etrangeres = {
            (str(s["CodeChantier"]).strip().upper(), str(s["CodeSalarie"]).strip().upper(), s["Date"])
            for s in self.jeu.suivi
        }

    def cle(self, creneau: Creneau) -> Cle | None:
        """Where a slot goes; None when it goes nowhere."""
        chantier = self._codes.get(creneau.projet or 0, "")
        salarie = self._salaries.get((creneau.utilisateur or "").lower())
        if chantier not in self._chantiers or salarie is None or creneau.minutes is None:
            return None
        debut = datetime.fromisoformat(creneau.debut).astimezone(PARIS)
        return chantier, salarie, debut.replace(tzinfo=None, second=0, microsecond=0, fold=0)

    def ecrit(self, sautes: set[int], jusque: date) -> None:
        """Read all slots, write a line for each validated one: a later slot of the same minute takes the line over."""
        for creneau in self.jeu.creneaux:
            cle = self.cle(creneau)
            if cle is None or creneau.statut != VALIDE or creneau.id in sautes or cle[2].date() > jusque:
                continue
            if cle in self.etrangeres:
                continue  # a line of another program: these are not what is tested here
            assert creneau.id is not None
            assert creneau.minutes is not None
            self.map.append((creneau.id, cle))
            self.lignes[cle] = (creneau.minutes / 60, int(creneau.trajet), int(creneau.panier))
        self.machines.ajoute(
            "SuiviMO",
            *(
                {"CodeChantier": c, "CodeSalarie": s, "Date": d, "NbH0": h, "NbH3": t, "NbH4": p}
                for (c, s, d), (h, t, p) in self.lignes.items()
            ),
        )
        with psycopg.connect(self.source) as connexion, connexion.cursor() as curseur:
            curseur.execute(TABLES.encode())
            curseur.executemany(
                "INSERT INTO batigest_heures VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, true)",
                [self._rangee(c) for c in self.jeu.creneaux],
            )
            curseur.executemany(
                "INSERT INTO batigest_heures_map VALUES (%s, %s, %s, %s)",
                [(ident, *cle) for ident, cle in self.map],
            )

    def _rangee(self, c: Creneau) -> tuple[object, ...]:
        debut, fin = (None if t is None else datetime.fromisoformat(t).astimezone(UTC) for t in (c.debut, c.fin))
        return (
            c.id, debut and debut.replace(tzinfo=None), fin and fin.replace(tzinfo=None), c.utilisateur, c.projet,
            c.statut, c.minutes, c.panier, c.trajet, self._codes.get(c.projet or 0),
        )  # fmt: skip

    def seuls(self) -> list[Creneau]:
        """The written slots that have their line for themselves, the last ones first."""
        combien = Counter(cle for _, cle in self.map)
        par_id = {c.id: c for c in self.jeu.creneaux}
        return [par_id[ident] for ident, cle in reversed(self.map) if combien[cle] == 1]

    def modifie(self, creneau: Creneau, **champs: object) -> Creneau:
        """Change a slot in BatiSimply, behind the old connector's back."""
        change = replace(creneau, **champs)  # type: ignore[arg-type]
        self.machines.batisimply.depot.save_creneau(change)
        return change
