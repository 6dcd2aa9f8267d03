#!/usr/bin/env python3
"""Everything starts here: `python run.py demo | test | check | bench | matrice`.

Standard library only, so that a fresh machine needs Python 3.11 and nothing else. It builds `.venv` from
`uv.lock`, installs the system libraries that are missing, compiles the style sheets, then runs the command.
A second call finds everything in place, touches nothing and needs no network.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

RACINE = Path(__file__).resolve().parent
VENV = RACINE / ".venv"
TEMOIN = VENV / "pret"
PYTHON_MINIMUM = (3, 11)

AIDE = """\
Usage : python run.py COMMANDE [options]

  demo    prépare tout, démarre le banc et le connecteur, synchronise les deux sens
          (--une-fois, --json, --taille petit|moyen|grand, --neuf, --port N, --donnees DOSSIER)
  test    vérifications (check) puis tous les tests ; --long pour le mode long,
          les autres options vont à pytest
  check   mise en forme, règles, types et contrats d’import
  bench   mesures de performance (--json FICHIER)
  matrice joue chaque panne sur chaque flèche, imprime le tableau et écrit docs/pannes.md
"""

BIBLIOTHEQUES = {"libltdl.so.7": "libltdl7", "libkrb5.so.3": "libkrb5-3", "libgssapi_krb5.so.2": "libgssapi-krb5-2"}
"""What Microsoft's SQL Server driver loads at run time: shared library > Debian package."""
BIBLIOTHEQUES_TESTS = {"libatomic.so.1": "libatomic1"}
"""What Playwright's driver, which leads the browser of the tests, loads besides."""
NAVIGATEURS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
VERIFICATIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("mise en forme", ("-m", "ruff", "format", "--check", ".")),
    # Without its cache, which does not notice that a module came or went.
    ("règles", ("-m", "ruff", "check", "--no-cache", ".")),
    ("types", ("-m", "mypy")),
    ("types sous Windows", ("-m", "mypy", "--platform", "win32")),
    ("contrats d’import", ("-c", "from importlinter.cli import lint_imports_command as c; c(['--no-logo'])")),
)
PROGRAMMES = {"demo": "-m banc.demo", "bench": "bench/run_bench.py"}
PROGRAMMES["matrice"] = "-m pytest -q apps/connecteur/tests/matrice --matrice docs/pannes.md"
PAGES = ("connecteur/src/connecteur", "licences/src/licence_manager")  # the programs that have some
REPARTITION = ("-n", "3", "--dist", "loadfile", "--no-loadscope-reorder")
CERTIFICATS = ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


class Echec(Exception):
    """The preparation cannot go on; the message says why and what to do, in French."""


def main(arguments: Sequence[str]) -> int:
    """Prepare, then run one command; return its exit status."""
    for flux in (sys.stdout, sys.stderr):
        if hasattr(flux, "reconfigure"):
            flux.reconfigure(errors="replace")  # an old Windows console cannot show every character
    if not arguments or arguments[0] in {"-h", "--help"}:
        print(AIDE)
        return 0 if arguments else 2
    commande, reste = arguments[0], list(arguments[1:])
    if commande not in {"test", "check", *PROGRAMMES}:
        print(f"Commande inconnue : « {commande} ».\n\n{AIDE}", file=sys.stderr)
        return 2
    try:
        verifie_version(tuple(sys.version_info[:2]))
        with un_seul_a_la_fois():
            prepare_systeme(commande)
            prepare_environnement()
            prepare_feuille_de_style()
        if commande == "check":
            return verifie()
        if commande == "test":
            return teste(reste)
        devient(python(), *PROGRAMMES[commande].split(), *reste)
    except Echec as exc:
        print(f"\n{exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrompu.", file=sys.stderr)
        return 130


def verifie_version(version: tuple[int, ...]) -> None:
    """Refuse a Python that is too old with a sentence instead of a trace."""
    if version < PYTHON_MINIMUM:
        lue, voulue = (".".join(map(str, v)) for v in (version, PYTHON_MINIMUM))
        raise Echec(f"Python {voulue} ou plus récent est nécessaire ; celui-ci est en version {lue}.")


def verifie() -> int:
    """Run every check, all of them even when one fails, and say which failed."""
    echecs = []
    for nom, arguments in VERIFICATIONS:
        dit(f"Vérification : {nom}")
        if lance([python(), *arguments]):
            echecs.append(nom)
    if echecs:
        dit(f"Vérifications en échec : {', '.join(echecs)}.")
    return 1 if echecs else 0


