"""CSV in and out, through the pages: hostile files, formulas, encodings, all or nothing."""

import base64
import csv
import html
import io
import re
import zlib

import httpx2
import pytest

from licence_manager.domain.licence import Fiche
from licence_manager.services.tableur import LIGNES_MAX, TAILLE_MAX
from sages_commun.licence import lit_cle, make_cle, masque_cle

from .conftest import LECTEUR, Pages
from .test_navigateur import fin


def examine(pages: Pages, contenu: bytes) -> httpx2.Response:
    """The report on this file."""
    return pages.client().post("/licenses/import", files={"fichier": ("f.csv", contenu, "text/csv")})


def confirme(pages: Pages, rapport: httpx2.Response) -> httpx2.Response:
    """What the button of the report does."""
    trouve = re.search(r'name="contenu" value="([^"]*)"', rapport.text)
    assert trouve is not None
    return pages.client().post("/licenses/import/confirmer", data={"contenu": html.unescape(trouve[1])})


def exporte(pages: Pages, parametres: str = "", *, avec_cles: bool = False) -> list[dict[str, str]]:
    """The file, as a spreadsheet reads it."""
    client = pages.client()
    reponse = client.post(f"/licenses/export{parametres}") if avec_cles else client.get(f"/licenses/export{parametres}")
    assert reponse.status_code == 200
    assert reponse.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="licences-2026-' in reponse.headers["content-disposition"]
    return list(csv.DictReader(io.StringIO(reponse.content.decode("utf-8-sig")), delimiter=";"))


def test_a_file_is_examined_line_by_line_then_imported_as_it_was_shown(pages: Pages) -> None:
    cle = make_cle()
    contenu = f"cle;client;entreprise;expire\n{cle};Zélie;Import & Cie;31/12/2027\n;Yves;Import & Cie;30/06/2028\n"
    avant = pages.maison.licences.count_licences()
    rapport = examine(pages, contenu.encode("utf-8-sig"))
    assert rapport.status_code == 200
    texte = html.unescape(rapport.text)
    for mot in ("Zélie", "Yves", "31/12/2027", "30/06/2028", "sera tirée", masque_cle(cle)):
        assert mot in texte
    assert cle not in texte
    assert pages.maison.licences.count_licences() == avant
    fait = confirme(pages, rapport)
    assert (fait.status_code, fait.headers["location"]) == (303, "/licenses")
    assert pages.maison.licences.count_licences() == avant + 2
    licence = pages.maison.licences.find_licence(cle).licence
    assert licence.fiche == Fiche("Zélie", "Import & Cie")
    (evenement,) = pages.maison.licences.list_historique(licence.id).lignes
    assert evenement.qui.startswith("Sophie")
    # Sent again, as by going back: the key is there already, and nothing is created twice.
    assert confirme(pages, rapport).status_code == 422
    assert pages.maison.licences.count_licences() == avant + 2


