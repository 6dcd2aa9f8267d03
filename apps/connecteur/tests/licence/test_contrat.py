"""Both programs as they are run: the Licence Manager in a process of its own, the connector's gate and commands."""

import base64
import io
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

import licence_manager.web
from connecteur.bootstrap import portail
from connecteur.cli import main
from connecteur.cli.codes import Code
from connecteur.errors import ConfigurationInvalide, ErreurConnecteur, GesteRefuse, ReponseIllisible
from connecteur.licence.etats import Etat, Fonction
from connecteur.licence.portail import Portail
from connecteur.settings import ReglagesLicence
from connecteur.tampon.connexion import Connexions
from connecteur.tampon.migration import migre
from connecteur.tampon.tampon import Tampon
from licence_manager.bootstrap import Maison, ouvre
from licence_manager.domain.duree import fin_de_journee, jour_de
from licence_manager.domain.licence import Fiche, Licence
from licence_manager.domain.licence import Fonction as Vendue
from licence_manager.settings import PREFIXE, Reglages
from sages_commun.licence import Verdict
from sages_commun.postgres_embarque import PostgresEmbarque
from sages_commun.web.feuille import compile_feuille

from .conftest import ecrit_config
from .menteur import certificat_forge, entre

SECRET = base64.b64encode(secrets.token_bytes(32)).decode()


