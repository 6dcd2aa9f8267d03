"""The audit trail: both implementations keep it, and the database itself lets nobody rewrite it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from connecteur.errors import ErreurPermanente
from connecteur.sync.ports import Audit, Evenement
from connecteur.tampon.tampon import Tampon

from .exemples import action

Requete = Callable[..., list[tuple[Any, ...]]]
JOUR = timedelta(days=1)


def test_an_event_comes_back_as_it_was_noted(un_tampon: Audit) -> None:
    evenement = Evenement(
        "Anne Durand",
        "ignorer",
        "rejet",
        "42",
        {"raison": "doublon « vu »", "heures": 7.5, "liste": [1, None, True]},
        avant={"etat": "ouvert"},
        apres={"etat": "ignoré"},
        run="r1",
    )
    debut = datetime.now(UTC) - timedelta(minutes=5)
    un_tampon.note(evenement)
    (note,) = un_tampon.list_evenements()
    assert note.evenement == evenement
    assert debut < note.le < debut + timedelta(minutes=10)


def test_an_event_of_a_run_carries_the_run(un_tampon: Audit) -> None:
    un_tampon.note(Evenement("run 7f", "résoudre", "rejet", "1"))
    assert [n.evenement.run for n in un_tampon.list_evenements()] == ["7f"]


def test_events_are_listed_by_object_most_recent_first_and_in_pages(un_tampon: Audit) -> None:
    for rang in range(5):
        un_tampon.note(Evenement("Anne", "changer", "salarie" if rang % 2 else "rejet", str(rang)))
    assert [n.evenement.cle for n in un_tampon.list_evenements("rejet")] == ["4", "2", "0"]
    assert [n.evenement.cle for n in un_tampon.list_evenements("salarie", "3")] == ["3"]
    page = un_tampon.list_evenements(limite=2)
    suite = un_tampon.list_evenements(limite=2, avant=page[-1].id)
    assert [n.evenement.cle for n in (*page, *suite)] == ["4", "3", "2", "1"]


def test_no_secret_enters_the_trail_and_no_text_is_endless(un_tampon: Audit) -> None:
    detail = {
        "mot_de_passe": "canari",
        "sous": {"client_secret": "canari", "url": "postgresql://moi:canari@hote/base"},
        "liste": ["Bearer canari-canari"],
        "long": "x" * 10_000,
        "nul": "a\0b",
        "exact": Decimal("7.5"),
        "infini": float("nan"),
    }
    un_tampon.note(Evenement("postgresql://moi:canari@hote/base", "g", "o", "c", detail, avant=detail, apres=detail))
    (note,) = un_tampon.list_evenements()
    assert "canari" not in repr(note)
    assert len(note.evenement.detail["long"]) == 4000
    assert (note.evenement.detail["nul"], note.evenement.detail["exact"]) == ("a\ufffdb", "7.5")


@pytest.mark.parametrize(
    "interdite",
    [
        "UPDATE sages.audit SET qui = 'personne'",
        "DELETE FROM sages.audit",
        "TRUNCATE sages.audit",
        "DELETE FROM sages.ecritures",
        "SET LOCAL sages.purge_avant = '2100-01-01'; DELETE FROM sages.audit",
        "SET LOCAL sages.purge_avant = '2100-01-01'; DELETE FROM sages.ecritures",
        "SET LOCAL sages.purge_avant = '2100-01-01'; UPDATE sages.audit SET qui = 'personne'",
        "SELECT sages.purge_histoire('demo', now() - interval '364 days', 'moi')",
    ],
)
def test_nobody_rewrites_what_is_recent(tampon: Tampon, url: str, interdite: str) -> None:
    tampon.note(Evenement("Anne", "g", "o", "c"))
    tampon.confirm("r", faites=[], abandonnees=[], sans_ecriture=[action()])
    with psycopg.connect(url) as connexion, pytest.raises(psycopg.errors.RaiseException):
        connexion.execute(interdite.encode())


def test_the_purge_removes_only_what_is_old_and_says_so(tampon: Tampon, dossier: str, requete: Requete) -> None:
    for geste, ans in (("vieux", 6), ("récent", 4)):
        requete(
            "INSERT INTO sages.audit (dossier, le, qui, geste, objet, cle)"
            " VALUES (%s, now() - make_interval(years => %s), 'Anne', %s, 'o', '')",
            dossier, ans, geste,
        )  # fmt: skip
    for etat, ans in (("abandonnée", 6), ("prévue", 6), ("abandonnée", 4)):
        requete(
            "INSERT INTO sages.ecritures (dossier, debut, code_chantier, code_salarie, geste, creneaux, run, le, etat,"
            " regle_le) VALUES (%s, '2020-01-01 08:00', 'CH', 'S', 'insérer', '{}', 'r',"
            " now() - make_interval(years => %s), %s, CASE WHEN %s <> 'prévue' THEN now() END)",
            dossier, ans, etat, etat,
        )  # fmt: skip
    avant = datetime.now(UTC) - 5 * 365 * JOUR
    assert tampon.purge_histoire(avant, "Anne") == {"audit": 1, "ecritures": 1, "creneaux": 0}
    purge, reste = tampon.list_evenements()
    assert (purge.evenement.geste, purge.evenement.qui, reste.evenement.geste) == ("purger", "Anne", "récent")
    assert purge.evenement.detail["ecritures"] == 1
    assert requete("SELECT etat FROM sages.ecritures WHERE dossier = %s ORDER BY id", dossier) == [
        ("prévue",),
        ("abandonnée",),
    ]
    assert tampon.purge_histoire(avant, "Anne") == {"audit": 0, "ecritures": 0, "creneaux": 0}
    assert len(tampon.list_evenements()) == 2
    with pytest.raises(ErreurPermanente):
        tampon.purge_histoire(datetime.now(UTC), "Anne")