@pytest.mark.parametrize("codage", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separateur", [";", ",", "\t"])
def test_files_of_any_spreadsheet_are_read(pages: Pages, codage: str, separateur: str) -> None:
    contenu = f"client{separateur}duree\r\nHélène Bœuf{separateur}1 an\r\n".encode(codage)
    rapport = examine(pages, contenu)
    assert rapport.status_code == 200
    assert "Hélène Bœuf" in rapport.text


@pytest.mark.parametrize(
    ("contenu", "statut", "phrase"),
    [
        (b"", 422, "nommer les colonnes"),
        (b"PK\x03\x04\x00\x00", 422, "classeur"),
        (b"\xff\xfe" + "client;duree\nA;1 an\n".encode("utf-16-le"), 422, "classeur"),
        (b"client;duree\n" + b"A" * 300_000 + b";1 an\n", 422, "pas un CSV lisible"),
        (b"client;duree\n" + b"B" * 50_000 + b";1 an\n", 422, "dépasse 200 caractères"),
        (b'client;duree\n"A;1 an\n', 422, "pas un CSV lisible"),
        (b"client;duree\n" + b"A;1 an\n" * (LIGNES_MAX + 1), 422, f"{LIGNES_MAX} lignes"),
        (b"client;duree\nA;1 an;de trop\nB;un peu\n;1 an\n", 422, "3 lignes à corriger"),
        (b"client;duree\n<script>alert(1)</script>;mal\n", 422, "Une durée s’écrit"),
        (b"client;duree\nA\x07B;1 an\n", 422, "caractère de contrôle"),
        (b"x" * (TAILLE_MAX + 1), 422, "dépasse 2 Mo"),
        (b"x" * (TAILLE_MAX + 100_000), 413, "octets"),
    ],
)
def test_a_hostile_file_is_refused_with_its_reason_and_nothing_of_it_kept(
    pages: Pages, contenu: bytes, statut: int, phrase: str
) -> None:
    avant = pages.maison.licences.count_licences()
    rapport = examine(pages, contenu)
    assert rapport.status_code == statut, rapport.text
    assert phrase in html.unescape(rapport.text).replace("\u00a0", " ").replace("\u202f", " ")
    assert "<script>alert" not in rapport.text
    assert 'name="contenu"' not in rapport.text
    assert pages.maison.licences.count_licences() == avant


@pytest.mark.parametrize(
    "contenu",
    ["", "pas du base64 !", base64.b64encode(b"pas compresse").decode(),
     base64.b64encode(zlib.compress(b"client;duree\nA;1 an\n")[:-6]).decode(),
     base64.b64encode(zlib.compress(b"client;duree\n" + b"A" * 50_000_000, 9)).decode()],
)  # fmt: skip
def test_a_confirmation_that_is_not_ours_creates_nothing(pages: Pages, contenu: str) -> None:
    avant = pages.maison.licences.count_licences()
    reponse = pages.client().post("/licenses/import/confirmer", data={"contenu": contenu})
    assert reponse.status_code == 422
    assert pages.maison.licences.count_licences() == avant


def test_what_leaves_runs_in_no_spreadsheet_and_comes_back_as_it_was(pages: Pages) -> None:
    textes = ["=HYPERLINK(1)", "+33 1 23", "-2+3", "@SOMME(A1)", "＝1", "'=déjà", " =1", 'a;"b";=c', "-5"]
    for rang, texte in enumerate(textes):
        fiche = Fiche(f"zcsv{rang}", texte.strip(), notes=f"{texte}\n{texte}")
        pages.maison.licences.create_licence(fiche, fin(pages, 30), "v")
    lignes = exporte(pages, "?texte=zcsv")
    assert len(lignes) == len(textes)
    for ligne in lignes:
        for cellule in ligne.values():
            nombre = cellule.removeprefix("-").isdecimal()
            assert nombre or not cellule.lstrip(" \u00a0").startswith(("=", "+", "-", "@", "\t", "\r", "＝"))
    avec = exporte(pages, "?texte=zcsv", avec_cles=True)
    assert all(lit_cle(ligne["cle"]) == ligne["cle"] for ligne in avec)


def test_the_export_follows_the_list_and_only_an_administrator_gets_keys(pages: Pages) -> None:
    assert [ligne["entreprise"] for ligne in exporte(pages, "?filtre=inactives")] == ["Parquets Blanc"]
    assert [ligne["etat"] for ligne in exporte(pages, "?filtre=archivees")] == ["archivée"]
    assert len(exporte(pages)) == pages.maison.licences.count_licences()
    cles = pages.maison.licences.show_cles(list(pages.numeros.values())).values()
    lecteur = pages.client(LECTEUR)
    texte = lecteur.get("/licenses/export").text
    assert "Rossi" in texte
    assert not any(cle in texte for cle in cles)
    assert lecteur.post("/licenses/export").status_code == 403
    exporte(pages, "?filtre=inactives", avec_cles=True)
    dernier = pages.maison.licences.list_historique(taille=1).lignes[0]
    assert (dernier.geste.value, dernier.qui.split()[0]) == ("export", "Sophie")
