"""An old installation, with its known faults, taken over: nothing that was right moves, the rest is told."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import psycopg
import pytest
from apps.connecteur.tests.pieces.firme import Firme, chantier, ecritures, projet
from apps.connecteur.tests.pieces.machines import Machines, compte_lignes

from banc.donnees import genere, lignes_batigest, remplit_batisimply
from connecteur.bootstrap.ancienne import lit_ancienne
from connecteur.domain.ancienne import Inventaire, Nature
from connecteur.domain.chantier import Genre
from connecteur.domain.run import Fleche, Verdict
from connecteur.sync.reprise_ancienne import applique_reprise, prepare_reprise

from .ancien import PARIS, TABLES, AncienConnecteur, Cle

AUJOURDHUI = date(2025, 11, 5)
MAINTENANT = datetime(2025, 11, 5, 18, tzinfo=PARIS)
Trouve = tuple[Nature, str, str, date, float]


def sans_bruit(_fait: int, _total: int) -> None:
    """Nobody looks."""


def trouves(inventaire: Inventaire) -> Counter[Trouve]:
    """What the report lists."""
    return Counter((e.nature, e.salarie, e.chantier, e.jour, round(float(e.heures), 2)) for e in inventaire.ecarts)


class Installation:
    """A firm that the previous generation has served for three months, and what it did wrong there."""

    def __init__(self, firme: Firme, source: str) -> None:
        self.firme = firme
        jeu = genere("petit", aujourdhui=AUJOURDHUI)
        for table, lignes in lignes_batigest(jeu).items():
            firme.machines.ajoute(table.removeprefix("dbo."), *lignes)
        remplit_batisimply(firme.machines.batisimply, jeu)
        self.ancien = AncienConnecteur(firme.machines, jeu, source)
        # Skipped in silence: their salarié had no codebs yet, or the site came later.
        ecrivables = [c for c in jeu.creneaux if c.statut == "VALIDATED" and self.ancien.cle(c)]
        self.sautes = ecrivables[40:44]
        self.ancien.ecrit({int(c.id or 0) for c in self.sautes}, AUJOURDHUI)
        self.attendus: Counter[Trouve] = Counter()
        self.touchees: set[Cle] = set()
        self._fautes()

    def _note(self, nature: Nature, cle: Cle, heures: float) -> None:
        self.attendus[nature, cle[1], cle[0], cle[2].date(), round(heures, 2)] += 1
        self.touchees.add(cle)

    def _fautes(self) -> None:
        ancien, depot = self.ancien, self.firme.machines.batisimply.depot
        seuls = [c for c in ancien.seuls() if c.minutes]
        for creneau in seuls[0:3]:  # deleted, the line is still there
            assert depot.delete_creneau(int(creneau.id or 0))
            self._note(Nature.EN_TROP, _sure(ancien.cle(creneau)), (creneau.minutes or 0) / 60)
        for creneau in seuls[3:5]:  # withdrawn
            ancien.modifie(creneau, statut="TO_VALIDATE")
            self._note(Nature.EN_TROP, _sure(ancien.cle(creneau)), (creneau.minutes or 0) / 60)
        for creneau in seuls[5:7]:  # moved to another day: the old line was left behind, the new one never written
            debut = datetime.fromisoformat(creneau.debut) - timedelta(days=1, minutes=13)
            deplace = ancien.modifie(creneau, debut=f"{debut:%Y-%m-%dT%H:%M:%SZ}")
            self._note(Nature.EN_TROP, _sure(ancien.cle(creneau)), (creneau.minutes or 0) / 60)
            self._note(Nature.PERDUE, _sure(ancien.cle(deplace)), (creneau.minutes or 0) / 60)
        minutes = seuls[7]  # one version wrote minutes
        self._corrige(_sure(ancien.cle(minutes)), minutes.minutes or 0)
        self._note(Nature.EN_TROP, _sure(ancien.cle(minutes)), (minutes.minutes or 0) * (1 - 1 / 60))
        main = seuls[8]  # somebody corrected the line by hand
        self._corrige(_sure(ancien.cle(main)), (main.minutes or 0) / 60 + 1.5)
        self._note(Nature.ETRANGERE, _sure(ancien.cle(main)), 1.5)
        for creneau in self.sautes:
            self._note(Nature.PERDUE, _sure(ancien.cle(creneau)), (creneau.minutes or 0) / 60)
        self._memes_minutes()

    def _memes_minutes(self) -> None:
        """Slots that share a minute: only the last one's hours are in the line."""
        groupes: defaultdict[Cle, list[int]] = defaultdict(list)
        minutes = {c.id: int(c.minutes or 0) for c in self.ancien.jeu.creneaux}
        for ident, cle in self.ancien.map:
            groupes[cle].append(minutes[ident])
        for cle, durees in groupes.items():
            perdues = sum(durees[:-1])
            if perdues:
                self._note(Nature.PERDUE, cle, perdues / 60)

    def _corrige(self, cle: Cle, heures: float) -> None:
        self.firme.machines.sql(
            "UPDATE dbo.SuiviMO SET NbH0 = ? WHERE CodeChantier = ? AND CodeSalarie = ? AND Date = ?", heures, *cle
        )