def teste(options: Sequence[str]) -> int:
    """Check, then run pytest: its closing line is the last thing printed, unless a check failed."""
    verifications = verifie()
    commande = [python(), "-m", "pytest", *options_pytest(options)]
    if verifications == 0:
        devient(*commande)
    tests = lance(commande)
    dit("Les vérifications qui précèdent les tests ont échoué : voyez plus haut, ou lancez « python run.py check ».")
    return tests or verifications


def options_pytest(options: Sequence[str]) -> list[str]:
    """A full run: by file, so that each is set up once, in conftest.py's order. Whoever names tests gets just those."""
    choisies = [option for option in options if option != "--"]
    if any(not option.startswith("-") for option in choisies):
        return choisies
    return [*REPARTITION, "--cov", "--cov-report=term:skip-covered", *choisies]


def prepare_feuille_de_style() -> None:
    """Compile the style sheets that are missing or older than anything in their web package or in what is shared."""
    commun = RACINE / "libs" / "commun" / "src"
    for web in (RACINE / "apps" / app / "web" for app in PAGES):
        feuille = web / "static" / "app.css"
        sources = [p for d in (web, commun) for p in d.rglob("*.*") if p.suffix in {".css", ".html", ".py", ".js"}]
        a_jour = feuille.exists() and all(p.stat().st_mtime <= feuille.stat().st_mtime for p in sources)
        if not a_jour and lance([python(), "-m", "sages_commun.web.feuille", str(web)]):
            raise Echec("Une feuille de style n’a pas pu être compilée ; le message qui précède dit pourquoi.")
        feuille.touch()


def prepare_environnement() -> None:
    """Make `.venv` hold exactly what `uv.lock` says; do nothing when the stamp says it already does."""
    if est_pret(RACINE):
        return
    if not repond(python()):
        dit("Création de l’environnement virtuel (.venv)…")
        cree_venv()
    version = version_de_uv((RACINE / "uv.lock").read_text(encoding="utf-8"))
    if lit([python(), "-m", "uv", "--version"]).split()[1:2] != [version]:
        installe_uv(version)
    dit("Installation des paquets fixés par uv.lock…")
    synchronise = [python(), "-m", "uv", "sync", "--locked", "--all-packages", "--all-groups", "--compile-bytecode"]
    if lance(synchronise, env=environnement_uv(os.environ)):
        dit("Nouvel essai sans réseau, avec ce qui est déjà sur cette machine…")
        if lance([*synchronise, "--offline"], env=environnement_uv(os.environ)):
            raise Echec(
                "Les paquets fixés par uv.lock n’ont pas pu être installés. Vérifiez l’accès à Internet ; derrière un "
                "serveur mandataire, renseignez HTTPS_PROXY et, pour un certificat d’entreprise, SSL_CERT_FILE."
            )
    TEMOIN.write_text(empreinte(RACINE), encoding="utf-8")


def est_pret(racine: Path) -> bool:
    """Whether the virtual environment was completed from these very files."""
    try:
        return (racine / ".venv" / "pret").read_text(encoding="utf-8") == empreinte(racine)
    except FileNotFoundError:
        return False


def empreinte(racine: Path) -> str:
    """What the environment was made from: the lock, every pyproject.toml, its Python and its own place.

    Raises `FileNotFoundError` when there is no environment or when the Python it was made from is gone.
    """
    venv = racine / ".venv"
    (venv / chemin_de_python()).stat()
    projets = [p for motif in ("", "*/", "*/*/") for p in racine.glob(f"{motif}pyproject.toml")]
    somme = hashlib.sha256(str(racine).encode())
    for fichier in [racine / "uv.lock", venv / "pyvenv.cfg", *sorted(projets)]:
        somme.update(f"\0{fichier.relative_to(racine).as_posix()}\0".encode() + fichier.read_bytes())
    return somme.hexdigest()


def cree_venv() -> None:
    """`python -m venv`; Debian keeps half of that module in a package of its own."""
    base = getattr(sys, "_base_executable", None) or sys.executable
    if not ensurepip_existe(base):
        installe_paquets_debian(["python3-venv"], "le module venv de Python")
    if lance([base, "-m", "venv", "--clear", str(VENV)]):
        raise Echec("L’environnement virtuel n’a pas pu être créé ; le message qui précède dit pourquoi.")


