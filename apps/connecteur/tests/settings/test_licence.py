"""The address that the licence key is sent to."""

import pytest
from pydantic import ValidationError

from connecteur.settings import ReglagesLicence

CLE = "A" * 43


@pytest.mark.parametrize(
    ("serveur", "dit"),
    [("http://licences.exemple.fr", "en clair"), ("http://192.168.1.10:8000", "en clair"),
     ("https://moi@licences.exemple.fr", "sans compte"), ("ftp://licences.exemple.fr", "https"),
     ("https://licences.exemple.fr/?cle=1", "https"), ("https://licences.exemple.fr/#accueil", "https"),
     ("https://licences.exem\tple.fr", "https"), ("https://licences exemple.fr", "https")],
)  # fmt: skip
def test_an_address_that_would_carry_the_key_astray_is_named(serveur: str, dit: str) -> None:
    with pytest.raises(ValidationError, match=dit):
        ReglagesLicence(serveur=serveur, cles_publiques=(CLE,))


@pytest.mark.parametrize("serveur", ["https://licences.exemple.fr/", "http://127.0.0.1:8001", "http://localhost:8001"])
def test_https_is_believed_and_http_within_this_machine_only(serveur: str) -> None:
    assert ReglagesLicence(serveur=serveur, cles_publiques=(CLE,)).serveur == serveur.rstrip("/")
