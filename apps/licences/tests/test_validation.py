"""The validation service: verdicts, leases, limits under concurrency, what is remembered, how much may be asked."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta

import pytest
from sqlalchemy import text

from licence_manager.bootstrap import Maison, ouvre, purge_detail
from licence_manager.domain.duree import Duree
from licence_manager.domain.licence import Fiche
from licence_manager.domain.suivi import PASSAGES_MAX, Lot, Passage
from licence_manager.errors import BaseIndisponible, ConfigurationInvalide, TropDeDemandes
from licence_manager.repository import validations as module
from licence_manager.repository.cles import DepotCles, EtatCle
from licence_manager.repository.connexion import transaction
from licence_manager.services.validation import Demande, Reponse
from sages_commun.licence import MESSAGES, Bail, Verdict, lit_cles_publiques, make_cle, verifie_bail

from .conftest import Atelier, Montre, reglages_de

ICI = "127.0.0.1"


def portees(maison: Maison) -> list[str]:
    """The two public keys that connectors carry."""
    with transaction(maison.contexte.moteur) as connexion:
        return [cle.publique for cle in DepotCles(connexion, maison.contexte.coffre).list() if cle.etat != "retiree"]


def demande(
    maison: Maison, saisie: str, machine: str | None = None, *, adresse: str = ICI, version: str | None = None,
    nonce: str | None = None, consomme: bool = False, utilisation: str | None = None,
) -> Reponse:  # fmt: skip
    """Ask as a connector does, without HTTP."""
    return maison.validation.validate_licence(Demande(saisie, adresse, machine, version, nonce, consomme, utilisation))


def utilisations(reponse: Reponse) -> int:
    """What the answer says of the uses."""
    assert reponse.bail.licence is not None
    return reponse.bail.licence.utilisations


def lit(maison: Maison, reponse: Reponse, cle: str, machine: str | None = None, nonce: str | None = None) -> Bail:
    """As a connector does."""
    publiques = lit_cles_publiques(portees(maison))
    return verifie_bail(
        reponse.jeton, publiques, maintenant=maison.contexte.maintenant(), cle=cle, machine=machine, nonce=nonce
    )


def compte(maison: Maison, requete: str) -> int:
    with maison.contexte.transaction() as (connexion, _):
        return int(connexion.scalar(text(requete)) or 0)


def test_the_lease_is_believed_by_a_connector_and_says_the_same_as_the_answer(atelier: Atelier) -> None:
    maison = atelier.maison
    licence, cle = atelier.vend(Fiche("C. Lefèvre", "Menuiserie Lefèvre", machines_max=3))
    reponse = demande(maison, cle, "poste", nonce="n-1")
    bail = lit(maison, reponse, cle, "poste", "n-1")
    assert bail == reponse.bail
    assert bail.valide
    assert bail.licence is not None
    assert (bail.licence.entreprise, bail.licence.expire) == ("Menuiserie Lefèvre", licence.expire_le)
    assert bail.a_rafraichir - bail.emis == timedelta(hours=24)
    assert bail.expire - bail.emis == timedelta(days=7)


def test_a_lease_never_outlives_the_licence(atelier: Atelier) -> None:
    licence, cle = atelier.vend(duree=Duree(jours=1))
    bail = demande(atelier.maison, cle).bail
    assert bail.expire == licence.expire_le
    atelier.montre.le = licence.expire_le
    bail = demande(atelier.maison, cle).bail
    assert bail.valide
    assert bail.emis == bail.a_rafraichir == bail.expire


def test_refusals_are_signed_short_and_without_facts_of_others(atelier: Atelier) -> None:
    maison = atelier.maison
    inconnue = make_cle()
    for saisie, verdict in ((inconnue, Verdict.INCONNUE), ("AAAA-AAAA-AAAA-AAAA", Verdict.MAL_FORMEE)):
        reponse = demande(maison, saisie, "poste", nonce="n")
        bail = lit(maison, reponse, saisie, "poste", "n")
        assert (bail.verdict, bail.message, bail.licence) == (verdict, MESSAGES[verdict], None)
        assert bail.expire - bail.emis == timedelta(minutes=5)


def test_a_use_is_counted_only_when_asked_and_accepted(atelier: Atelier) -> None:
    maison = atelier.maison
    licence, cle = atelier.vend(Fiche("D", utilisations_max=2, machines_max=1))
    assert utilisations(demande(maison, cle, "a")) == 0
    assert demande(maison, cle, "b", consomme=True).bail.verdict is Verdict.LIMITE_MACHINES
    assert utilisations(demande(maison, cle, "a", consomme=True)) == 1
    assert demande(maison, cle, "a", consomme=True).bail.valide
    assert demande(maison, cle, "a", consomme=True).bail.verdict is Verdict.LIMITE_UTILISATIONS
    assert demande(maison, cle, "a").bail.verdict is Verdict.LIMITE_UTILISATIONS
    assert maison.licences.read_licence(licence.id).licence.utilisations == 2


def test_two_hundred_uses_at_once_on_a_limit_of_one_hundred_are_one_hundred(atelier: Atelier) -> None:
    maison = atelier.maison
    licence, cle = atelier.vend(Fiche("D", utilisations_max=100))
    with ThreadPoolExecutor(40) as fils:
        verdicts = Counter(fils.map(lambda _: demande(maison, cle, consomme=True).bail.verdict, range(200)))
    assert verdicts == {Verdict.VALIDE: 100, Verdict.LIMITE_UTILISATIONS: 100}
    assert maison.licences.read_licence(licence.id).licence.utilisations == 100


def test_a_use_asked_for_again_because_its_answer_was_lost_is_counted_once(atelier: Atelier) -> None:
    maison = atelier.maison
    _, cle = atelier.vend(Fiche("D", utilisations_max=2))
    for utilisation in ("run-1", "run-1", "run-2", "run-1", "run-2"):  # the last one allowed too
        reponse = demande(maison, cle, "poste", consomme=True, utilisation=utilisation)
        assert reponse.bail.valide
    assert utilisations(reponse) == 2
    assert demande(maison, cle, "poste", consomme=True, utilisation="run-3").bail.verdict is Verdict.LIMITE_UTILISATIONS
    assert demande(maison, cle, "poste", utilisation="run-1").bail.verdict is Verdict.LIMITE_UTILISATIONS
    _, autre_cle = atelier.vend(Fiche("E", utilisations_max=2))
    assert utilisations(demande(maison, autre_cle, consomme=True, utilisation="run-1")) == 1  # another licence's
    atelier.montre.avance(timedelta(days=61))
    purge_detail(maison.contexte)
    assert compte(maison, "SELECT count(*) FROM licence_manager.utilisations") == 0


def test_uses_asked_for_twice_at_once_are_counted_once_each(atelier: Atelier) -> None:
    maison = atelier.maison
    licence, cle = atelier.vend(Fiche("D", utilisations_max=20))
    with ThreadPoolExecutor(40) as fils:
        rangs = [rang % 25 for rang in range(100)]
        verdicts = list(
            fils.map(lambda r: demande(maison, cle, consomme=True, utilisation=f"run-{r}").bail.verdict, rangs)
        )
    admis = {rang for rang, verdict in zip(rangs, verdicts, strict=True) if verdict is Verdict.VALIDE}
    assert len(admis) == 20
    assert all((v is Verdict.VALIDE) == (r in admis) for r, v in zip(rangs, verdicts, strict=True))
    assert maison.licences.read_licence(licence.id).licence.utilisations == 20


def test_a_machine_that_changes_its_name_at_each_start_does_not_fill_the_history(
    atelier: Atelier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MACHINES_RETENUES", 3)
    maison = atelier.maison
    licence, cle = atelier.vend()
    for rang in range(6):
        assert demande(maison, cle, f"poste-{rang}", consomme=True).bail.valide
    assert len(maison.licences.read_licence(licence.id).machines) == 3
    limitee, cle = atelier.vend(Fiche("D", machines_max=5))
    for rang in range(5):
        assert demande(maison, cle, f"poste-{rang}").bail.valide
    assert len(maison.licences.read_licence(limitee.id).machines) == 5


def test_fifty_machines_at_once_on_a_limit_of_seven_are_seven(atelier: Atelier) -> None:
    maison = atelier.maison
    licence, cle = atelier.vend(Fiche("D", machines_max=7))
    machines = [f"poste-{rang % 50}" for rang in range(150)]
    with ThreadPoolExecutor(40) as fils:
        verdicts = list(fils.map(lambda machine: demande(maison, cle, machine).bail.verdict, machines))
    admises = {machine for machine, verdict in zip(machines, verdicts, strict=True) if verdict is Verdict.VALIDE}
    gardees = {m.machine for m in maison.licences.read_licence(licence.id).machines}
    assert admises == gardees
    assert len(gardees) == 7
    assert Counter(verdicts)[Verdict.VALIDE] == 21


def test_validations_are_counted_with_the_last_use_and_the_version_of_each_machine(atelier: Atelier) -> None:
    maison = atelier.maison
    licence, cle = atelier.vend()
    for version in ("1.0", "1.1"):
        for _ in range(3):
            demande(maison, cle, "poste", version=version)
        atelier.montre.avance(timedelta(hours=1))
    demande(maison, make_cle())
    avant = maison.licences.read_licence(licence.id)
    assert avant.licence.derniere_utilisation is None
    maison.suivi.write()
    apres = maison.licences.read_licence(licence.id)
    assert apres.licence.derniere_utilisation == atelier.montre() - timedelta(hours=1)
    assert [(m.version, m.derniere_le) for m in apres.machines] == [("1.1", apres.licence.derniere_utilisation)]
    de_la_licence = f"FROM licence_manager.{{}} WHERE licence_id = {licence.id}"
    assert compte(maison, f"SELECT sum(nombre) {de_la_licence.format('validations')}") == 6
    assert compte(maison, f"SELECT count(*) {de_la_licence.format('passages')}") == 6
    assert compte(maison, "SELECT sum(nombre) FROM licence_manager.validations WHERE verdict = 'unknown'") >= 1


def test_what_could_not_be_written_is_written_next_time(atelier: Atelier) -> None:
    maison = atelier.maison
    licence, cle = atelier.vend()
    demande(maison, cle)
    with maison.contexte.moteur.begin() as connexion:
        connexion.execute(text("ALTER TABLE licence_manager.validations RENAME TO cachee"))
    with pytest.raises(Exception, match="validations"):
        maison.suivi.write()
    with maison.contexte.moteur.begin() as connexion:
        connexion.execute(text("ALTER TABLE licence_manager.cachee RENAME TO validations"))
    demande(maison, cle)
    maison.suivi.write()
    maison.suivi.write()
    requete = f"SELECT sum(nombre) FROM licence_manager.validations WHERE licence_id = {licence.id}"
    assert compte(maison, requete) == 2


def test_the_detail_of_validations_is_bounded_in_memory_and_forgotten_in_time(atelier: Atelier) -> None:
    lot = Lot()
    passage = Passage(0, atelier.montre(), Verdict.INCONNUE, None, None, consomme=False)
    for _ in range(PASSAGES_MAX + 5):
        lot.ajoute(passage, atelier.montre())
    assert len(lot.passages) == PASSAGES_MAX
    assert sum(lot.totaux.values()) == PASSAGES_MAX + 5
    _, cle = atelier.vend()
    demande(atelier.maison, cle)
    atelier.maison.suivi.write()
    assert compte(atelier.maison, "SELECT count(*) FROM licence_manager.passages") >= 1
    atelier.montre.avance(timedelta(days=40))
    purge_detail(atelier.maison.contexte)
    assert compte(atelier.maison, "SELECT count(*) FROM licence_manager.passages") == 0
    assert compte(atelier.maison, "SELECT count(*) FROM licence_manager.validations") >= 1


def test_questions_about_one_key_and_from_one_address_are_limited_and_free_again_in_a_minute(
    url: str, atelier: Atelier
) -> None:
    _, cle = atelier.vend()
    _, autre = atelier.vend()
    with ouvre(reglages_de(url, debit_cle=3, debit_adresse=5), atelier.montre) as maison:
        for _ in range(3):
            assert demande(maison, cle, adresse="192.0.2.1").bail.valide
        with pytest.raises(TropDeDemandes) as attrape:
            demande(maison, cle, adresse="192.0.2.2")
        assert attrape.value.attendre_s == 45  # the clock says 15 seconds past
        for _ in range(2):
            demande(maison, autre, adresse="192.0.2.1")
        with pytest.raises(TropDeDemandes):
            demande(maison, make_cle(), adresse="192.0.2.1")
        demande(maison, make_cle(), adresse="192.0.2.3")
        atelier.montre.avance(timedelta(seconds=45))
        assert demande(maison, cle, adresse="192.0.2.1").bail.valide


def test_the_limit_is_common_to_several_processes_of_one_database(url: str, atelier: Atelier) -> None:
    _, cle = atelier.vend()
    reglages = reglages_de(url, debit_cle=10)
    with ExitStack() as pile:
        un, deux = (pile.enter_context(ouvre(reglages, atelier.montre)) for _ in range(2))
        for maison in (un, deux):
            for _ in range(5):
                demande(maison, cle)
            maison.suivi.write()
        demande(un, cle)  # had only been told of its own five
        un.suivi.write()
        for maison in (un, deux):
            with pytest.raises(TropDeDemandes):
                demande(maison, cle)


def test_a_turned_signing_key_is_taken_and_connectors_with_two_keys_never_notice(
    url_vierge: str,
) -> None:
    montre = Montre()
    with ouvre(reglages_de(url_vierge), montre, a_migrer=True) as maison:
        atelier = Atelier(maison, montre)
        _, cle = atelier.vend()
        embarquees = lit_cles_publiques(portees(maison))
        assert len(embarquees) == 2
        avant = demande(maison, cle)
        with transaction(maison.contexte.moteur) as connexion:
            DepotCles(connexion, maison.contexte.coffre).rotate(montre())
        maison.validation.reload_signataire()
        apres = demande(maison, cle)
        for reponse in (avant, apres):
            assert verifie_bail(reponse.jeton, embarquees, maintenant=montre(), cle=cle, machine=None).valide
        assert avant.jeton.split(".")[0] != apres.jeton.split(".")[0]
        with transaction(maison.contexte.moteur) as connexion:
            etats = Counter(c.etat for c in DepotCles(connexion, maison.contexte.coffre).list())
            prives = connexion.scalars(text("SELECT privee_chiffree FROM licence_manager.cles_signature")).all()
        assert etats == {EtatCle.ACTUELLE: 1, EtatCle.SUIVANTE: 1, EtatCle.RETIREE: 1}
        assert len({bytes(p) for p in prives}) == 3


def test_another_secret_is_refused_at_start_with_its_name(url: str, atelier: Atelier) -> None:
    import base64

    autre = base64.b64encode(b"z" * 32).decode()
    with pytest.raises(ConfigurationInvalide, match="LICENCE_MANAGER_SECRET"), ouvre(reglages_de(url, secret=autre)):
        pass


def test_connections_that_the_server_closed_are_opened_again_without_a_word(url: str, atelier: Atelier) -> None:
    _, cle = atelier.vend()
    with ouvre(reglages_de(url), atelier.montre) as maison:
        with ExitStack() as pile:
            for _ in range(3):
                pile.callback(maison.contexte.rapide.raw_connection().close)
        assert demande(maison, cle).bail.valide
        with atelier.maison.contexte.transaction() as (connexion, _):
            coupees = connexion.scalars(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            ).all()
        assert len(coupees) >= 4
        assert demande(maison, cle, consomme=True).bail.valide


def test_a_database_that_is_not_there_is_a_sentence(serveur: object) -> None:
    with (
        pytest.raises(BaseIndisponible, match="ne répond pas"),
        ouvre(reglages_de("postgresql://sages:faux@127.0.0.1:9/licences")),
    ):
        pass