@contextmanager
def sert(url: str) -> Iterator[str]:
    """The Licence Manager, running on this database; its address."""
    env = {nom: valeur for nom, valeur in os.environ.items() if not nom.startswith(PREFIXE)}
    env |= {f"{PREFIXE}BASE": url, f"{PREFIXE}SECRET": SECRET, f"{PREFIXE}PORT": "0"}
    with subprocess.Popen(
        [sys.executable, "-m", "licence_manager", "serve", "--json"],
        env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as processus:  # fmt: skip
        try:
            assert processus.stdout is not None
            yield str(json.loads(processus.stdout.readline())["adresse"])
        finally:
            processus.terminate()


@dataclass
class Maisons:
    """The seller's side: the program that serves, and what the seller does beside it."""

    url: str
    adresse: str
    maison: Maison
    url_tampon: str

    @property
    def cles(self) -> tuple[str, ...]:
        """What connectors carry."""
        return tuple(cle.publique for cle in self.maison.cles.list_cles()[:2])

    def vend(self, jours: int = 300, **fiche: Any) -> tuple[Licence, str]:
        """A new licence and its key."""
        fin = fin_de_journee(jour_de(datetime.now(UTC)) + timedelta(days=jours))
        return self.maison.licences.create_licence(Fiche("Menuiserie Lefèvre", **fiche), fin, "vendeur")

    def utilisations(self, licence: Licence) -> int:
        """How many uses were counted."""
        return self.maison.licences.read_licences([licence.id])[0].utilisations


@pytest.fixture(scope="module")
def maisons() -> Iterator[Maisons]:
    compile_feuille(Path(licence_manager.web.__file__).parent)
    dossier = Path(tempfile.mkdtemp(prefix="contrat-", dir="/tmp"))
    dossier.chmod(0o755)
    with ExitStack() as pile:
        pile.callback(shutil.rmtree, dossier)
        postgres = pile.enter_context(PostgresEmbarque(dossier / "pg", durable=False))
        url = postgres.create_base("licences")
        reglages = Reglages.model_validate({"base": SecretStr(url), "secret": SecretStr(SECRET)})
        maison = pile.enter_context(ouvre(reglages, a_migrer=True))
        yield Maisons(url, pile.enter_context(sert(url)), maison, postgres.create_base("tampon"))


Ouvre = Callable[..., Portail]


@pytest.fixture
def machine(maisons: Maisons, tmp_path: Path) -> Iterator[Ouvre]:
    """Opens the gate of a machine; each name is a machine of its own."""
    with ExitStack() as pile:
        connexions = Connexions(maisons.url_tampon)
        pile.callback(connexions.close)
        migre(connexions)

        def ouvre_machine(nom: str = "poste", adresse: str = "", cles: tuple[str, ...] = ()) -> Portail:
            reglages = ReglagesLicence(serveur=adresse or maisons.adresse, cles_publiques=cles or maisons.cles)
            return pile.enter_context(portail(tmp_path / nom, reglages, connexions))

        yield ouvre_machine


def test_a_licence_is_sold_used_deactivated_and_given_back(maisons: Maisons, machine: Ouvre) -> None:
    licence, cle = maisons.vend()
    garde = machine()
    assert garde.pose(cle, "essai").etat is Etat.VALIDE
    assert garde.admet("contrat-1", Fonction.HEURES) is None
    assert garde.admet("contrat-1", Fonction.HEURES) is None
    assert maisons.utilisations(licence) == 1
    maisons.maison.licences.deactivate_licence(licence.id, "vendeur", "impayé")
    assert garde.situation().en_vigueur  # not asked since
    refus = garde.admet("contrat-2", Fonction.HEURES)
    assert refus is not None
    assert "désactivée" in refus.message
    assert garde.admet("contrat-1", Fonction.HEURES) is None  # it has begun
    maisons.maison.licences.reactivate_licence(licence.id, "vendeur")
    assert garde.rafraichis(qui="essai").etat is Etat.VALIDE
    assert maisons.utilisations(licence) == 1


def test_a_licence_that_expires_is_renewed_and_known_at_the_next_contact(maisons: Maisons, machine: Ouvre) -> None:
    licence, cle = maisons.vend()
    garde = machine()
    garde.pose(cle, "essai")
    hier = jour_de(datetime.now(UTC)) - timedelta(days=2)
    maisons.maison.licences.change_echeance(licence.id, hier, "vendeur")
    situation = garde.rafraichis(qui="essai")
    assert (situation.etat, situation.verdict) == (Etat.EXPIREE, Verdict.EXPIREE)
    with pytest.raises(GesteRefuse, match="a expiré"):
        machine("autre").pose(cle, "essai")
    maisons.maison.licences.change_echeance(licence.id, hier + timedelta(days=400), "vendeur")
    assert garde.admet("renouvelee", Fonction.HEURES) is None
    maisons.maison.licences.archive_licence(licence.id, "vendeur")
    assert garde.rafraichis(qui="essai").etat is Etat.REFUSEE
    with pytest.raises(GesteRefuse, match="n’existe pas"):
        machine("autre").pose("0000-0000-0000-0000", "essai")


def test_a_key_that_was_issued_again_takes_the_place_of_the_old_one(maisons: Maisons, machine: Ouvre) -> None:
    licence, ancienne = maisons.vend()
    garde = machine()
    garde.pose(ancienne, "essai")
    nouvelle = maisons.maison.licences.reissue_cle(licence.id, "vendeur", "perdue")
    assert garde.rafraichis(qui="essai").etat is Etat.REFUSEE
    assert garde.pose(nouvelle, "essai").etat is Etat.VALIDE


def test_a_second_machine_takes_no_place_that_is_not_there(maisons: Maisons, machine: Ouvre) -> None:
    _, cle = maisons.vend(machines_max=1)
    assert machine("un").pose(cle, "essai").en_vigueur
    with pytest.raises(GesteRefuse, match="autant de machines"):
        machine("deux").pose(cle, "essai")
    assert machine("un").rafraichis(qui="essai").en_vigueur


def test_the_last_use_serves_its_run_and_the_next_one_is_refused(maisons: Maisons, machine: Ouvre) -> None:
    licence, cle = maisons.vend(utilisations_max=2)
    garde = machine()
    garde.pose(cle, "essai")
    assert [garde.admet(f"limite-{rang}", Fonction.HEURES) is None for rang in range(3)] == [True, True, False]
    assert maisons.utilisations(licence) == 2
    assert garde.admet("limite-1", Fonction.HEURES) is None


def test_functions_that_were_not_sold_are_refused(maisons: Maisons, machine: Ouvre) -> None:
    licence, cle = maisons.vend(fonctions=frozenset({Vendue.HEURES}))
    garde = machine()
    garde.pose(cle, "essai")
    refus = garde.admet("fonction-1", Fonction.CHANTIER)
    assert refus is not None
    assert "ne comprend pas" in refus.message
    assert garde.admet("fonction-2", Fonction.HEURES) is None
    assert maisons.utilisations(licence) == 1


def test_the_command_line_sets_shows_and_refuses(
    maisons: Maisons, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    licence, cle = maisons.vend()
    with Tampon(maisons.url_tampon, "principal", ZoneInfo("Europe/Paris")) as tampon:
        tampon.migre()
        tampon.change_reglage("disparu", 1, "essai")  # every run of this dossier fails at once, with a sentence
    config = ecrit_config(tmp_path / "cli.toml", tampon=maisons.url_tampon, serveur=maisons.adresse, cles=maisons.cles)

    def tape(*arguments: str, saisie: str = "") -> tuple[int, dict[str, Any]]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(saisie))
        with pytest.raises(SystemExit) as fin:
            main([*arguments, "--json", "--config", str(config)])
        assert isinstance(fin.value.code, int)
        return fin.value.code, json.loads(capsys.readouterr().out)

    assert tape("licence", "etat")[0] == Code.LICENCE
    code, refuse = tape("sync", "heures")
    assert (code, "clé de licence" in refuse["erreur"]["message"]) == (Code.LICENCE, True)
    assert tape("licence", "pose", saisie="AAAA\n")[0] == Code.ECHEC
    code, pose = tape("licence", "pose", saisie=f"{cle.lower()}\n")
    assert (code, pose["etat"], cle in json.dumps(pose)) == (Code.REUSSI, "valide", False)
    assert tape("sync", "heures")[0] == Code.ECHEC  # for the setting; the licence lets it begin
    assert maisons.utilisations(licence) == 1
    maillons = {m["nom"]: m["etat"] for m in tape("doctor")[1]["maillons"]}
    assert (maillons["Licence"], maillons["Serveur de licences"]) == ("ok", "ok")
    maisons.maison.licences.deactivate_licence(licence.id, "vendeur")
    code, etat = tape("licence", "rafraichit")
    assert (code, etat["verdict"]) == (Code.LICENCE, "inactive")
    assert tape("sync", "heures")[0] == Code.LICENCE
    assert tape("rejets", "liste")[0] == Code.REUSSI
    assert "Licence" in {m["nom"] for m in tape("doctor")[1]["maillons"] if m["etat"] == "échec"}


MENSONGES = {
    "HTML": "a répondu autre chose qu’un verdict de licence",
    "HTML dit JSON": "n’est pas lisible",
    "portail": "la clé de licence n’y a pas été envoyée",
    "rejouée": "celle d’une autre demande : elle est peut-être rejouée",
}
REJOUEE_AILLEURS = "a été délivré à une autre machine"
"""The same answer, played again to a machine that never asked."""


def test_a_proxy_that_lies_between_both_programs_gives_no_licence_and_is_named(
    maisons: Maisons, machine: Ouvre, tmp_path: Path
) -> None:
    """With a key that is good and a server that says so: only what stands in between is false."""
    licence, cle = maisons.vend()
    with entre(maisons.adresse) as menteur:
        garde = machine("droite", adresse=menteur.adresse)
        assert garde.pose(cle, "essai").etat is Etat.VALIDE  # through the same proxy, while it tells the truth
        avant = garde.situation()
        maisons.maison.licences.deactivate_licence(licence.id, "vendeur", "impayé")
        for mensonge, phrase in MENSONGES.items():
            menteur.mensonge = mensonge
            with pytest.raises(ErreurConnecteur) as refus:
                machine(f"neuve, {mensonge}", adresse=menteur.adresse).pose(cle, "essai")
            ailleurs = REJOUEE_AILLEURS if mensonge == "rejouée" else phrase
            assert ailleurs in refus.value.message.replace("\u00a0", " "), mensonge
            assert refus.value.remede
            assert machine(f"neuve, {mensonge}", adresse=menteur.adresse).situation().etat is Etat.ABSENTE
            # One that has its lease keeps it, and not one second more than it says.
            apres = garde.rafraichis(qui="essai")
            assert (apres.emis, apres.terme) == (avant.emis, avant.terme), mensonge
            assert apres.echec is not None
            assert phrase in apres.echec.message.replace("\u00a0", " "), mensonge
        menteur.mensonge = None
        assert garde.rafraichis(qui="essai").etat is Etat.REFUSEE  # the first true word
        assert all(cle.encode() in demande for demande in menteur.demandes)
    with entre(maisons.adresse, certificat_forge(tmp_path)) as menteur:
        with pytest.raises(ConfigurationInvalide, match="n’est pas reconnu par cet ordinateur : rien ne lui"):
            machine("tls", adresse=menteur.adresse).pose(cle, "essai")
        assert menteur.demandes == []  # the key was not even sent


def test_the_signing_key_turns_under_connectors_that_carry_two(maisons: Maisons, machine: Ouvre) -> None:
    """Last: the database signs with another key afterwards."""
    _, cle = maisons.vend()
    portees = maisons.cles
    garde = machine("tourne", cles=portees)
    assert garde.pose(cle, "essai").en_vigueur
    maisons.maison.cles.rotate("vendeur", urgence=True)
    with sert(maisons.url) as adresse:
        apres = machine("tourne", adresse=adresse, cles=portees)
        assert apres.rafraichis(qui="essai").etat is Etat.VALIDE
        assert apres.situation().echec is None
    maisons.maison.cles.rotate("vendeur", urgence=True)
    with sert(maisons.url) as adresse:
        trop_vieux = machine("tourne", adresse=adresse, cles=portees)
        situation = trop_vieux.rafraichis(qui="essai")
        assert situation.etat is Etat.VALIDE  # by its lease
        assert situation.echec is not None
        assert "ne connaît pas : mettez-le à jour" in situation.echec.message.replace("\u00a0", " ")
        with pytest.raises(ReponseIllisible):
            machine("neuf", adresse=adresse, cles=portees).pose(cle, "essai")
