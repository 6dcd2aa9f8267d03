"""run.py prepares once, then gets out of the way."""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import psutil
import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in interpreter is a shell script")


@pytest.fixture(scope="session")
def run(racine: Path) -> ModuleType:
    """run.py as a module."""
    spec = importlib.util.spec_from_file_location("run_py", racine / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def atelier(tmp_path: Path, racine: Path, run: ModuleType) -> Path:
    """A checkout that is ready, whose interpreter notes what it is asked and succeeds."""
    shutil.copy(racine / "run.py", tmp_path / "run.py")
    shutil.copy(racine / "uv.lock", tmp_path / "uv.lock")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / "apps" / "un").mkdir(parents=True)
    (tmp_path / "apps" / "un" / "pyproject.toml").write_text("[project]\n")
    for app in run.PAGES:
        feuille = tmp_path / "apps" / app / "web" / "static" / "app.css"
        feuille.parent.mkdir(parents=True)
        feuille.touch()
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "pyvenv.cfg").write_text("version = 3.11.2\n")
    installe_interprete(tmp_path, 'case "$*" in *"-m uv --version"*) echo "uv $(cat version)";; esac\n')
    (tmp_path / "version").write_text(run.version_de_uv((racine / "uv.lock").read_text(encoding="utf-8")))
    marque_pret(run, tmp_path)
    return tmp_path


def installe_interprete(atelier: Path, suite: str) -> None:
    """Put a shell script in the place of `.venv/bin/python`: it notes its arguments, then does `suite`."""
    python = atelier / ".venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\necho "$*" >> "{atelier}/appels"\n{suite}')
    python.chmod(0o755)


def marque_pret(run: ModuleType, atelier: Path) -> None:
    """Say that the environment was completed from the files as they are."""
    (atelier / ".venv" / "pret").write_text(run.empreinte(atelier))