def _sure(cle: Cle | None) -> Cle:
    assert cle is not None
    return cle


@pytest.fixture
def installation(machines: Machines, source: str) -> Iterator[Installation]:
    with Firme(machines, maintenant=MAINTENANT, fenetre_jours=100) as firme:
        yield Installation(firme, source)


def test_the_report_lists_exactly_what_was_lost_and_left_and_the_first_run_moves_nothing_else(
    installation: Installation, source: str
) -> None:
    firme = installation.firme
    avant = firme.suivi()
    reprise = prepare_reprise(lit_ancienne(source, PARIS), firme.bouts, sans_bruit)
    trouve = trouves(reprise.inventaire)
    assert installation.attendus - trouve == Counter()
    # The rest is what no connector could deliver, and lines of other programs: never our hours.
    reste = trouve - installation.attendus
    assert {nature for nature, *_ in reste} == {Nature.PERDUE, Nature.ETRANGERE}
    codes = {str(c["Code"]).strip().upper() for c in installation.ancien.jeu.salaries}
    perdus = Counter(salarie for nature, salarie, *_ in reste.elements() if nature is Nature.PERDUE)
    assert not codes & perdus.keys()
    etrangeres = {(c, s, d.date()) for c, s, d in installation.ancien.etrangeres if isinstance(d, datetime)}
    assert {(c, s, j) for n, s, c, j, _ in reste if n is Nature.ETRANGERE} <= etrangeres
    assert firme.suivi() == avant, "the preview wrote something"
    assert (
        compte_lignes(firme.machines.url_tampon, "SELECT count(*) FROM sages.lignes WHERE dossier = %s", firme.code)
        == 0
    )

    comptes = applique_reprise(reprise, firme.tampon, Genre.CHANTIER, "essai")
    assert (
        comptes.lignes == len(reprise.inventaire.a_nous) == len(installation.ancien.lignes) - 1
    )  # not the hand-edited one
    assert comptes.creneaux == 3
    assert firme.suivi() == avant

    etapes = firme.synchronise()
    apres = firme.suivi()
    touchees = {(c, s, f"{d:%Y-%m-%d %H:%M}") for c, s, d in installation.touchees}
    assert {cle for cle in avant.keys() | apres.keys() if avant.get(cle) != apres.get(cle)} <= touchees
    # Three deleted, two withdrawn, two left behind: gone. Two moved and four skipped: there. The minutes are hours.
    assert len(avant) - 7 + 6 == len(apres)
    corrigees = sum(combien for (nature, *_), combien in installation.attendus.items() if nature is Nature.PERDUE) - 6
    assert etapes[3].bilan is not None
    assert etapes[3].bilan.ecritures == 7 + 6 + 1 + corrigees
    assert firme.verifie().tient
    assert ecritures(firme.heures()) == 0


