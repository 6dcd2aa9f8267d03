"""The simulated tenant as a process of its own: `python -m banc.batisimply --fichier F`.

The account comes from BATISIMPLY_CLIENT_ID, BATISIMPLY_CLIENT_SECRET, BATISIMPLY_UTILISATEUR and
BATISIMPLY_MOT_DE_PASSE. One line of JSON says where it answers; SIGTERM or Ctrl-C ends it cleanly.
"""

import argparse
import json
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from pydantic import ValidationError

from banc.batisimply.compte import Compte
from banc.batisimply.reglages import Comportement
from banc.batisimply.serveur import ServeurBatisimply


def main() -> int:
    """Serve until told to stop. Exit code 2: the command or the environment is wrong; 1: it could not listen."""
    analyseur = argparse.ArgumentParser(prog="python -m banc.batisimply", description="Un BatiSimply de démonstration.")
    analyseur.add_argument("--fichier", type=Path, required=True, help="le fichier SQLite qui garde l’état")
    analyseur.add_argument("--hote", default="127.0.0.1")
    analyseur.add_argument("--port", type=int, default=0, help="0 : un port libre")
    analyseur.add_argument("--duree-jeton-s", type=int, default=300)
    analyseur.add_argument("--comportement", default="{}", help="la forme des réponses, en JSON")
    options = analyseur.parse_args()
    try:
        compte = Compte.depuis_environnement()
    except KeyError as exc:
        analyseur.error(f"la variable {exc.args[0]} manque")
    try:
        comportement = Comportement.model_validate_json(options.comportement)
    except ValidationError as exc:
        analyseur.error(f"--comportement : {exc}")

    arret = threading.Event()

    def demande_arret(signum: int, trame: FrameType | None) -> None:  # noqa: ARG001
        arret.set()

    signal.signal(signal.SIGTERM, demande_arret)
    signal.signal(signal.SIGINT, demande_arret)
    serveur = ServeurBatisimply(
        options.fichier,
        compte=compte,
        hote=options.hote,
        port=options.port,
        duree_jeton_s=options.duree_jeton_s,
        comportement=comportement,
    )
    try:
        serveur.start()
    except OSError as exc:
        sys.stderr.write(f"Le simulateur BatiSimply ne peut pas écouter sur {options.hote}:{options.port} : {exc}\n")
        return 1
    try:
        sys.stdout.write(json.dumps({"url": serveur.url, "pid": os.getpid()}) + "\n")
        sys.stdout.flush()
        while not arret.wait(0.5):  # a wait without end cannot be interrupted on Windows
            pass
    finally:
        serveur.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
