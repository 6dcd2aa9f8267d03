"""`python run.py bench`: each figure beside its floor, measured in the same run on the same machine.

Both systems run as processes of their own, filled with the *grand* data set; every measure is a process of its
own (bench/mesures.py). A measure and its floor are taken several times in turn, the best of each is kept: what else
the machine does only makes a measure longer. Prints the table, writes it to docs/performances.md and, with `--json`,
to a file.
"""

import argparse
import contextlib
import json
import operator
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import mssql_python
from rich.console import Console
from rich.table import Table

from banc.donnees import genere, remplit_batigest, remplit_batisimply
from sages_commun.postgres_embarque import PostgresEmbarque

ICI = Path(__file__).resolve().parent
DOCUMENT = ICI.parent / "docs" / "performances.md"
SECRET = "banc-de-mesure"
LATENCE_MS = 20
REPRISES = 3
"""How often the heures are measured; what takes longer is measured twice."""
PAIRES = 3
"""How often in each of these an unchanged run and its download are, which take a second or two."""
ECHANTILLON = 3000
"""Slots measured the previous generation's way; its cost per slot does not depend on how many there are."""
SEQUENTIEL = 600
"""Sites sent one at a time; the cost of one does not depend on how many there are."""
CIBLES = {
    "import_vs_floor": ("≤", 2.0),
    "rowbyrow_vs_import": ("≥", 30.0),
    "unchanged_vs_download": ("≤", 1.5),
    "unchanged_writes": ("≤", 0),
    "ten_changes_writes": ("=", 10),
    "sequential_vs_push": ("≥", 5.0),
    "peak_rss_mb": ("≤", 200.0),
    "validate_vs_bare": ("≥", 0.6),
    "licences_page_ms": ("≤", 100.0),
}

Resultats = dict[str, dict[str, Any]]


class Scene:
    """Two PostgreSQL, the Batigest stand-in and the BatiSimply simulator, in one folder."""

    def __init__(self, dossier: Path, taille: str, pile: contextlib.ExitStack) -> None:
        self.dossier = dossier
        self._pile = pile
        self._postgres_banc = pile.enter_context(PostgresEmbarque(dossier / "postgresql-batigest"))
        self._postgres_tampon = pile.enter_context(PostgresEmbarque(dossier / "postgresql-tampon"))
        self.jeu = genere(taille, aujourdhui=date.today())  # noqa: DTZ011  the machine's day, as the connector sees it
        acces = {
            "BANC_BATIGEST_POSTGRES": self._postgres_banc.create_base("banc"),
            "BANC_BATIGEST_UTILISATEUR": "sages",
            "BANC_BATIGEST_MOT_DE_PASSE": SECRET,
        }
        self.batigest = self._demarre("banc.batigest", [], acces)
        with contextlib.closing(
            mssql_python.connect(
                "", Server=f"127.0.0.1,{self.batigest['port']}", Database=self.batigest["base"], UID="sages",
                PWD=SECRET, Encrypt="yes", TrustServerCertificate="yes",
            )
        ) as session:  # fmt: skip
            remplit_batigest(session, self.jeu)

    def batisimply(self, nom: str, *, projets: bool, latence_ms: int = 0) -> dict[str, Any]:
        """Start a tenant, with the data set or empty of projects and slots."""
        fichier = self.fichier(nom)
        if projets:
            remplit_batisimply(fichier, self.jeu)
        compte = {
            "BATISIMPLY_CLIENT_ID": "connecteur",
            "BATISIMPLY_CLIENT_SECRET": SECRET,
            "BATISIMPLY_UTILISATEUR": "sages",
            "BATISIMPLY_MOT_DE_PASSE": SECRET,
        }
        pret = self._demarre("banc.batisimply", ["--fichier", str(fichier)], compte)
        if latence_ms:
            self._appelle(pret["url"], {"genre": "latence", "duree_ms": latence_ms, "chemin": "/api/*"})
        return pret

    def fichier(self, nom: str) -> Path:
        """The store of that tenant."""
        return self.dossier / f"{nom}.sqlite"

    def config(self, nom: str, batisimply: dict[str, Any]) -> Path:
        """A configuration of the product with a tampon of its own."""
        tampon = self._postgres_tampon.create_base(nom)
        fichier = self.dossier / f"{nom}.toml"
        fichier.write_text(
            f"""
donnees = "{self.dossier.as_posix()}"
[batigest]
serveur = "127.0.0.1"
port = {self.batigest["port"]}
base = "BTG_DOS_DEMO"
utilisateur = "sages"
mot_de_passe = "{SECRET}"
certificat_de_confiance = true
[batisimply]
url_api = "{batisimply["url"]}"
url_sso = "{batisimply["url"]}"
client_id = "connecteur"
client_secret = "{SECRET}"
utilisateur = "sages"
mot_de_passe = "{SECRET}"
[tampon]
url = "{tampon}"
"""
        )
        return fichier

    def _demarre(self, module: str, arguments: list[str], secrets: dict[str, str]) -> dict[str, Any]:
        processus = subprocess.Popen(
            [sys.executable, "-m", module, *arguments], stdout=subprocess.PIPE, env=os.environ | secrets, text=True
        )
        self._pile.callback(_arrete, processus)
        if processus.stdout is None:
            raise RuntimeError("no pipe")
        return dict(json.loads(processus.stdout.readline()))

    def _appelle(self, url: str, panne: dict[str, Any]) -> None:
        import httpx2

        httpx2.post(f"{url}/banc/pannes", json=panne).raise_for_status()


