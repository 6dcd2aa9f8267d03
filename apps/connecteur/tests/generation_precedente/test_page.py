"""Faults of the previous generation that a person had before their eyes: real process, real browser."""

import subprocess
import sys
from pathlib import Path

import httpx2
import psutil
import pytest
from apps.connecteur.tests.pieces.machines import COMPTE, MOT_DE_PASSE, Machines, configuration
from playwright.sync_api import Browser, expect

from banc.batisimply import Genre, Panne
from connecteur.errors import ConfigurationInvalide
from connecteur.settings import charge

from .conftest import Service, environnement


def test_fault_9_the_page_says_failure_when_it_failed(
    service: Service, machines: Machines, navigateur: Browser
) -> None:
    machines.batisimply.pannes.ajoute(Panne(genre=Genre.STATUT, statut=403, chemin="/api/timeSlotManagement/*"))
    contexte = navigateur.new_context()
    page = contexte.new_page()
    page.goto(service.adresse)
    page.locator('form[action="/sync-batisimply-to-batigest"] button').first.click()
    expect(page.get_by_text("Échec", exact=True).first).to_be_visible()
    expect(page.get_by_text("Le compte BatiSimply n’a pas le droit d’accéder à").first).to_be_visible()
    assert page.get_by_text("Réussi", exact=True).count() == 0
    contexte.close()


def test_fault_10_no_secret_stands_in_clear_in_pages_journal_processes_or_reports(
    service: Service, machines: Machines, navigateur: Browser
) -> None:
    secrets = [MOT_DE_PASSE, COMPTE.client_secret, COMPTE.mot_de_passe, mot_de_passe_de(machines.url_tampon)]
    machines.batisimply.pannes.ajoute(Panne(genre=Genre.STATUT, statut=403, chemin="/api/project*"))
    contexte = navigateur.new_context()
    page = contexte.new_page()
    vus: list[str] = []
    page.on("response", lambda reponse: vus.append(reponse.url))
    page.goto(service.adresse)
    page.locator('form[action="/sync-batigest-to-batisimply"] button').first.click()
    expect(page.get_by_text("Échec", exact=True).first).to_be_visible()
    liens = {str(lien) for lien in page.locator("a").evaluate_all("liens => liens.map(l => l.href)")}
    adresses = sorted({url for url in liens if url.startswith(service.adresse)} | {service.adresse})
    assert len(adresses) > 1
    pages = [page.content()]
    for adresse in adresses:
        page.goto(adresse)
        pages.append(page.content())
        # No login form that answers to a password everybody knows: nothing is filled in anywhere.
        assert page.locator('input[type="password"][value]:not([value=""])').count() == 0
    contexte.close()

    commandes = [" ".join(p.cmdline()) for p in _famille(service.processus.pid)]
    sorties = service.stop()
    fichiers = {f: f.read_bytes() for f in service.donnees.rglob("*") if f.is_file()}
    assert any(b"run" in octets for octets in fichiers.values()), "a journal was looked at"
    for secret in secrets:
        assert all(secret not in texte for texte in pages)
        assert all(secret not in commande for commande in commandes)
        assert secret not in sorties
        assert [fichier for fichier, octets in fichiers.items() if secret.encode() in octets] == []


def mot_de_passe_de(url: str) -> str:
    """The password of a PostgreSQL URL."""
    secret = httpx2.URL(url).password
    assert secret
    return secret


def _famille(pid: int) -> list[psutil.Process]:
    processus = psutil.Process(pid)
    return [processus, *processus.children(recursive=True)]


@pytest.mark.parametrize("faux", ["batigest", "client", "batisimply", "tampon"])
def test_fault_10_a_refused_secret_is_never_repeated(machines: Machines, tmp_path: Path, faux: str) -> None:
    machines.remet_a_neuf()
    refuse = "un-secret-refuse-42"
    if faux == "tampon":
        url = machines.url_tampon
        config = configuration(machines, tmp_path / "d", tampon=url.replace(mot_de_passe_de(url), refuse))
    else:
        config = configuration(machines, tmp_path / "d", **{faux: refuse})
    fichier = tmp_path / "connecteur.toml"
    fichier.write_text(config, encoding="utf-8")
    essai = subprocess.run(
        [sys.executable, "-m", "connecteur", "doctor", "--config", str(fichier), "--json"],
        capture_output=True, encoding="utf-8", env=environnement(), timeout=120, check=False,
    )  # fmt: skip
    assert essai.returncode != 0
    assert "échec" in essai.stdout
    for secret in (refuse, MOT_DE_PASSE, COMPTE.client_secret, COMPTE.mot_de_passe):
        assert secret not in essai.stdout + essai.stderr


def test_fault_10_no_password_has_a_default(tmp_path: Path) -> None:
    fichier = tmp_path / "connecteur.toml"
    fichier.write_text(
        f"""
donnees = "{tmp_path}"
[batigest]
serveur = "localhost"
base = "BTG_DOS_DEMO"
utilisateur = "sa"
[batisimply]
url_api = "https://api.exemple.fr"
url_sso = "https://sso.exemple.fr"
client_id = "connecteur"
"""
    )
    with pytest.raises(ConfigurationInvalide, match=r"« batigest\.mot_de_passe » manque"):
        charge(fichier)
    fichier.write_text(fichier.read_text().replace('"sa"', '"sa"\nmot_de_passe = "x"'))
    reglages = charge(fichier)
    assert reglages.batisimply.mot_de_passe.get_secret_value() == ""
    assert reglages.batisimply.client_secret.get_secret_value() == ""
    assert reglages.tampon.url is None