def lance(atelier: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run its run.py to the end."""
    return subprocess.run(
        [sys.executable, str(atelier / "run.py"), *arguments], capture_output=True, text=True, check=False, timeout=60
    )


def appels(atelier: Path) -> list[str]:
    """What its interpreter was asked, each once."""
    fichier = atelier / "appels"
    return fichier.read_text().splitlines() if fichier.exists() else []


def test_a_ready_checkout_is_ready_and_any_change_of_the_lock_or_a_project_is_seen(
    run: ModuleType, atelier: Path
) -> None:
    assert run.est_pret(atelier)
    for nom in ("uv.lock", "pyproject.toml", "apps/un/pyproject.toml", ".venv/pyvenv.cfg"):
        fichier = atelier / nom
        avant = fichier.read_bytes()
        fichier.write_bytes(avant + b"\n")
        assert not run.est_pret(atelier), nom
        fichier.write_bytes(avant)
        assert run.est_pret(atelier)


def test_a_checkout_without_environment_or_whose_python_went_away_is_not_ready(run: ModuleType, atelier: Path) -> None:
    (atelier / ".venv" / "bin" / "python").unlink()
    assert not run.est_pret(atelier)
    shutil.rmtree(atelier / ".venv")
    assert not run.est_pret(atelier)


def test_a_checkout_that_was_moved_is_not_ready(run: ModuleType, atelier: Path, tmp_path: Path) -> None:
    ailleurs = tmp_path / "ailleurs"
    shutil.copytree(atelier, ailleurs, ignore=shutil.ignore_patterns("ailleurs"))
    assert not run.est_pret(ailleurs)


def test_check_runs_every_check_and_installs_nothing_when_ready(atelier: Path) -> None:
    resultat = lance(atelier, "check")
    assert resultat.returncode == 0, resultat.stderr
    faits = appels(atelier)
    assert [fait.split(" ")[:3] for fait in faits[:4]] == [
        ["-m", "ruff", "format"],
        ["-m", "ruff", "check"],
        ["-m", "mypy"],
        ["-m", "mypy", "--platform"],
    ]
    assert "importlinter" in faits[4]
    assert len(faits) == 5


def test_a_changed_lock_synchronises_once_then_is_ready_again(run: ModuleType, atelier: Path) -> None:
    (atelier / "pyproject.toml").write_text("[project]\nname = 'autre'\n")
    assert lance(atelier, "check").returncode == 0
    synchronisations = [appel for appel in appels(atelier) if "uv sync" in appel]
    assert synchronisations == ["-m uv sync --locked --all-packages --all-groups --compile-bytecode"]
    assert run.est_pret(atelier)
    assert lance(atelier, "check").returncode == 0
    assert len([appel for appel in appels(atelier) if "uv sync" in appel]) == 1


def test_without_a_network_what_is_on_the_machine_is_tried(run: ModuleType, atelier: Path) -> None:
    version = (atelier / "version").read_text()
    installe_interprete(
        atelier,
        f'case "$*" in *"uv --version"*) echo "uv {version}";; *--offline*) exit 0;; *"uv sync"*) exit 2;; esac\n',
    )
    (atelier / ".venv" / "pret").unlink()
    assert lance(atelier, "check").returncode == 0
    assert run.est_pret(atelier)


def test_an_installation_that_fails_says_so_in_french_and_is_not_ready(run: ModuleType, atelier: Path) -> None:
    version = (atelier / "version").read_text()
    installe_interprete(atelier, f'case "$*" in *"uv --version"*) echo "uv {version}";; *"uv sync"*) exit 2;; esac\n')
    (atelier / ".venv" / "pret").unlink()
    resultat = lance(atelier, "check")
    assert resultat.returncode == 1
    assert "n’ont pas pu être installés" in resultat.stderr
    assert "Traceback" not in resultat.stderr
    assert not run.est_pret(atelier)


def test_one_failing_check_does_not_hide_the_others_and_fails(atelier: Path) -> None:
    installe_interprete(atelier, 'case "$*" in *"ruff format"*) exit 1;; esac\n')
    resultat = lance(atelier, "check")
    assert resultat.returncode == 1
    assert "mise en forme" in resultat.stderr.splitlines()[-1]
    assert len(appels(atelier)) == 5


def test_test_ends_with_the_line_and_the_status_of_pytest(atelier: Path) -> None:
    installe_interprete(atelier, 'case "$*" in *pytest*) echo "=== 3 passed ==="; exit 5;; esac\n')
    resultat = lance(atelier, "test", "--long")
    assert resultat.returncode == 5
    assert resultat.stdout.splitlines()[-1] == "=== 3 passed ==="
    assert "--long" in appels(atelier)[-1]


def test_tests_run_even_when_a_check_failed_and_the_command_fails(atelier: Path) -> None:
    installe_interprete(atelier, 'case "$*" in *mypy*) exit 1;; *pytest*) exit 0;; esac\n')
    resultat = lance(atelier, "test")
    assert "pytest" in appels(atelier)[-1]
    assert resultat.returncode == 1


def test_named_tests_run_alone(run: ModuleType) -> None:
    assert run.options_pytest(["tests/test_run.py", "-k", "un"]) == ["tests/test_run.py", "-k", "un"]
    assert run.options_pytest(["--", "-x"])[-1] == "-x"
    assert "--cov" in run.options_pytest(["--long"])


def test_demo_and_bench_receive_their_arguments(atelier: Path) -> None:
    lance(atelier, "demo", "--une-fois", "--taille", "petit")
    lance(atelier, "bench", "--json", "f.json")
    assert appels(atelier) == ["-m banc.demo --une-fois --taille petit", "bench/run_bench.py --json f.json"]


@pytest.mark.parametrize(("arguments", "code"), [(["inconnue"], 2), ([], 2), (["--help"], 0)])
def test_usage_is_shown(atelier: Path, arguments: list[str], code: int) -> None:
    resultat = lance(atelier, *arguments)
    assert resultat.returncode == code
    assert "Usage : python run.py" in resultat.stdout + resultat.stderr
    assert appels(atelier) == []


def test_an_old_python_gets_a_sentence(run: ModuleType) -> None:
    with pytest.raises(run.Echec, match=r"Python 3\.11 ou plus récent .* version 3\.9"):
        run.verifie_version((3, 9))
    run.verifie_version((3, 11))


def test_the_lock_fixes_the_installer_and_its_digests(run: ModuleType, racine: Path) -> None:
    verrou = (racine / "uv.lock").read_text(encoding="utf-8")
    uv = next(paquet for paquet in tomllib.loads(verrou)["package"] if paquet["name"] == "uv")
    fichiers = [*uv["wheels"], uv["sdist"]]
    assert run.version_de_uv(verrou) == uv["version"]
    assert sorted(run.empreintes_de_uv(verrou)) == sorted(fichier["hash"] for fichier in fichiers)
    groupe = tomllib.loads((racine / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]["dev"]
    assert f"uv=={uv['version']}" in groupe


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE"])
def test_the_certificate_of_the_company_reaches_both_installers(run: ModuleType, tmp_path: Path, variable: str) -> None:
    autorite = tmp_path / "ca.pem"
    autorite.touch()
    environ = {variable: str(autorite), "HOME": str(tmp_path)}
    assert run.environnement_uv(environ)["SSL_CERT_FILE"] == str(autorite)
    assert run.environnement_uv(environ)["UV_SYSTEM_CERTS"] == "1"
    assert run.environnement_pip(environ)["PIP_CERT"] == str(autorite)


def test_without_a_home_the_cache_stays_in_the_checkout(run: ModuleType, tmp_path: Path) -> None:
    assert run.environnement_uv({})["UV_CACHE_DIR"] == str(run.VENV / "cache-uv")
    assert run.environnement_uv({"HOME": str(tmp_path / "absent")})["UV_CACHE_DIR"] == str(run.VENV / "cache-uv")
    assert "UV_CACHE_DIR" not in run.environnement_uv({"HOME": str(tmp_path)})


@pytest.mark.parametrize("signal_recu", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("commande", ["check", "test", "demo"])
def test_a_signal_leaves_no_process_behind(atelier: Path, commande: str, signal_recu: signal.Signals) -> None:
    installe_interprete(atelier, f'echo $$ > "{atelier}/pid"\nexec sleep 300\n')
    processus = subprocess.Popen(
        [sys.executable, str(atelier / "run.py"), commande], stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        attend(lambda: (atelier / "pid").exists() and bool((atelier / "pid").read_text().strip()))
        enfant = int((atelier / "pid").read_text())
        # What a terminal does on Ctrl-C: the whole group hears it. A service manager tells the leader only.
        if signal_recu is signal.SIGINT:
            os.kill(-processus.pid, signal_recu)
        else:
            processus.send_signal(signal_recu)
        assert processus.wait(timeout=20) != 0
        attend(lambda: not psutil.pid_exists(enfant))
    finally:
        processus.kill()
        processus.wait()


def attend(condition: Callable[[], bool]) -> None:
    """Wait until it is true; fail after twenty seconds."""
    limite = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < limite, "never happened"
        time.sleep(0.02)
