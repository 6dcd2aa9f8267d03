"""Other processes: a second driver (the choice is made once per process), the server on its own."""

import json
import os
import signal
import subprocess
import sys
from types import TracebackType
from typing import Self

from .conftest import MOT_DE_PASSE, Adresse


def lance(programme: str, *arguments: str, **environnement: str) -> str:
    """Run this Python program to its end; what it printed."""
    resultat = subprocess.run(
        [sys.executable, "-W", "error", "-c", programme, *arguments],
        capture_output=True, text=True, timeout=120, check=False, env={**os.environ, **environnement},
    )  # fmt: skip
    assert resultat.returncode == 0, resultat.stderr
    return resultat.stdout


class ServeurAPart:
    """`python -m banc.batigest`, ready when entered, stopped by SIGTERM when left."""

    def __init__(self, postgres: str, base: str) -> None:
        self._postgres, self._base = postgres, base

    def demarre(self) -> None:
        """Without waiting for it."""
        self.processus = subprocess.Popen(
            [sys.executable, "-m", "banc.batigest", "--base", self._base], stdout=subprocess.PIPE, text=True,
            env={
                **os.environ, "BANC_BATIGEST_POSTGRES": self._postgres, "BANC_BATIGEST_UTILISATEUR": "sa",
                "BANC_BATIGEST_MOT_DE_PASSE": MOT_DE_PASSE,
            },
        )  # fmt: skip

    def __enter__(self) -> Self:
        if not hasattr(self, "processus"):
            self.demarre()
        assert self.processus.stdout is not None
        annonce = json.loads(self.processus.stdout.readline())
        self.adresse = Adresse(annonce["port"], annonce["base"], self._postgres)
        return self

    def __exit__(
        self, genre: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.processus.poll() is None:
            self.processus.send_signal(signal.SIGTERM)
        self.processus.communicate(timeout=30)

    def tue(self) -> None:
        """No warning, no clean-up."""
        self.processus.kill()
        self.processus.wait()
