"""The real parts, for the faults of the previous generation; and the product as a firm runs it, in its own process."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from apps.connecteur.tests.pieces.firme import Firme
from apps.connecteur.tests.pieces.machines import Machines, configuration, demarre

from connecteur.web.app import WEB
from sages_commun.web.feuille import compile_feuille


@pytest.fixture(scope="session")
def machines() -> Iterator[Machines]:
    with demarre() as machines:
        yield machines


@pytest.fixture
def firme(machines: Machines) -> Iterator[Firme]:
    with Firme(machines) as firme:
        yield firme


@dataclass
class Service:
    """`connecteur serve`, running."""

    processus: "subprocess.Popen[str]"
    adresse: str
    donnees: Path
    erreurs: list[str] = field(default_factory=list)

    def stop(self) -> str:
        """Ask it to stop; everything it had said since it was ready."""
        self.processus.terminate()
        reste, _ = self.processus.communicate(timeout=60)
        return reste + "".join(self.erreurs)


def environnement() -> dict[str, str]:
    """Ours, without any setting of a connector."""
    return {nom: valeur for nom, valeur in os.environ.items() if not nom.startswith("CONNECTEUR_")}


@pytest.fixture
def service(machines: Machines, tmp_path: Path) -> Iterator[Service]:
    machines.remet_a_neuf()
    compile_feuille(WEB)
    config = tmp_path / "connecteur.toml"
    config.write_text(configuration(machines, tmp_path / "donnees"), encoding="utf-8")
    with (tmp_path / "erreurs").open("w+", encoding="utf-8") as erreurs:
        processus = subprocess.Popen(
            [sys.executable, "-m", "connecteur", "serve", "--config", str(config), "--json"],
            stdout=subprocess.PIPE, stderr=erreurs, text=True, env=environnement(),
        )  # fmt: skip
        minuteur = threading.Timer(60, processus.kill)
        minuteur.start()
        try:
            assert processus.stdout is not None
            pret = processus.stdout.readline()
            minuteur.cancel()
            assert pret, (tmp_path / "erreurs").read_text()
            yield Service(processus, json.loads(pret)["adresse"], tmp_path / "donnees")
        finally:
            minuteur.cancel()
            if processus.poll() is None:
                processus.kill()
                processus.communicate()
