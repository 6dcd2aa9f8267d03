"""Who is who, in memory, as `tampon.salaries` keeps it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal

from connecteur.domain.correspondance import Correspondance, EtatCorrespondance
from connecteur.domain.heure import normalise_code
from connecteur.domain.salarie import Salarie, Utilisateur
from connecteur.sync.ports import CreneauStocke, Evenement
from connecteur.tampon.memoire_rejets import RejetsMemoire
from connecteur.tampon.salaries import (
    MOTIFS_SALARIE,
    check_association,
    ecrit_par_batigest,
    evenement_association,
    evenement_dissociation,
    pas_associe,
)
from connecteur.tampon.textes import propre


@dataclass
class SalariesMemoire(RejetsMemoire):
    """Employees, users and mappings, without a database."""

    _salaries: dict[str, tuple[Salarie, bool]] = field(init=False, default_factory=dict)
    """Compared code > the employee, and whether he or she still is in Batigest."""
    _correspondances: dict[str, Correspondance] = field(init=False, default_factory=dict)

    def store_salaries(self, salaries: Sequence[Salarie], run: str) -> None:  # noqa: ARG002
        """See `DepotSalaries`."""
        lus = {propre(normalise_code(salarie.code)): salarie for salarie in salaries}
        partis = {cle: (salarie, False) for cle, (salarie, _) in self._salaries.items() if cle not in lus}
        self._salaries = partis | {cle: (salarie, True) for cle, salarie in lus.items()}

    def list_salaries(self, *, partis: bool = False) -> list[Salarie]:
        """See `DepotSalaries`."""
        gardes = [salarie for salarie, present in self._salaries.values() if present or partis]
        return sorted(gardes, key=lambda s: (s.nom.lower(), s.prenom.lower(), normalise_code(s.code)))

    def list_utilisateurs(self) -> list[Utilisateur]:
        """See `DepotSalaries`."""
        presents = sorted(self._creneaux_presents(), key=lambda stocke: stocke.creneau.debut)
        derniers = {s.creneau.utilisateur: s.creneau for s in presents if s.creneau.utilisateur}
        combien = Counter(stocke.creneau.utilisateur for stocke in presents)
        attente: dict[str | None, list[int]] = {}
        for stocke in presents:
            if stocke.creneau.valide and stocke.motif in MOTIFS_SALARIE:
                attente.setdefault(stocke.creneau.utilisateur, []).append(max(stocke.creneau.minutes or 0, 0))
        return sorted(
            (
                Utilisateur(
                    ident,
                    dernier.nom_utilisateur,
                    combien[ident],
                    dernier.debut,
                    len(attente.get(ident, ())),
                    Decimal(sum(attente.get(ident, ()))) / 60,
                )
                for ident, dernier in derniers.items()
                if ident is not None
            ),
            key=lambda u: (u.nom, u.id),
        )

    def list_correspondances(self) -> list[Correspondance]:
        """See `DepotSalaries`."""
        return [self._correspondances[utilisateur] for utilisateur in sorted(self._correspondances)]

    def mark_correspondances(self, etats: Mapping[str, EtatCorrespondance], run: str) -> None:
        """See `DepotSalaries`."""
        for utilisateur, etat in etats.items():
            lien = self._correspondances.get(utilisateur)
            if lien is not None and lien.etat is not etat:
                self._correspondances[utilisateur] = replace(lien, etat=etat)
                self.note(
                    Evenement(
                        f"run {run}",
                        "constater",
                        "salarie",
                        utilisateur,
                        avant={"salarie": lien.code_salarie, "etat": lien.etat.value},
                        apres={"salarie": lien.code_salarie, "etat": etat.value},
                    )
                )

    def associe_salarie(self, utilisateur: str, code: str, qui: str, *, partage: bool = False) -> Correspondance:
        """See `DepotSalaries`."""
        utilisateur, salaries, avant = utilisateur.strip().lower(), self.list_salaries(), self.list_correspondances()
        code = ecrit_par_batigest(code.strip(), salaries)
        connus = [connu.id for connu in self.list_utilisateurs()]
        check_association(utilisateur, code, connus, salaries, avant, partage=partage)
        deja = self._correspondances.get(utilisateur)
        apres = deja or Correspondance(utilisateur, code, qui, datetime.now(UTC))
        if partage and apres.partage_par is None:
            apres = replace(apres, partage_par=qui)
        self._correspondances[utilisateur] = apres
        if apres != deja:
            self.note(evenement_association(qui, deja, apres))
        return apres

    def dissocie_salarie(self, utilisateur: str, qui: str) -> None:
        """See `DepotSalaries`."""
        utilisateur = utilisateur.strip().lower()
        lien = self._correspondances.pop(utilisateur, None)
        if lien is None:
            raise pas_associe(utilisateur)
        self.note(evenement_dissociation(qui, lien))

    def _creneaux_presents(self) -> list[CreneauStocke]:
        """The slots that are known and not gone."""
        raise NotImplementedError
