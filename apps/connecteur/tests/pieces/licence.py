"""A licence in force, as a firm has one: a lease really signed, in a real vault. And who signs it."""

import json
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from connecteur.bootstrap import LicenceDuDossier, portail
from connecteur.coffre import Coffre
from connecteur.domain.chantier import Genre
from connecteur.licence.temps import recale
from connecteur.settings import ReglagesLicence
from connecteur.tampon.connexion import Connexions
from connecteur.tampon.migration import migre
from licence_manager.signing.signataire import Signataire
from sages_commun.licence import Bail, FaitsLicence, Verdict, condense_cle, lit_cles_publiques, make_cle

FONCTIONS = ("chantier", "devis", "heures")


@dataclass(frozen=True)
class Autorite:
    """Who signs leases: one key, drawn for the test."""

    signataire: Signataire = field(default_factory=Signataire.neuf)

    @property
    def publique(self) -> str:
        """As the settings carry it."""
        return self.signataire.publique()

    @property
    def cles(self) -> Mapping[str, Ed25519PublicKey]:
        """As the connector knows it."""
        return lit_cles_publiques([self.publique])

    def signe(self, bail: Bail) -> str:
        """The lease as it travels."""
        return self.signataire.signe(bail)


def un_bail(
    cle: str,
    machine: str,
    *,
    nonce: str | None = None,
    emis: datetime | None = None,
    verdict: Verdict = Verdict.VALIDE,
    licence_jours: float = 300,
    fonctions: tuple[str, ...] = FONCTIONS,
) -> Bail:
    """As the Licence Manager makes it: a day before it is to be refreshed, seven days, never past the licence."""
    emis = (emis or datetime.now(UTC)).replace(microsecond=0)
    echeance = emis + timedelta(days=licence_jours)
    fin = min(emis + timedelta(days=7), echeance) if verdict is Verdict.VALIDE else emis + timedelta(minutes=5)
    bail = Bail(
        verdict=verdict,
        message="",
        condense=condense_cle(cle),
        machine=machine,
        nonce=nonce,
        emis=emis,
        a_rafraichir=min(emis + timedelta(days=1), fin),
        expire=fin,
        licence=FaitsLicence("C. Lefèvre", "Menuiserie Lefèvre", echeance, fonctions, 3, -1, -1),
    )
    return replace(bail, licence=None) if verdict in {Verdict.INCONNUE, Verdict.MAL_FORMEE} else bail


AUTORITE = Autorite()
"""Signs the licence of every test that only needs one in force."""
SERVEUR = "http://127.0.0.1:9"
"""Nobody is there: what is in force stays in force until the lease is over."""


def pose_licence(
    donnees: Path, *, autorite: Autorite = AUTORITE, coffre: Coffre | None = None, **options: Any
) -> dict[str, str]:
    """Write a licence in the vault of this data folder, as the connector would have; its settings, as TOML values."""
    cle, machine = make_cle(), secrets.token_hex(16)
    bail = un_bail(cle, machine, **options)
    (coffre or Coffre(donnees)).ecrit(
        {
            "licence.machine": machine,
            "licence.cle": cle,
            "licence.bail": autorite.signe(bail),
            "licence.vu": json.dumps(recale(bail.emis, bail.emis).en_json()),
        }
    )
    return {"serveur": json.dumps(SERVEUR), "cles_publiques": json.dumps([autorite.publique])}


def table_licence(donnees: Path, **options: Any) -> str:
    """The same, as the table of a settings file."""
    return "[licence]\n" + "".join(f"{nom} = {valeur}\n" for nom, valeur in pose_licence(donnees, **options).items())


@contextmanager
def licence_en_vigueur(url_tampon: str, **options: Any) -> Iterator[LicenceDuDossier]:
    """The real gate of a dossier, on a vault of its own: what runs are let in by; `options` are those of `un_bail`."""
    with tempfile.TemporaryDirectory() as dossier, closing(Connexions(url_tampon)) as connexions:
        donnees = Path(dossier)
        reglages = {nom: json.loads(valeur) for nom, valeur in pose_licence(donnees, **options).items()}
        migre(connexions)
        with portail(donnees, ReglagesLicence(**reglages), connexions) as garde:
            yield LicenceDuDossier(garde, lambda: Genre.CHANTIER)
