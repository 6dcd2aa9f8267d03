"""What stands in SuiviMO otherwise than the slots say: conflicts, lines taken over, closed periods; and since when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from connecteur.domain.datation import Datation
from connecteur.domain.heure import CleSuivi
from connecteur.domain.periode import Tranche
from connecteur.domain.plan import Action, Geste
from connecteur.domain.reglement import Changement, Dates, dates_de
from connecteur.domain.rejet import Rejet
from connecteur.sync.ports.litiges import Dispute
from connecteur.tampon import rejets
from connecteur.tampon.actions import LigneAction, Nombres, action_de, prepare, quantites_de
from connecteur.tampon.connexion import Connexions

# A slice with an open note is looked at again, whatever the caller believes; and so is one about which somebody decided
# since it was last settled: this run may have begun before.
TRANCHE_REGLEE = """
INSERT INTO sages.tranches AS t (dossier, debut, fin, empreinte_suivi, reglee_le)
SELECT %(dossier)s, %(debut)s, %(fin)s,
       CASE WHEN NOT EXISTS (SELECT FROM sages.annonces a WHERE a.dossier = %(dossier)s
                                AND a.debut < %(fin)s AND a.fin >= %(debut)s)
             AND NOT EXISTS (SELECT FROM sages.decisions_lignes d WHERE d.dossier = %(dossier)s AND d.finie_le IS NULL
                                AND d.origine <> 'politique' AND d.debut >= %(debut)s AND d.debut < %(fin)s
                                AND d.le > coalesce((SELECT r.reglee_le FROM sages.tranches r
                                                      WHERE r.dossier = %(dossier)s AND r.debut = %(debut)s),
                                                    '-infinity'))
            THEN %(empreinte)s::text END, now()
ON CONFLICT (dossier, debut) DO UPDATE
   SET empreinte_suivi = EXCLUDED.empreinte_suivi, reglee_le = now(), fin = EXCLUDED.fin,
       empreinte_creneaux = CASE WHEN t.fin = EXCLUDED.fin THEN t.empreinte_creneaux END,
       empreinte_annuaire = CASE WHEN t.fin = EXCLUDED.fin THEN t.empreinte_annuaire END
"""

QUITTE_CONSTATS = """
DELETE FROM sages.constats c
 WHERE c.dossier = %(dossier)s AND c.debut >= %(debut)s AND c.debut < %(fin)s
   AND NOT EXISTS (SELECT FROM pg_temp.reglement r WHERE (r.debut, r.code_chantier, r.code_salarie)
                                                       = (c.debut, c.code_chantier, c.code_salarie))
"""

# The line as it is now is dated by the looks that first saw it so; another edit is another date.
CONSTATE = """
INSERT INTO sages.constats AS c
       (dossier, debut, code_chantier, code_salarie, geste, motif, avant, apres, base, creneaux, run, gagnant, raison,
        intacte_le)
SELECT %(dossier)s, r.debut, r.code_chantier, r.code_salarie, r.geste, r.reglement ->> 'motif', r.avant, r.apres,
       r.base, r.creneaux, %(run)s, r.reglement ->> 'gagnant', coalesce(r.reglement ->> 'raison', ''),
       (SELECT t.reglee_le FROM sages.tranches t WHERE t.dossier = %(dossier)s AND t.debut = %(debut)s)
  FROM pg_temp.reglement r
ON CONFLICT (dossier, debut, code_chantier, code_salarie) DO UPDATE
   SET geste = EXCLUDED.geste, motif = EXCLUDED.motif, avant = EXCLUDED.avant, apres = EXCLUDED.apres,
       base = EXCLUDED.base, creneaux = EXCLUDED.creneaux, vu_le = now(), run = EXCLUDED.run,
       gagnant = EXCLUDED.gagnant, raison = EXCLUDED.raison,
       intacte_le = CASE WHEN c.avant IS DISTINCT FROM EXCLUDED.avant THEN c.vu_le ELSE c.intacte_le END,
       ligne_vue_le = CASE WHEN c.avant IS DISTINCT FROM EXCLUDED.avant THEN now() ELSE c.ligne_vue_le END