def test_importing_twice_is_importing_once_and_leaves_one_event(installation: Installation, source: str) -> None:
    firme = installation.firme
    for attendu in (True, False):
        reprise = prepare_reprise(lit_ancienne(source, PARIS), firme.bouts, sans_bruit)
        comptes = applique_reprise(reprise, firme.tampon, Genre.CHANTIER, "essai")
        assert bool(comptes.lignes) is attendu
        # A line that was let go since (somebody decided so) is not taken back.
        with psycopg.connect(firme.machines.url_tampon) as connexion:
            connexion.execute(
                "DELETE FROM sages.lignes WHERE ctid IN (SELECT ctid FROM sages.lignes WHERE dossier = %s LIMIT 1)",
                (firme.code,),
            )
    (note,) = [n for n in firme.tampon.list_evenements() if n.evenement.geste == "reprendre l’ancien connecteur"]
    assert note.evenement.qui == "essai"
    firme.synchronise()
    # After a run the old tampon has nothing to teach any more: what was removed is not taken back.
    assert firme.verifie().tient
    suivi = firme.suivi()
    applique_reprise(
        prepare_reprise(lit_ancienne(source, PARIS), firme.bouts, sans_bruit), firme.tampon, Genre.CHANTIER, "essai"
    )
    assert ecritures(firme.heures()) == 0
    assert firme.suivi() == suivi


def test_projects_are_linked_with_what_was_agreed_so_that_only_real_changes_are_sent(
    machines: Machines, source: str
) -> None:
    with Firme(machines, maintenant=MAINTENANT) as firme:
        firme.remplit(
            chantiers=[chantier(f"CH00000{n}", f"Chantier {n}") for n in range(1, 6)],
            projets=[
                projet(n, f"CH00000{n}", f"Chantier {n}", customerName="M. Élie", startEstimated="2025-09-01",
                       address={"street": "3 rue de l’Église", "postalCode": "69003", "city": "Lyon"}, hoursSold=0)
                for n in range(1, 5)
            ],
        )  # fmt: skip
        depot = machines.batisimply.depot
        edite = depot.read_projet(2)
        assert edite is not None
        depot.replace_projet(2, edite | {"customerName": "Élie et fils"})  # a person, in BatiSimply
        machines.sql("UPDATE dbo.ChantierDef SET VilleChantier = 'Villeurbanne' WHERE Code = 'CH000003'")
        with psycopg.connect(source) as connexion:
            connexion.execute(TABLES.encode())
            for n in range(1, 5):
                connexion.execute(
                    "INSERT INTO batigest_chantiers VALUES (%s, '2025-09-01', NULL, 'M. Élie', %s, '3 rue de l’Église',"
                    " '69003', 'Lyon', 0, false, now(), NULL, NULL)",
                    (f"CH00000{n}  ", f"Chantier {n}" if n != 4 else "Un sujet d’une autre provenance"),
                )
        reprise = prepare_reprise(lit_ancienne(source, PARIS), firme.bouts, sans_bruit)
        assert sorted((lien.code, lien.projet_id) for lien in reprise.liens) == [
            (f"CH00000{n}", n) for n in range(1, 5)
        ]
        applique_reprise(reprise, firme.tampon, Genre.CHANTIER, "essai")
        etapes = [firme.execute(fleche) for fleche in (Fleche.PULL_CHANTIERS, Fleche.PUSH_CHANTIERS)]
        bilan = etapes[1].bilan
        assert bilan is not None
        assert (bilan.comptes.get("modifiés"), bilan.comptes.get("créés"), bilan.conflits) == (1, 1, 0)
        assert etapes[1].verdict is Verdict.REUSSI
        projets = {p["id"]: p for p in depot.list_projets()}
        assert projets[2]["customerName"] == "Élie et fils"
        assert projets[3]["address"]["city"] == "Villeurbanne"
        assert machines.batisimply.appels.total("PUT /api/project") == 1
