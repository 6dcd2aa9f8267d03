"""`python -m banc.batigest`: the stand-in as a process of its own (see the package's docstring)."""

import argparse
import json
import os
import signal
import sys
import threading

from banc.batigest.serveur import ServeurBatigest


def main() -> int:
    """Serve until SIGTERM or SIGINT. One line of JSON tells the port when it is ready."""
    lecteur = argparse.ArgumentParser(prog="python -m banc.batigest", description=__doc__)
    lecteur.add_argument("--hote", default="127.0.0.1")
    lecteur.add_argument("--port", type=int, default=0)
    lecteur.add_argument("--base", default="BTG_DOS_DEMO")
    options = lecteur.parse_args()
    manquantes = [n for n in (POSTGRES, UTILISATEUR, MOT_DE_PASSE) if not os.environ.get(n)]
    if manquantes:
        sys.stderr.write(f"Variables d’environnement manquantes : {', '.join(manquantes)}\n")
        return 2
    arret = threading.Event()
    for numero in (signal.SIGTERM, signal.SIGINT):
        signal.signal(numero, lambda *_: arret.set())
    identifiants = {os.environ[UTILISATEUR]: os.environ[MOT_DE_PASSE]}
    with ServeurBatigest(
        os.environ[POSTGRES], base=options.base, identifiants=identifiants, hote=options.hote, port=options.port
    ) as serveur:
        sys.stdout.write(json.dumps({"port": serveur.port, "base": options.base}) + "\n")
        sys.stdout.flush()
        arret.wait()
    return 0


POSTGRES = "BANC_BATIGEST_POSTGRES"
UTILISATEUR = "BANC_BATIGEST_UTILISATEUR"
MOT_DE_PASSE = "BANC_BATIGEST_MOT_DE_PASSE"

if __name__ == "__main__":
    sys.exit(main())