def _arrete(processus: subprocess.Popen[str]) -> None:
    processus.terminate()
    processus.communicate(timeout=30)


def mesure(nom: str, config: Path, **options: object) -> dict[str, Any]:
    """One measure in a process of its own."""
    arguments = [str(x) for cle, valeur in options.items() for x in (f"--{cle}", valeur)]
    sortie = subprocess.run(
        [sys.executable, str(ICI / "mesures.py"), nom, str(config), *arguments],
        stdout=subprocess.PIPE, text=True, check=True,
    ).stdout  # fmt: skip
    resultat = dict(json.loads(sortie.splitlines()[-1]))
    sys.stderr.write(f"  {nom} : {json.dumps(resultat, ensure_ascii=False)}\n")
    return resultat


def mesures_heures(scene: Scene) -> Resultats:
    """(a) the first import, (b) the same run again, beside their floors; then ten changes."""
    batisimply = scene.batisimply("heures", projets=True)
    lignes = scene.dossier / "lignes.json"
    prises: dict[str, list[dict[str, Any]]] = {}

    def prend(nom: str, quoi: str, config: Path, **options: object) -> None:
        prises.setdefault(nom, []).append(mesure(quoi, config, **options))

    for rang in range(REPRISES):
        config = scene.config(f"heures{rang}", batisimply)
        mesure("vide", config)
        prend("import", "heures", config)
        for _ in range(PAIRES):
            prend("inchange", "heures", config)
            prend("telechargement", "telechargement", config)
        if rang == 0:
            prend("verifie", "verifie", config)
            mesure("releve", config, lignes=lignes)
        mesure("vide", config)
        prend("plancher", "plancher", config, lignes=lignes)
        if rang < 2:
            mesure("vide", config)
            prend("ligne_a_ligne", "ligne_a_ligne", config, lignes=lignes, echantillon=ECHANTILLON)
    mesure("vide", config)
    r = {nom: meilleure(mesures) for nom, mesures in prises.items()}
    r["dix"] = mesure("dix_changements", scene.config("dix", batisimply), fichier=scene.fichier("heures"))
    return r


def mesures_chantiers(scene: Scene, sequentiel: int) -> Resultats:
    """(c) creating every project with 20 ms of latency, a few at a time, and some of them one at a time."""
    push, un_par_un = [], []
    for rang in range(2):
        a, b = (scene.batisimply(f"{n}{rang}", projets=False, latence_ms=LATENCE_MS) for n in ("push", "un-par-un"))
        push.append(mesure("chantiers", scene.config(f"push{rang}", a)))
        config = scene.config(f"sequentiel{rang}", b)
        un_par_un.append(mesure("chantiers_un_par_un", config, echantillon=sequentiel))
    return {"push": meilleure(push), "un_par_un": meilleure(un_par_un)}


def meilleure(mesures: list[dict[str, Any]]) -> dict[str, Any]:
    """The shortest of them, with the highest peak of memory and the most writes."""
    retenue = min(mesures, key=_duree).copy()
    for cle in ("pic_mo", "ecritures"):
        if cle in retenue:
            retenue[cle] = max(une[cle] for une in mesures)
    if "secondes" in retenue:
        retenue["toutes_s"] = [round(une["secondes"], 2) for une in mesures]
    return retenue


def _duree(prise: dict[str, Any]) -> float:
    return float(prise.get("secondes", 0))


def mesures_licences() -> dict[str, Any]:
    """(d) the Licence Manager with 100,000 licences: the validation beside a bare endpoint, its pages."""
    sortie = subprocess.run([sys.executable, str(ICI / "licences.py")], stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(sortie.stdout))