def ensurepip_existe(base: str) -> bool:
    """Whether this Python can put pip in a new environment (Debian's says no until python3-venv is there)."""
    return lance([base, "-c", "import ensurepip, venv"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0


def installe_uv(version: str) -> None:
    """The installer itself comes from the lock too: that version, and files with those digests only."""
    dit(f"Installation de uv {version}…")
    if not lit([python(), "-m", "pip", "--version"]):
        lance([python(), "-m", "ensurepip", "--upgrade"], stdout=subprocess.DEVNULL)  # an older sync removed pip
    empreintes = empreintes_de_uv((RACINE / "uv.lock").read_text(encoding="utf-8"))
    ligne = f"uv=={version} " + " ".join(f"--hash={e}" for e in empreintes)
    with tempfile.TemporaryDirectory() as dossier:
        exigences = Path(dossier) / "uv.txt"
        exigences.write_text(ligne, encoding="utf-8")
        pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
        if lance([python(), *pip, "-r", str(exigences)], env=environnement_pip(os.environ)):
            raise Echec(
                "uv n’a pas pu être installé. Vérifiez l’accès à Internet (HTTPS_PROXY, PIP_CERT, PIP_INDEX_URL)."
            )


def paquet_uv(verrou: str) -> str:
    """The text of uv's own entry in the lock."""
    for entree in verrou.split("[[package]]"):
        if re.search(r'^name = "uv"$', entree, re.MULTILINE):
            return entree
    raise Echec("uv.lock ne fixe pas la version de uv : ce fichier est abîmé.")


def version_de_uv(verrou: str) -> str:
    """The version of uv that the lock fixes."""
    trouve = re.search(r'^version = "([^"]+)"$', paquet_uv(verrou), re.MULTILINE)
    if trouve is None:
        raise Echec("uv.lock ne fixe pas la version de uv : ce fichier est abîmé.")
    return trouve.group(1)


def empreintes_de_uv(verrou: str) -> list[str]:
    """The digests (`sha256:…`) of every file of uv that the lock accepts."""
    return re.findall(r'hash = "(sha256:[0-9a-f]+)"', paquet_uv(verrou))


def environnement_uv(environ: Mapping[str, str]) -> dict[str, str]:
    """uv brings its own certificates and its own Python: here it uses this machine's."""
    env = {**environ, "UV_PROJECT_ENVIRONMENT": str(VENV), "UV_PYTHON_DOWNLOADS": "never"}
    env.pop("VIRTUAL_ENV", None)
    autorite = autorite_de_certification(environ)
    if autorite:
        env.setdefault("UV_SYSTEM_CERTS", "1")
        env["SSL_CERT_FILE"] = autorite
    if sys.platform != "win32" and not os.access(environ.get("HOME") or "", os.W_OK):
        env.setdefault("UV_CACHE_DIR", str(VENV / "cache-uv"))
    return env


def environnement_pip(environ: Mapping[str, str]) -> dict[str, str]:
    """pip reads its own variable only."""
    autorite = autorite_de_certification(environ)
    return {**environ, **({"PIP_CERT": autorite} if autorite else {})}


def autorite_de_certification(environ: Mapping[str, str]) -> str | None:
    """The certificate file that this machine's administrator named, whichever the variable."""
    return next((environ[nom] for nom in CERTIFICATS if environ.get(nom) and Path(environ[nom]).is_file()), None)


def prepare_systeme(commande: str) -> None:
    """Install what Python packages cannot bring: libraries of the SQL Server driver, a browser for the tests."""
    if platform.system() != "Linux" or commande == "check":
        return
    voulues = BIBLIOTHEQUES | (BIBLIOTHEQUES_TESTS if commande == "test" else {})
    manquants = [paquet for bibliotheque, paquet in voulues.items() if not se_charge(bibliotheque)]
    if commande == "test" and not any(shutil.which(nom) for nom in NAVIGATEURS):
        manquants += ["chromium", "fonts-liberation"]
    if manquants:
        installe_paquets_debian(manquants, "le pilote SQL Server et les tests")


def se_charge(bibliotheque: str) -> bool:
    """Whether the system finds this shared library."""
    try:
        ctypes.CDLL(bibliotheque)
    except OSError:
        return False
    return True


def installe_paquets_debian(paquets: Sequence[str], usage: str) -> None:
    """apt-get, as root or through sudo; otherwise say exactly what to type."""
    installe = ["apt-get", "-o", "DPkg::Lock::Timeout=300", "install", "-y", "--no-install-recommends", *paquets]
    a_taper = f"apt-get update && apt-get install -y {' '.join(paquets)}"
    if shutil.which("apt-get") is None:
        raise Echec(
            f"Il manque à ce système, pour {usage}, l’équivalent des paquets Debian suivants : {', '.join(paquets)}. "
            "Installez-les avec le gestionnaire de paquets de ce système, puis relancez."
        )
    prefixe: list[str] = []
    if sys.platform != "win32" and os.geteuid() != 0:
        if shutil.which("sudo") is None:
            raise Echec(f"Il manque des paquets pour {usage}. En tant que root, tapez : {a_taper}")
        prefixe = ["sudo"] if sys.stdin.isatty() else ["sudo", "-n"]
    dit(f"Installation de {', '.join(paquets)} ({usage})…")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    lance([*prefixe, "apt-get", "update", "-q"], env=env, stdout=subprocess.DEVNULL)
    if lance([*prefixe, *installe], env=env, stdout=sys.stderr.fileno()):
        raise Echec(f"Des paquets n’ont pas pu être installés. En tant que root, tapez : {a_taper}")


def chemin_de_python() -> str:
    """Where a virtual environment keeps its interpreter."""
    return "Scripts/python.exe" if sys.platform == "win32" else "bin/python"


def python() -> str:
    """The interpreter of `.venv`."""
    return str(VENV / chemin_de_python())


def repond(executable: str) -> bool:
    """Whether this interpreter is there, recent enough, and starts."""
    if not Path(executable).exists():
        return False
    return lance([executable, "-c", f"import sys; sys.exit(sys.version_info < {PYTHON_MINIMUM})"]) == 0


def lit(commande: Sequence[str]) -> str:
    """What a command prints; empty when it fails."""
    resultat = subprocess.run(commande, cwd=RACINE, capture_output=True, text=True, check=False)
    return resultat.stdout if resultat.returncode == 0 else ""


def lance(
    commande: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    stdout: int | None = None,
    stderr: int | None = None,
) -> int:
    """Run a command to its end; a signal that asks us to stop stops it first."""
    with subprocess.Popen(
        commande, cwd=RACINE, env=environnement(env or os.environ), stdout=stdout, stderr=stderr
    ) as processus:
        ancien = signal.signal(signal.SIGTERM, lambda *_: processus.terminate())
        try:
            code = processus.wait()
        except KeyboardInterrupt:
            # The terminal told the child too; whoever told only us is obeyed by both.
            with contextlib.suppress(subprocess.TimeoutExpired):
                processus.wait(timeout=5)
            if processus.poll() is None:
                processus.terminate()
            raise
        finally:
            signal.signal(signal.SIGTERM, ancien)
    if code == -signal.SIGTERM:
        raise KeyboardInterrupt
    return code


def devient(*commande: str) -> NoReturn:
    """Give our place to the command, so that signals reach it directly; Windows can only wait for it."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.chdir(RACINE)
    env = environnement(os.environ)
    if sys.platform != "win32":
        os.execve(commande[0], commande, env)  # noqa: S606 (no shell is wanted)
    else:
        with subprocess.Popen(commande, env=env) as processus:
            while True:
                with contextlib.suppress(KeyboardInterrupt):  # the child received it as well and decides
                    sys.exit(processus.wait())


def environnement(env: Mapping[str, str]) -> dict[str, str]:
    """Text is UTF-8 everywhere, on Windows too; nothing of another environment leaks in."""
    return {**{k: v for k, v in env.items() if k != "PYTHONHOME"}, "PYTHONUTF8": "1"}


@contextlib.contextmanager
def un_seul_a_la_fois() -> Iterator[None]:
    """Two commands started together prepare one after the other (where files can be locked simply)."""
    with Path(__file__).open() as fichier:
        if sys.platform != "win32":
            import fcntl

            fcntl.flock(fichier, fcntl.LOCK_EX)
        yield


def dit(phrase: str) -> None:
    """Tell the person; standard output belongs to the command."""
    print(phrase, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
