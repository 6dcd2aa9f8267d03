"""Settings changed at run time, and the settings of each run."""

from connecteur.domain.run import Fleche, Flux
from connecteur.tampon.tampon import Tampon


def test_a_changed_setting_stands_until_it_is_taken_back(tampon: Tampon) -> None:
    assert tampon.list_surcharges() == {}
    tampon.change_reglage("fenetre_jours", 90, "Claire")
    tampon.change_reglage("rubriques.heures", "NbH1", "Claire")
    tampon.change_reglage("fenetre_jours", 120, "Paul")
    assert tampon.list_surcharges() == {"fenetre_jours": 120, "rubriques.heures": "NbH1"}
    assert [(un.cle, un.modifie_par) for un in tampon.list_reglages()] == [
        ("fenetre_jours", "Paul"), ("rubriques.heures", "Claire"),
    ]  # fmt: skip
    assert tampon.retire_reglage("fenetre_jours", "Claire")
    assert not tampon.retire_reglage("fenetre_jours", "Claire")
    assert tampon.list_surcharges() == {"rubriques.heures": "NbH1"}


def test_every_change_is_in_the_audit_trail_with_both_values(tampon: Tampon) -> None:
    tampon.change_reglage("fenetre_jours", 90, "Claire")
    tampon.change_reglage("fenetre_jours", None, "Paul")
    tampon.retire_reglage("fenetre_jours", "Claire")
    notes = [note.evenement for note in tampon.list_evenements("reglage", "fenetre_jours")]
    assert [(un.qui, un.geste, un.avant, un.apres) for un in notes] == [
        ("Claire", "retirer", {"valeur": None}, None),
        ("Paul", "changer", {"valeur": 90}, {"valeur": None}),
        ("Claire", "changer", None, {"valeur": 90}),
    ]


def test_dossiers_do_not_share_their_settings(tampon: Tampon, url: str, dossier: str) -> None:
    tampon.change_reglage("fenetre_jours", 90, "Claire")
    with Tampon(url, f"{dossier}-b", tampon._fuseau) as autre:
        assert autre.list_surcharges() == {}


def test_the_settings_of_a_run_are_kept_once_per_set(tampon: Tampon) -> None:
    for run in ("r1", "r2", "r3"):
        tampon.runs.ouvre(f"{tampon._dossier}-{run}", Flux.HEURES, [Fleche.PULL_HEURES], False, "essai")
    noms = [f"{tampon._dossier}-{run}" for run in ("r1", "r2", "r3")]
    assert tampon.read_reglages_du_run(noms[0]) is None
    tampon.note_reglages_du_run(noms[0], {"a": 1, "b": 2})
    tampon.note_reglages_du_run(noms[1], {"b": 2, "a": 1})
    tampon.note_reglages_du_run(noms[2], {"a": 2, "b": 2})
    assert [tampon.read_reglages_du_run(nom) for nom in noms] == [{"a": 1, "b": 2}, {"a": 1, "b": 2}, {"a": 2, "b": 2}]
    with tampon._connexions.transaction() as connexion:
        jeux = connexion.execute(
            "SELECT count(*) FROM sages.jeux_reglages WHERE dossier = %s", (tampon._dossier,)
        ).fetchone()
    assert jeux == (2,)
    tampon.note_reglages_du_run("inconnu", {"a": 3})
    assert tampon.read_reglages_du_run("inconnu") is None