def cles(r: Resultats) -> dict[str, float]:
    """The ratios the issue tracker and the CI compare."""
    lignes = r["plancher"]["lignes"]
    rang_par_rang = r["ligne_a_ligne"]["secondes"] / r["ligne_a_ligne"]["lignes"] * lignes
    par_chantier = [r[nom]["secondes"] / r[nom]["ecritures"] for nom in ("un_par_un", "push")]
    return {
        "import_vs_floor": round(r["import"]["secondes"] / r["plancher"]["secondes"], 2),
        "rowbyrow_vs_import": round(rang_par_rang / r["import"]["secondes"], 1),
        "unchanged_vs_download": round(r["inchange"]["secondes"] / r["telechargement"]["secondes"], 2),
        "unchanged_writes": r["inchange"]["ecritures"],
        "ten_changes_writes": r["dix"]["ecritures"] + r["dix"]["puis"],
        "sequential_vs_push": round(par_chantier[0] / par_chantier[1], 1),
        "peak_rss_mb": max(r[nom]["pic_mo"] for nom in ("import", "inchange", "push")),
        "validate_vs_bare": r["licences"]["validate_vs_bare"],
        "licences_page_ms": r["licences"]["licences_page_ms"],
    }


def tableau(r: Resultats, valeurs: dict[str, float]) -> list[tuple[str, str, str, str, str]]:
    """(measure, connector, floor or other way, ratio, target) for a person."""
    rang = r["ligne_a_ligne"]
    extrapole = rang["secondes"] / rang["lignes"] * r["plancher"]["lignes"]

    def ratio(cle: str) -> tuple[str, str]:
        signe, cible = CIBLES[cle]
        return f"{valeurs[cle]:g}".replace(".", ","), f"{signe} {cible:g}".replace(".", ",")

    push, un, debits = r["push"], r["un_par_un"], r["licences"]["debits"]
    return [
        ("Premier import des heures / plancher", s(r["import"]["secondes"]), s(r["plancher"]["secondes"]),
         *ratio("import_vs_floor")),
        (f"Ligne à ligne (mesuré sur {rang['lignes']} lignes) / premier import", s(r["import"]["secondes"]),
         s(extrapole), *ratio("rowbyrow_vs_import")),
        ("Rien n’a changé / téléchargement seul", s(r["inchange"]["secondes"]), s(r["telechargement"]["secondes"]),
         *ratio("unchanged_vs_download")),
        ("Écritures quand rien n’a changé", str(r["inchange"]["ecritures"]), "0", *ratio("unchanged_writes")),
        ("Écritures pour dix changements (créneaux, chantiers), puis zéro", str(valeurs["ten_changes_writes"]), "10",
         *ratio("ten_changes_writes")),
        (f"Chantiers un par un (mesuré sur {un['ecritures']}) / {push['ecritures']} ensemble, {LATENCE_MS} ms chacun",
         s(push["secondes"]), s(un["secondes"] / un["ecritures"] * push["ecritures"]), *ratio("sequential_vs_push")),
        ("Pic de mémoire (import, inchangé, envoi), Mo",
         f"{valeurs['peak_rss_mb']:g}".replace(".", ","), "—", *ratio("peak_rss_mb")),
        ("Licence Manager, validations par seconde / point d’accès nu", f"{debits['validate']:.0f}",
         f"{debits['nu']:.0f}", *ratio("validate_vs_bare")),
        ("Licence Manager, page la plus lente, ms", f"{valeurs['licences_page_ms']:g}".replace(".", ","), "—",
         *ratio("licences_page_ms")),
    ]  # fmt: skip


def s(x: float) -> str:
    """Seconds, for a person."""
    return f"{x:.2f} s".replace(".", ",")


def repetitions(r: Resultats) -> str:
    """Every measure taken, so that one can see how quiet the machine was."""
    noms = {
        "import": "import", "plancher": "plancher", "inchange": "inchangé", "telechargement": "téléchargement",
        "ligne_a_ligne": "ligne à ligne", "push": "envoi", "un_par_un": "un par un",
    }  # fmt: skip
    prises = {libelle: [f"{x:.2f}".replace(".", ",") for x in r[nom]["toutes_s"]] for nom, libelle in noms.items()}
    return " ; ".join(f"{libelle} {' – '.join(durees)}" for libelle, durees in prises.items())


