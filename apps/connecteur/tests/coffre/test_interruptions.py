"""A vault whose writer is killed, and a vault that several programs write: nothing is lost, nothing is half there."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from connecteur.coffre import Coffre

from . import ecrivain

COUPS = 25


def lance(dossier: Path, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, ecrivain.__file__, str(dossier), *arguments], stdout=subprocess.PIPE, text=True, env=os.environ
    )


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_kill_at_any_instant_leaves_the_former_state_or_the_new_one(tmp_path: Path) -> None:
    """Writes and changes of key, killed at instants spread over one turn of both."""
    Coffre(tmp_path).ecrit({"un": "0", "autre": "0", "ancien": "gardé"})
    vus: set[int] = set()
    for coup in range(COUPS):
        processus = lance(tmp_path, "sans-fin")
        assert processus.stdout is not None
        processus.stdout.readline()
        time.sleep(coup * 0.0007)  # not waited for: the very thing that is tried is any instant
        processus.kill()
        processus.wait()
        processus.stdout.close()
        coffre = Coffre(tmp_path)
        tout = coffre.lit_tout()
        assert tout["un"] == tout["autre"]
        assert tout["ancien"] == "gardé"
        vus.add(coffre.etat().ecriture)  # type: ignore[union-attr]
        coffre.ecrit({"apres": str(coup)})
        assert Coffre(tmp_path).lit("apres") == str(coup)
    assert len(vus) > 1
    restes = [un.name for un in tmp_path.iterdir() if un.name.endswith(".neuf")]
    assert restes == [], "the next write clears what a killed one left"


def test_two_programs_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    """The first write, which makes the vault, included."""
    combien = 40
    programmes = [lance(tmp_path, nom, str(combien)) for nom in ("un", "deux")]
    fils = [threading.Thread(target=ecrivain.ecrit, args=(tmp_path, nom, combien)) for nom in ("trois", "quatre")]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert [programme.wait(timeout=60) for programme in programmes] == [0, 0]
    for programme in programmes:
        programme.communicate()
    attendus = {f"{nom}.{rang}": f"{rang}" for nom in ("un", "deux", "trois", "quatre") for rang in range(combien)}
    assert Coffre(tmp_path).lit_tout() == attendus


def test_a_reader_never_sees_half_a_write_nor_misses_a_key(tmp_path: Path) -> None:
    Coffre(tmp_path).ecrit({"un": "0", "autre": "0"})
    processus = lance(tmp_path, "sans-fin")
    try:
        assert processus.stdout is not None
        processus.stdout.readline()
        lecteur = Coffre(tmp_path)
        etats = set()
        for _ in range(150):
            tout = lecteur.lit_tout()
            assert tout["un"] == tout["autre"]
            etats.add(tout["un"])
        assert len(etats) > 1
    finally:
        processus.kill()
        processus.communicate()