"""

DATE_CONSTATS = """
UPDATE sages.constats c SET ligne_modifiee_le = d.ligne, creneaux_le = d.creneaux
  FROM unnest(%s::timestamp[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[])
       AS d (debut, code_chantier, code_salarie, ligne, creneaux)
 WHERE c.dossier = %s AND (c.debut, c.code_chantier, c.code_salarie) = (d.debut, d.code_chantier, d.code_salarie)
"""

# What the policy leaves to Batigest stands, as a person's word does.
PERIME = """
UPDATE sages.decisions_lignes d SET finie_le = now()
  FROM pg_temp.reglement r
 WHERE d.dossier = %(dossier)s AND d.finie_le IS NULL AND NOT d.a_rendre
   AND (d.debut, d.code_chantier, d.code_salarie) = (r.debut, r.code_chantier, r.code_salarie)
   AND r.geste = 'reprise' AND r.reglement ->> 'gagnant' = 'Batigest' AND d.voulue IS DISTINCT FROM r.apres
"""
POLITIQUE = """
INSERT INTO sages.decisions_lignes
       (dossier, debut, code_chantier, code_salarie, choix, voulue, vue, origine, raison, qui)
SELECT %(dossier)s, r.debut, r.code_chantier, r.code_salarie, 'Batigest', r.apres, r.avant, 'politique',
       r.reglement ->> 'raison', 'run ' || %(run)s
  FROM pg_temp.reglement r
 WHERE r.geste = 'reprise' AND r.reglement ->> 'gagnant' = 'Batigest'
ON CONFLICT (dossier, debut, code_chantier, code_salarie) WHERE finie_le IS NULL DO NOTHING
"""

COMPTE = "SELECT geste, count(*) FROM sages.constats WHERE dossier = %s GROUP BY geste"

LISTE = """
SELECT geste, debut, code_chantier, code_salarie, avant, apres, base, creneaux,
       jsonb_build_object('motif', motif, 'gagnant', gagnant, 'raison', raison), NULL,
       ouvert_le, intacte_le, ligne_vue_le, ligne_modifiee_le, creneaux_le
  FROM sages.constats
 WHERE dossier = %s ORDER BY debut DESC, code_chantier, code_salarie LIMIT %s
"""

VUES = """
SELECT debut, code_chantier, code_salarie, avant, intacte_le, ligne_vue_le, vu_le
  FROM sages.constats WHERE dossier = %s AND debut >= %s AND debut < %s
"""
REGARD = """
SELECT now(), (SELECT reglee_le FROM sages.tranches WHERE dossier = %s AND debut = %s)
"""
CHANGES = """
SELECT id, coalesce(compte_le, change_le), intact_le, modifie_le FROM sages.creneaux
 WHERE dossier = %s AND id = ANY (%s)
"""

Instant = datetime | None


@dataclass(frozen=True, slots=True)
class ConstatOuvert:
    """One line of SuiviMO that waits for a person (CONFLIT), that was taken over (REPRISE) or that a closed period
    keeps (PERIODE_CLOSE), with who is right and why (`action.jugement`), and since when.

    `action.base` is what we last wrote, `action.avant` what Batigest holds, `action.apres` what the slots give.
    """

    action: Action
    ouvert_le: datetime
    dates: Dates


class DepotConstats:
    """The findings of one dossier."""

    def __init__(self, connexions: Connexions, dossier: str) -> None:
        self._connexions = connexions
        self._dossier = dossier

    def settle_tranche(
        self,
        tranche: Tranche,
        *,
        empreinte_suivi: str | None,
        constats: Sequence[Action],
        refus: Sequence[Rejet],
        run: str,
        dates: Mapping[CleSuivi, Dates] | None = None,
    ) -> None:
        """See `ports.TamponHeures`."""
        parametres = {
            "dossier": self._dossier,
            "run": run,
            "debut": tranche.debut,
            "fin": tranche.fin,
            "empreinte": empreinte_suivi,
        }
        with self._connexions.transaction(durable=False) as connexion:
            prepare(connexion, [(action, None) for action in constats])
            connexion.execute(QUITTE_CONSTATS, parametres)
            if constats:
                for requete in (CONSTATE, PERIME, POLITIQUE):
                    connexion.execute(requete, parametres)
            if dates:
                connexion.execute(DATE_CONSTATS, (*_colonnes(dates), self._dossier))
            connexion.execute(TRANCHE_REGLEE, parametres)
            rejets.replace_refus(connexion, self._dossier, tranche, refus, run)

    def count_constats(self) -> dict[Geste, int]:
        """How many standing actions of each kind the dossier has, whatever the slice."""
        with self._connexions.transaction() as connexion:
            lignes = cast("list[tuple[str, int]]", connexion.execute(COMPTE, (self._dossier,)).fetchall())
        return {Geste(geste): combien for geste, combien in lignes}

    def list_constats(self, limite: int = 1000) -> list[ConstatOuvert]:
        """The lines that are not what the slots say, latest day first."""
        with self._connexions.transaction() as connexion:
            lignes = cast("list[tuple[Any, ...]]", connexion.execute(LISTE, (self._dossier, limite)).fetchall())
        constats = []
        for *colonnes, ouvert_le, intacte_le, vue_le, ligne, creneaux in lignes:
            dates = Dates(Datation.a(ligne) if ligne else None, intacte_le, vue_le, creneaux)
            constats.append(ConstatOuvert(action_de(cast("LigneAction", tuple(colonnes))), ouvert_le, dates))
        return constats

    def read_dates(self, tranche: Tranche, disputes: Sequence[Dispute]) -> dict[CleSuivi, Dates]:
        """See `ports.TamponLitiges`."""
        idents = sorted({ident for dispute in disputes for ident in dispute.creneaux})
        with self._connexions.transaction() as connexion:
            regard = connexion.execute(REGARD, (self._dossier, tranche.debut)).fetchone()
            vues = connexion.execute(VUES, (self._dossier, tranche.debut, tranche.fin)).fetchall()
            changes = connexion.execute(CHANGES, (self._dossier, idents)).fetchall()
        maintenant, reglee_le = cast("tuple[datetime, datetime | None]", regard)
        constats = {
            CleSuivi(chantier, salarie, debut): (quantites_de(avant), intacte_le, vue_le, derniere)
            for debut, chantier, salarie, avant, intacte_le, vue_le, derniere in cast(
                "list[tuple[datetime, str, str, Nombres, datetime | None, datetime, datetime]]", vues
            )
        }
        des_creneaux = {
            ident: Changement(vu_le, intact_le, modifie_le)
            for ident, vu_le, intact_le, modifie_le in cast("list[tuple[str, datetime, Instant, Instant]]", changes)
        }
        dates = {}
        for dispute in disputes:
            connu = constats.get(dispute.cle)
            if connu is None:
                intacte_le, vue_le = reglee_le, maintenant
            elif connu[0] == dispute.vue:
                intacte_le, vue_le = connu[1], connu[2]
            else:
                intacte_le, vue_le = connu[3], maintenant
            dates[dispute.cle] = dates_de(
                intacte_le, vue_le, [des_creneaux[i] for i in dispute.creneaux if i in des_creneaux]
            )
        return dates


def _colonnes(dates: Mapping[CleSuivi, Dates]) -> tuple[list[object], ...]:
    return (
        [cle.debut for cle in dates],
        [cle.code_chantier for cle in dates],
        [cle.code_salarie for cle in dates],
        [une.ligne and une.ligne.montree for une in dates.values()],
        [une.date_batisimply for une in dates.values()],
    )
