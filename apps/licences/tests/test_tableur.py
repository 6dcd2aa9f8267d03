"""CSV in and out: what spreadsheets do, what an attacker would put in a cell, all or nothing."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from licence_manager.domain.duree import Duree, fin_de_journee
from licence_manager.domain.licence import Fiche, Fonction
from licence_manager.domain.recherche import Critere
from licence_manager.errors import DemandeInvalide, ImportRefuse
from licence_manager.services.contexte import Contexte
from licence_manager.services.tableur import LIGNES_MAX, TAILLE_MAX, _inoffensive, _telle_qu_elle_etait
from sages_commun.licence import lit_cle, make_cle, masque_cle

from .conftest import Atelier

ENTETE = "client;entreprise;email;expire\n"


def importe(atelier: Atelier, texte: str | bytes) -> list[tuple[Fiche, str]]:
    contenu = texte if isinstance(texte, bytes) else texte.encode()
    return [(licence.fiche, cle) for licence, cle in atelier.maison.tableur.import_csv(contenu, "vendeur")]


def exporte(atelier: Atelier, mot: str, *, avec_cles: bool = False) -> list[dict[str, str]]:
    texte = "".join(atelier.maison.tableur.export_csv(Critere(texte=mot), avec_cles=avec_cles))
    assert texte.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(texte.removeprefix("\ufeff")), delimiter=";"))


def refus(atelier: Atelier, texte: str) -> list[tuple[int, str]]:
    """The wrong lines; nothing was written."""
    avant = atelier.maison.licences.count_licences()
    with pytest.raises(ImportRefuse) as attrape:
        importe(atelier, texte)
    assert atelier.maison.licences.count_licences() == avant
    return [(erreur.ligne, erreur.message) for erreur in attrape.value.erreurs]


def test_licences_of_a_file_are_sold_with_a_key_each(atelier: Atelier) -> None:
    creees = importe(
        atelier,
        "client;entreprise;email;duree;fonctions;utilisations_max;machines_max;notes\n"
        'C. Lefèvre;"Menuiserie; Lefèvre";c@exemple.fr;1 an;heures devis;100;2;"deux\nlignes"\n'
        "\n;;;;;;;\n"
        "D. Martin;;;6 mois;;;;\n",
    )
    assert [fiche for fiche, _ in creees] == [
        Fiche(
            "C. Lefèvre", "Menuiserie; Lefèvre", "c@exemple.fr", frozenset({Fonction.HEURES, Fonction.DEVIS}), 100, 2,
            "deux\nlignes",
        ),
        Fiche("D. Martin"),
    ]  # fmt: skip
    details = atelier.maison.licences.find_licence(creees[0][1])
    assert details.licence.expire_le == fin_de_journee(date(2027, 3, 2))


def test_an_export_comes_back_as_it_left_on_another_server(atelier: Atelier) -> None:
    hostile = Fiche("=cmd|' /C calc'!A0", "+33 1 zretour", "a@exemple.fr", notes="@SUM(1)\n'=déjà\n;\"")
    licence, cle = atelier.vend(hostile, duree=Duree(mois=3))
    (ligne,) = exporte(atelier, "zretour", avec_cles=True)
    assert ligne["cle"] == cle
    assert ligne["client"].startswith("'=")
    assert ligne["expire"] == "02/06/2026"
    assert ligne["etat"] == "active"
    atelier.maison.licences.reissue_cle(licence.id, "v")  # so that the key is free, as on another server
    texte = "".join(atelier.maison.tableur.export_csv(Critere(texte="zretour"), avec_cles=True))
    (revenue,) = importe(atelier, texte.replace(atelier.maison.licences.show_cle(licence.id), cle))
    assert revenue == (hostile, cle)


def test_keys_are_masked_unless_asked_for(atelier: Atelier) -> None:
    _, cle = atelier.vend(Fiche("zmasque"))
    (ligne,) = exporte(atelier, "zmasque")
    assert ligne["cle"] == masque_cle(cle)


@pytest.mark.parametrize("signe", ["=", "+", "-", "@", "\t=", " =", "\u00a0+", "＝", "＠"])
def test_what_a_spreadsheet_would_run_is_made_text(signe: str) -> None:
    assert _inoffensive(f"{signe}1+1").startswith("'")


@given(st.text(max_size=30))
def test_every_cell_is_harmless_and_comes_back(texte: str) -> None:
    sortie = _inoffensive(texte)
    assert _telle_qu_elle_etait(sortie) == texte
    assert not sortie.lstrip(" \u00a0").startswith(("=", "+", "@", "\t", "\r"))
    assert not sortie.startswith("-") or sortie[1:].isdecimal()


def test_each_wrong_line_is_named_and_none_is_taken(atelier: Atelier) -> None:
    cle = make_cle()
    texte = (
        "cle;client;email;expire;utilisations_max;fonctions\n"
        f"{cle};Bonne;;31/12/2026;;\n"
        ";;;31/12/2026;;\n"
        ";A;dupont;31/12/2026;;\n"
        ";B;;31/13/2026;;\n"
        ";C;;31/12/2026;beaucoup;\n"
        ";D;;31/12/2026;0;\n"
        ";E;;31/12/2026;;paie\n"
        "AAAA-AAAA-AAAA-AAAA;F;;31/12/2026;;\n"
        f'{cle.lower()};"G\nG";;31/12/2026;;\n'
        ";H;;;;\n"
    )
    lignes = refus(atelier, texte)
    assert [rang for rang, _ in lignes] == [3, 4, 5, 6, 7, 8, 9, 10, 12]
    for mot, (_, message) in zip(
        ["nom du client", "adresse", "31/12/2026", "nombre entier", "-1", "chantier", "frappe", "contrôle", "expire"],
        lignes,
        strict=True,
    ):
        assert mot in message


def test_a_key_twice_or_already_there_is_refused(atelier: Atelier) -> None:
    _, connue = atelier.vend()
    neuve = make_cle()
    entete = "cle;client;duree\n"
    assert refus(atelier, f"{entete}{neuve};A;1 an\n{connue};B;1 an\n") == [(3, "Cette clé existe déjà.")]
    assert refus(atelier, f"{entete}{neuve};A;1 an\n{neuve};B;1 an\n") == [
        (3, "Cette clé est deux fois dans le fichier.")
    ]


@pytest.mark.parametrize("separateur", [";", ",", "\t"])
def test_files_of_any_spreadsheet_are_read(atelier: Atelier, separateur: str) -> None:
    texte = separateur.join(["Client", "EXPIRE"]) + "\r\n" + separateur.join(["Été", "2026-12-31"]) + "\r\n"
    for codage in ("utf-8", "utf-8-sig", "cp1252"):
        assert [fiche.client for fiche, _ in importe(atelier, texte.encode(codage))] == ["Été"]


@pytest.mark.parametrize(
    ("contenu", "phrase"),
    [
        (b"", "nommer les colonnes"),
        (b"nom;expire\nA;31/12/2026\n", "nommer les colonnes"),
        (b"client;client\nA;B\n", "nommer les colonnes"),
        (b"PK\x03\x04\x00\x00", "classeur"),
        (b'client;expire\n"A;31/12/2026\n', "pas un CSV lisible"),
        (b"x" * (TAILLE_MAX + 1), "Mo"),
        (b"client;duree\n" + b"A;1 an\n" * (LIGNES_MAX + 1), f"{LIGNES_MAX} lignes"),
        (b"client;notes\nA;" + b"x" * 200_000, "pas un CSV lisible"),
        (b"client;duree\nLef\x8fvre;1 an\n", "accentuées"),
    ],
)
def test_a_file_that_is_none_is_refused_as_a_whole(atelier: Atelier, contenu: bytes, phrase: str) -> None:
    with pytest.raises(DemandeInvalide, match=phrase):
        importe(atelier, contenu)


def test_a_row_with_too_many_cells_is_named(atelier: Atelier) -> None:
    assert refus(atelier, ENTETE + "A;B;;31/12/2026;de trop\n") == [(2, "5 cellules au lieu de 4.")]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.text(alphabet="client;duree,\n\r\"'=\0é 1an", max_size=120).map(str.encode))
def test_no_file_whatever_does_more_than_be_refused_or_sold(atelier: Atelier, contenu: bytes) -> None:
    try:
        creees = importe(atelier, contenu)
    except (DemandeInvalide, ImportRefuse):
        return
    for _, cle in creees:
        assert lit_cle(cle) == cle


def test_a_key_that_another_program_creates_meanwhile_is_a_sentence(atelier: Atelier) -> None:
    cle, contexte = make_cle(), atelier.maison.contexte
    fichier = f"cle;client;duree\n{cle};A;1 an\n".encode()
    with ThreadPoolExecutor(1) as fils:
        with contexte.transaction() as (_, depot):
            depot.add([(Fiche("B"), cle, fin_de_journee(date(2027, 1, 1)))], contexte.maintenant())
            import_ = fils.submit(atelier.maison.tableur.import_csv, fichier, "v")
            while not _attend(contexte):
                assert not import_.done()
        with pytest.raises(DemandeInvalide, match="rien n’a été enregistré"):
            import_.result()


def _attend(contexte: Contexte) -> bool:
    """Whether somebody waits for somebody; in a transaction of its own, which would else see the same every time."""
    with contexte.transaction() as (connexion, _):
        return bool(connexion.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))