def document(lignes: list[tuple[str, str, str, str, str]], r: Resultats, taille: str) -> str:
    """docs/performances.md."""
    corps = "\n".join(f"| {' | '.join(ligne)} |" for ligne in lignes)
    comptes = r["import"]["comptes"]
    return f"""# Performances

Chaque chiffre est mesuré par `python run.py bench`, à côté de son plancher (le moindre travail possible), dans la
même exécution et sur la même machine ; ce sont les rapports qui comptent. Jeu de données *{taille}* :
{comptes.get("nouveaux créneaux", 0)} créneaux, {r["plancher"]["lignes"]} lignes d’heures.
Machine : {os.cpu_count()} cœurs, Python {platform.python_version()}, {platform.system()}.

Chaque mesure et son plancher sont pris tour à tour, {REPRISES} fois (deux pour les plus longues, {REPRISES * PAIRES}
pour les plus courtes), chaque import dans un tampon neuf et un `SuiviMO` vidé, et la meilleure de chaque est
retenue : ce que la machine fait d’autre ne peut qu’allonger une mesure. Les deux serveurs du banc et le connecteur
se partagent les mêmes cœurs.

| mesure | connecteur | plancher ou autre méthode | rapport | cible |
| --- | --- | --- | --- | --- |
{corps}

- **Plancher de l’import** : télécharger et décoder le même JSON, le copier (COPY) dans PostgreSQL, insérer les mêmes
  lignes par lots avec le pilote, sans aucune logique.
- **Ligne à ligne** : la méthode de la génération précédente, une recherche, un test d’existence et une écriture par
  créneau, hors téléchargement.
- **Téléchargement seul** : les mêmes projets et les mêmes tranches, lus et jetés.
- **Point d’accès nu** : même cadre, même serveur, même base de 100 000 licences, un SELECT indexé et rien d’autre.
- **Un par un** : les mêmes créations, un appel après l’autre, sans logique, sur {r["un_par_un"]["ecritures"]}
  chantiers ; le coût d’un chantier ne dépend pas de leur nombre.
- **Dix changements** : trois créneaux corrigés, un dévalidé, un supprimé, deux ajoutés, deux chantiers renommés, un
  ouvert, puis les quatre flèches ({s(r["dix"]["secondes"])}). Les écritures sont comptées à l’arrivée (lignes de
  `SuiviMO` changées, appels acceptés par BatiSimply) ; une synchronisation de plus n’écrit rien.
- **Répétitions**, en secondes : {repetitions(r)}.
- L’invariant est vérifié après l’import mesuré : {"il tient" if r["verifie"]["tient"] else "IL NE TIENT PAS"}.
"""


@contextlib.contextmanager
def dossier_de_travail() -> Iterator[Path]:
    """A folder that PostgreSQL's own user can cross, removed at the end."""
    dossier = Path(tempfile.mkdtemp(prefix="sages-bench-"))
    dossier.chmod(0o755)
    try:
        yield dossier
    finally:
        shutil.rmtree(dossier, ignore_errors=True)


def main() -> int:
    """Measure everything; exit code 1 when a target is missed."""
    analyseur = argparse.ArgumentParser(prog="python run.py bench")
    analyseur.add_argument("--json", type=Path, help="écrire aussi les rapports dans ce fichier")
    analyseur.add_argument("--taille", default="grand", choices=["petit", "moyen", "grand"])
    analyseur.add_argument("--sequentiel", type=int, default=SEQUENTIEL, help="chantiers envoyés un par un (0 : tous)")
    options = analyseur.parse_args()
    with dossier_de_travail() as dossier, contextlib.ExitStack() as pile:
        scene = Scene(dossier, options.taille, pile)
        r = mesures_heures(scene) | mesures_chantiers(scene, options.sequentiel)
    r["licences"] = mesures_licences()
    valeurs = cles(r)
    lignes = tableau(r, valeurs)
    table = Table("mesure", "connecteur", "plancher / autre", "rapport", "cible", title="Performances")
    for ligne in lignes:
        table.add_row(*ligne)
    Console().print(table)
    if options.taille == "grand":
        DOCUMENT.write_text(document(lignes, r, options.taille))
    if options.json:
        options.json.write_text(json.dumps(valeurs | {"detail": r}, ensure_ascii=False, indent=2) + "\n")
    compare = {"≤": operator.le, "≥": operator.ge, "=": operator.eq}
    tenues = {cle: compare[signe](valeurs[cle], cible) for cle, (signe, cible) in CIBLES.items()}
    manquees = [cle for cle, tenue in tenues.items() if not tenue]
    if manquees or not r["verifie"]["tient"]:
        sys.stderr.write(f"Cibles manquées : {', '.join(manquees) or 'invariant'}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
