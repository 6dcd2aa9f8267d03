"""Selling, finding and changing licences, on a real PostgreSQL."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import exc, text

from licence_manager.bootstrap import Maison
from licence_manager.domain.duree import Depart, Duree, fin_de_journee
from licence_manager.domain.historique import Geste
from licence_manager.domain.licence import Etat, Fiche, Fonction
from licence_manager.domain.recherche import Critere, Curseur, Filtre, Tri
from licence_manager.errors import DemandeInvalide, LicenceIntrouvable
from licence_manager.services.validation import Demande
from sages_commun.licence import Verdict, make_cle

from .conftest import Atelier


def gestes(maison: Maison, numero: int) -> list[Geste]:
    """What happened to a licence, the oldest first."""
    return [e.geste for e in reversed(maison.licences.list_historique(numero).lignes)]


def verdict(maison: Maison, cle: str, machine: str | None = None) -> Verdict:
    return maison.validation.validate_licence(Demande(cle, "127.0.0.1", machine)).bail.verdict


def trouve(maison: Maison, filtre: Filtre, mot: str, tri: Tri = Tri.RECENTES) -> list[str]:
    """The clients of a list."""
    page = maison.licences.list_licences(Critere(filtre, mot, tri))
    return [licence.fiche.client for licence in page.lignes]


def test_a_sold_licence_is_found_by_its_key_however_it_is_typed(atelier: Atelier) -> None:
    fiche = Fiche("C. Lefèvre", "Menuiserie Lefèvre", "c@exemple.fr", frozenset({Fonction.HEURES}), 100, 3, "note")
    licence, cle = atelier.vend(fiche)
    details = atelier.maison.licences.find_licence(cle.lower().replace("-", " "))
    assert details.licence == licence
    assert (details.licence.fiche, details.etat, details.machines) == (fiche, Etat.ACTIVE, ())
    assert licence.cree_le == atelier.montre()
    assert licence.expire_le == datetime(2027, 3, 2, 22, 59, 59, tzinfo=UTC)
    assert licence.cree_le.tzinfo is not None
    assert atelier.maison.licences.show_cle(licence.id) == cle


def test_the_database_holds_no_key_in_clear_nor_its_plain_digest(atelier: Atelier) -> None:
    import hashlib

    _, cle = atelier.vend()
    with atelier.maison.contexte.transaction() as (connexion, _):
        ligne = connexion.execute(text("SELECT * FROM licence_manager.licences ORDER BY id DESC LIMIT 1")).one()
    ecrit = repr(tuple(ligne)).encode() + b"".join(bytes(v) for v in ligne if isinstance(v, bytes | memoryview))
    nue = cle.replace("-", "")
    interdits = [
        cle.encode(),
        nue.encode(),
        *(h(c.encode()).digest() for h in (hashlib.sha256, hashlib.md5) for c in (cle, nue)),
    ]
    assert not any(interdit in ecrit for interdit in interdits)


def test_filters_say_what_a_licence_is_worth_now(atelier: Atelier) -> None:
    gerees = atelier.maison.licences
    noms = {
        nom: atelier.vend(Fiche(f"{nom} zfiltre"), duree=duree)[0].id
        for nom, duree in (
            ("longue", Duree(mois=12)), ("trente", Duree(jours=30)), ("courte", Duree(jours=2)),
            ("morte", Duree(jours=1)), ("eteinte", Duree(mois=1)), ("rangee", Duree(mois=1)),
        )
    }  # fmt: skip
    gerees.deactivate_licence(noms["eteinte"], "vendeur")
    gerees.archive_licence(noms["rangee"], "vendeur")
    atelier.montre.avance(timedelta(days=2))  # « courte » ends tonight, « morte » ended last night
    attendus = {
        Filtre.TOUTES: {"longue", "trente", "courte", "morte", "eteinte"},
        Filtre.ACTIVES: {"longue", "trente", "courte"},
        Filtre.EXPIRENT_BIENTOT: {"trente", "courte"},
        Filtre.EXPIREES: {"morte"},
        Filtre.INACTIVES: {"eteinte"},
        Filtre.ARCHIVEES: {"rangee"},
    }
    for filtre, attendu in attendus.items():
        trouves = trouve(atelier.maison, filtre, "zfiltre")
        assert {nom.split()[0] for nom in trouves} == attendu, filtre
        assert gerees.count_licences(Critere(filtre, "zfiltre")) == len(attendu)
    etats = {gerees.read_licence(numero).etat for numero in noms.values()}
    assert etats == set(Etat)


def test_every_word_must_stand_somewhere_and_signs_are_only_signs(atelier: Atelier) -> None:
    atelier.vend(Fiche("Paul Ŕaban", "Toitures 100 % Étanches", "paul@zmots.fr"))
    for mots in ("raban", "ETANCHES paul", "zmots.fr 100", "100 %"):
        assert trouve(atelier.maison, Filtre.TOUTES, mots) == ["Paul Ŕaban"], mots
    for mots in ("raban durand", "zmots_fr", "raban%paul", "' OR 1=1 --", "\\"):
        assert trouve(atelier.maison, Filtre.TOUTES, mots) == [], mots
    for hostile in ("\0", "\ud800", "%" * 300):
        trouve(atelier.maison, Filtre.TOUTES, hostile)


def test_a_whole_key_finds_its_licence_even_archived(atelier: Atelier) -> None:
    licence, cle = atelier.vend(Fiche("Cherchée"))
    atelier.maison.licences.archive_licence(licence.id, "vendeur")
    assert trouve(atelier.maison, Filtre.ACTIVES, cle.lower()) == ["Cherchée"]
    assert trouve(atelier.maison, Filtre.TOUTES, make_cle()) == []


@pytest.mark.parametrize("tri", list(Tri))
def test_pages_follow_each_other_without_a_gap_while_licences_are_sold(atelier: Atelier, tri: Tri) -> None:
    gerees, mot = atelier.maison.licences, f"zpages{tri.value}"
    for rang in range(11):
        atelier.vend(Fiche(f"client {rang:02} {mot}", f"entreprise {rang % 3}"), duree=Duree(mois=1 + rang % 4))
        atelier.montre.avance(timedelta(minutes=rang % 2))
    vus: list[int] = []
    suite: Curseur | None = None
    while True:
        page = gerees.list_licences(Critere(texte=mot, tri=tri), suite, 3)
        vus += [licence.id for licence in page.lignes]
        if page.suite is None:
            break
        suite = Curseur.lit(page.suite.texte())
    assert len(vus) == len(set(vus)) == 11
    lues = [gerees.read_licence(numero).licence for numero in vus]
    if tri is Tri.RECENTES:
        assert vus == sorted(vus, reverse=True)
    elif tri is Tri.ECHEANCE:
        assert lues == sorted(lues, key=lambda x: (x.expire_le, x.id))
    else:
        assert lues == sorted(lues, key=lambda x: (x.fiche.entreprise, x.id))


@pytest.mark.parametrize("texte", ["", "é", "bm9u", "W10", "WyIiLCAtMV0", "WzEsIDJd"])
def test_a_cursor_that_is_not_ours_is_refused(texte: str) -> None:
    with pytest.raises(ValueError, match="n’existe pas"):
        Curseur.lit(texte)


def test_a_cursor_of_another_order_is_refused_with_a_sentence(atelier: Atelier) -> None:
    with pytest.raises(DemandeInvalide, match="n’existe pas"):
        atelier.maison.licences.list_licences(Critere(tri=Tri.RECENTES), Curseur("pas une date", 3))


def test_deactivated_then_reactivated_archived_then_reactivated(atelier: Atelier) -> None:
    maison = atelier.maison
    licence, cle = atelier.vend()
    maison.licences.deactivate_licence(licence.id, "vendeur", "impayé")
    maison.licences.deactivate_licence(licence.id, "vendeur", "deuxième clic")
    assert verdict(maison, cle) is Verdict.INACTIVE
    maison.licences.reactivate_licence(licence.id, "vendeur")
    assert verdict(maison, cle) is Verdict.VALIDE
    maison.licences.archive_licence(licence.id, "vendeur")
    assert verdict(maison, cle) is Verdict.ARCHIVEE
    maison.licences.reactivate_licence(licence.id, "vendeur")
    assert verdict(maison, cle) is Verdict.VALIDE
    assert gestes(maison, licence.id) == [
        Geste.CREATION, Geste.DESACTIVATION, Geste.REACTIVATION, Geste.ARCHIVAGE, Geste.REACTIVATION,
    ]  # fmt: skip
    desactivation = maison.licences.list_historique(licence.id).lignes[3]
    assert (desactivation.qui, desactivation.detail) == ("vendeur", {"raison": "impayé"})


def test_several_licences_are_extended_together_or_not_at_all(atelier: Atelier) -> None:
    maison = atelier.maison
    numeros = [atelier.vend(duree=Duree(mois=mois))[0].id for mois in (1, 2)]
    prolongees = maison.licences.extend_licences(numeros, Duree(mois=1), Depart.EXPIRATION, "vendeur")
    assert [p.expire_le for p in prolongees] == [fin_de_journee(date(2026, 5, 2)), fin_de_journee(date(2026, 6, 2))]
    maintenant = maison.licences.extend_licences([numeros[0]], Duree(jours=10), Depart.MAINTENANT, "vendeur")
    assert maintenant[0].expire_le == fin_de_journee(date(2026, 3, 12))
    with pytest.raises(LicenceIntrouvable):
        maison.licences.extend_licences([numeros[1], 10**9], Duree(mois=1), Depart.EXPIRATION, "vendeur")
    assert maison.licences.read_licence(numeros[1]).licence == prolongees[1]
    with pytest.raises(DemandeInvalide, match="2199"):
        maison.licences.extend_licences(numeros, Duree(mois=99_999), Depart.EXPIRATION, "vendeur")
    assert gestes(maison, numeros[1]) == [Geste.CREATION, Geste.PROLONGATION]


def test_an_expired_licence_lives_again_once_extended(atelier: Atelier) -> None:
    licence, cle = atelier.vend(duree=Duree(jours=1))
    atelier.montre.avance(timedelta(days=3))
    assert verdict(atelier.maison, cle) is Verdict.EXPIREE
    atelier.maison.licences.change_echeance(licence.id, date(2026, 3, 5), "vendeur")
    assert verdict(atelier.maison, cle) is Verdict.VALIDE


def test_changed_limits_hold_at_once_and_the_history_says_from_what_to_what(atelier: Atelier) -> None:
    maison = atelier.maison
    licence, cle = atelier.vend()
    assert verdict(maison, cle, "poste-1") is Verdict.VALIDE
    fiche = replace(licence.fiche, machines_max=1, fonctions=frozenset({Fonction.DEVIS}))
    maison.licences.change_fiche(licence.id, fiche, "vendeur")
    maison.licences.change_fiche(licence.id, fiche, "vendeur")
    assert verdict(maison, cle, "poste-2") is Verdict.LIMITE_MACHINES
    assert verdict(maison, cle, "poste-1") is Verdict.VALIDE
    assert gestes(maison, licence.id) == [Geste.CREATION, Geste.MACHINE_AJOUTEE, Geste.MODIFICATION]
    assert maison.licences.list_historique(licence.id).lignes[0].detail == {
        "machines_max": [-1, 1],
        "fonctions": [["chantier", "devis", "heures"], ["devis"]],
    }


def test_a_machine_that_is_gone_frees_its_place(atelier: Atelier) -> None:
    maison = atelier.maison
    licence, cle = atelier.vend(Fiche("Dupont", machines_max=1))
    assert verdict(maison, cle, "ancien") is Verdict.VALIDE
    assert verdict(maison, cle, "neuf") is Verdict.LIMITE_MACHINES
    maison.licences.remove_machine(licence.id, "ancien", "vendeur")
    assert verdict(maison, cle, "neuf") is Verdict.VALIDE
    assert [m.machine for m in maison.licences.read_licence(licence.id).machines] == ["neuf"]
    with pytest.raises(DemandeInvalide, match="n’utilise pas"):
        maison.licences.remove_machine(licence.id, "ancien", "vendeur")


def test_a_reissued_key_replaces_the_former_one(atelier: Atelier) -> None:
    maison = atelier.maison
    licence, ancienne = atelier.vend()
    neuve = maison.licences.reissue_cle(licence.id, "vendeur", "clé publiée par erreur")
    assert verdict(maison, ancienne) is Verdict.INCONNUE
    assert verdict(maison, neuve) is Verdict.VALIDE
    assert maison.licences.show_cle(licence.id) == neuve
    assert gestes(maison, licence.id) == [Geste.CREATION, Geste.NOUVELLE_CLE]


def test_what_does_not_exist_is_said_so(atelier: Atelier) -> None:
    gerees = atelier.maison.licences
    for geste in (
        lambda: gerees.read_licence(10**9),
        lambda: gerees.show_cle(10**9),
        lambda: gerees.find_licence(make_cle()),
        lambda: gerees.deactivate_licence(10**9, "vendeur"),
        lambda: gerees.reissue_cle(10**9, "vendeur"),
    ):
        with pytest.raises(LicenceIntrouvable):
            geste()
    with pytest.raises(DemandeInvalide, match="16 caractères"):
        gerees.find_licence("trop court")


def test_a_wrong_record_is_not_sold(atelier: Atelier) -> None:
    with pytest.raises(DemandeInvalide, match="nom du client"):
        atelier.vend(Fiche(" "))
    with pytest.raises(DemandeInvalide, match="fin d’une journée"):
        atelier.maison.licences.create_licence(Fiche("D"), datetime(2026, 12, 31, tzinfo=UTC), "vendeur")


@pytest.mark.parametrize("geste", ["UPDATE {} SET qui = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_history_can_neither_be_changed_nor_erased(atelier: Atelier, geste: str) -> None:
    licence, _ = atelier.vend()
    with pytest.raises(exc.DBAPIError, match="historique"), atelier.maison.contexte.moteur.begin() as connexion:
        connexion.execute(text(geste.format("licence_manager.historique")))
    assert gestes(atelier.maison, licence.id) == [Geste.CREATION]


def test_the_dashboard_counts_what_there_is(atelier: Atelier) -> None:
    maison = atelier.maison
    avant = maison.tableau.read_tableau()
    licence, cle = atelier.vend(duree=Duree(jours=20))
    maison.validation.validate_licence(Demande(cle, "127.0.0.1", "poste-tableau", "9.9.9"))
    maison.suivi.write()
    apres = maison.tableau.read_tableau()
    assert apres.etats[Etat.EXPIRE_BIENTOT] == avant.etats[Etat.EXPIRE_BIENTOT] + 1
    assert apres.echeances["2026-03"] == avant.echeances["2026-03"] + 1
    assert list(apres.echeances) == [f"2026-{m:02}" for m in range(3, 13)] + ["2027-01", "2027-02"]
    assert licence.id in {bientot.id for bientot in apres.bientot}
    (version,) = [v for v in apres.versions if v.version == "9.9.9"]
    assert (version.machines, version.dernier_contact) == (1, atelier.montre())
    (point,) = maison.tableau.read_validations(licence.id)
    assert (point.jour, point.verdict, point.nombre) == ("2026-03-02", Verdict.VALIDE, 1)
    atelier.montre.avance(timedelta(days=4))
    assert maison.tableau.read_tableau().silencieuses >= 1
