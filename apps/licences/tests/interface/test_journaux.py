"""No key of a licence reaches a log, whoever runs the program and however it is asked."""

import re
import subprocess
import sys
from urllib.parse import quote

import httpx2
from apps.licences.tests.conftest import SECRET
from apps.licences.tests.test_programme import attend, programme

from licence_manager.settings import PREFIXE
from sages_commun.systeme import port_libre

from .conftest import Pages


def test_uvicorn_logs_requests_without_their_keys(pages: Pages, url: str) -> None:
    cle = pages.maison.licences.show_cle(pages.numeros["Peinture Rossi"])
    nue = cle.replace("-", "")
    port = port_libre()
    env = {f"{PREFIXE}BASE": url, f"{PREFIXE}SECRET": SECRET}
    with programme(["-m", "uvicorn", "licence_manager.main:app", "--port", str(port)], env) as processus:
        attend(processus.stderr, "running on")
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            for chemin in (
                f"/licenses/details/{cle}",
                f"/licenses/details/{nue.lower()}",
                f"/licenses/details/{quote(cle.replace('-', '–'))}",
                f"/licenses/details/{cle}/prolonger",
                f"/licenses?texte={cle}",
                f"/licenses?texte={quote(cle.replace('-', ' '))}",
                f"/{cle}",
                "/health",
            ):
                client.get(chemin)
        processus.terminate()
        sortie = "".join(processus.communicate(timeout=30))
    assert '"GET /health HTTP/1.1" 200' in sortie, "requests are logged"
    assert sortie.count("GET /licenses/… HTTP") == 4
    lisible = re.sub(r"%[0-9A-F]{2}", "", sortie).upper().replace("-", "").replace(" ", "")
    assert nue not in lisible


def test_the_command_that_would_log_them_is_the_one_that_was_tried(pages: Pages) -> None:
    """Without what is done about it, uvicorn shows the address as it was asked."""
    code = (
        "import logging, uvicorn; uvicorn.Config('x:y').configure_logging();"
        "logging.getLogger('uvicorn.access').info('%s - \"%s %s HTTP/%s\" %d', 'a', 'GET', '/l/ABCD-EFGH', '1.1', 200)"
    )
    sortie = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "ABCD-EFGH" in sortie
