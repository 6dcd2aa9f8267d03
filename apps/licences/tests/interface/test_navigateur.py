"""What a person who sells licences does, in a real browser: create, find, extend, deactivate, expire, recover."""

import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from licence_manager.domain.duree import Duree, echeance, jour_de
from licence_manager.domain.licence import Etat, Fiche
from licence_manager.services.validation import Demande
from sages_commun.licence import Verdict, lit_cle

from .conftest import LECTEUR, Pages, Visite, reconnecte
from .donnees import HOSTILE

CLE = re.compile(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}")


def numero_de(page: Page) -> int:
    """Of the licence that the page shows."""
    return int(urlsplit(page.url).path.rsplit("/", 1)[1])


def verdict(pages: Pages, cle: str) -> Verdict:
    """What a connector is told of this key."""
    return pages.maison.validation.validate_licence(Demande(cle, "127.0.0.1", "poste")).bail.verdict


def fin(pages: Pages, jours: int) -> datetime:
    """The end of a licence sold now for so many days."""
    return echeance(pages.montre(), Duree(jours=jours))


def test_a_licence_is_sold_and_its_key_shown_once_the_form_is_right(pages: Pages, visite: Visite) -> None:
    page = visite(pages, "/")
    page.get_by_role("link", name="Créer une licence").click()
    page.get_by_label("Entreprise").fill("Couverture Lenoir")
    page.get_by_label("Adresse e-mail").fill("lenoir chez exemple")
    page.get_by_label("Utilisations").fill("beaucoup")
    page.get_by_label("Durée").select_option("date")
    page.get_by_role("button", name="Créer la licence").click()

    expect(page.get_by_role("alert")).to_contain_text("4 saisies sont à corriger")
    for champ, phrase in (
        ("Nom du client", "Le nom du client manque."),
        ("Adresse e-mail", "pas valable"),
        ("Utilisations", "à partir de 1"),
        ("Dernier jour", "Donnez le dernier jour"),
    ):
        saisie = page.get_by_role("textbox", name=champ)
        expect(saisie).to_have_attribute("aria-invalid", "true")
        expect(saisie).to_have_accessible_description(re.compile(re.escape(phrase).replace(r"\ ", r"\s")))
    expect(page.get_by_label("Entreprise")).to_have_value("Couverture Lenoir")

    page.get_by_label("Nom du client").fill("H. Lenoir")
    page.get_by_label("Adresse e-mail").fill("lenoir@exemple.fr")
    page.get_by_label("Utilisations").fill("1 000")
    page.get_by_label("Devis").uncheck()
    page.get_by_role("textbox", name="Dernier jour").fill("30/06/2027")
    page.get_by_role("button", name="Créer la licence").click()

    expect(page.get_by_role("heading", name="Licence créée : voici sa clé")).to_be_visible()
    cle = page.locator("#cle").inner_text()
    assert lit_cle(cle) == cle
    details = pages.maison.licences.find_licence(cle)
    assert details.licence.fiche.utilisations_max == 1000
    assert {fonction.value for fonction in details.licence.fiche.fonctions} == {"chantier", "heures"}
    assert details.licence.expire_le.isoformat() == "2027-06-30T21:59:59+00:00"
    assert verdict(pages, cle) is Verdict.VALIDE
    # No address of ours holds a key.
    assert cle not in page.url
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copier la clé").click()
    expect(page.get_by_role("button", name="Copié")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == cle


def test_a_licence_is_found_by_words_and_by_its_key_which_never_stands_in_an_address(
    pages: Pages, visite: Visite
) -> None:
    numero = pages.numeros["Maçonnerie Bœuf & fils"]
    cle = pages.maison.licences.show_cle(numero)
    page = visite(pages, "/licenses")
    adresses: list[str] = []
    page.on("request", lambda requete: adresses.append(requete.url + str(requete.headers)))
    cherche = page.get_by_role("searchbox")
    cherche.fill("macon fils")
    page.get_by_role("button", name="Chercher").click()
    expect(page.get_by_role("heading", level=2, name="1 licence")).to_be_visible()
    expect(page.get_by_role("link", name="Maçonnerie Bœuf & fils")).to_be_visible()

    cherche.fill(cle.lower().replace("-", " "))
    page.get_by_role("button", name="Chercher").click()
    expect(page.get_by_role("heading", level=1, name="Maçonnerie Bœuf & fils")).to_be_visible()
    assert numero_de(page) == numero
    page.get_by_role("link", name="Licences", exact=True).first.click()
    expect(page.get_by_role("heading", level=1, name="Licences")).to_be_visible()
    vue = "".join(adresses).replace("%20", "").replace("+", "").upper()
    assert cle.replace("-", "") not in vue.replace("-", "")

    fautive = ("1" if cle[0] != "1" else "2") + cle[1:]
    cherche.fill(fautive)
    page.get_by_role("button", name="Chercher").click()
    expect(page.locator("#message")).to_contain_text("a une faute de frappe : voici la seule licence")
    expect(page.get_by_role("heading", level=1, name="Maçonnerie Bœuf & fils")).to_be_visible()
    assert fautive not in page.url

    page.goto("/licenses")
    cherche.fill("1234-5678-9ACD-EFGH")
    page.get_by_role("button", name="Chercher").click()
    expect(page.locator("#message")).to_contain_text("Aucune licence n’a cette clé")


def test_a_key_in_the_address_that_was_asked_for_leads_to_its_licence(pages: Pages, visite: Visite) -> None:
    numero = pages.numeros["Peinture Rossi"]
    page = visite(pages, f"/licenses/details/{pages.maison.licences.show_cle(numero)}")
    expect(page.get_by_role("heading", level=1, name="Peinture Rossi")).to_be_visible()
    assert numero_de(page) == numero


def test_the_list_is_filtered_sorted_and_paged_both_ways(pages: Pages, visite: Visite) -> None:
    for rang in range(55):
        pages.maison.licences.create_licence(Fiche(f"zpage {rang:02}"), fin(pages, 40 + rang), "vendeur")
    page = visite(pages, "/licenses?texte=zpage&tri=echeance")
    liens = page.locator("tbody a")
    expect(page.get_by_role("heading", level=2, name="55 licences")).to_be_visible()
    expect(liens).to_have_count(50)
    expect(liens.first).to_have_text("zpage 00")
    page.get_by_role("link", name="Suivantes").click()
    expect(liens).to_have_count(5)
    expect(liens.first).to_have_text("zpage 50")
    expect(page.get_by_role("link", name="Suivantes")).to_have_count(0)
    page.get_by_role("link", name="Précédentes").click()
    expect(liens).to_have_count(50)
    expect(liens.first).to_have_text("zpage 00")
    expect(page.get_by_role("link", name="Précédentes")).to_have_count(0)
    page.get_by_role("link", name="Inactives").click()
    expect(page.get_by_text("Aucune licence ne correspond.")).to_be_visible()
    page.get_by_role("link", name="Effacer").click()
    expect(liens).to_have_text(["Parquets Blanc"])


def test_a_licence_is_extended_to_the_day_that_was_shown_and_only_once(pages: Pages, visite: Visite) -> None:
    numero = pages.numeros["Plomberie Le Gall"]
    page = visite(pages, f"/licenses/details/{numero}")
    avant = pages.maison.licences.read_licence(numero).licence.expire_le
    choix = page.get_by_role("radio", name=re.compile("2 ans depuis l’échéance", re.IGNORECASE))
    jour = choix.locator("xpath=..").inner_text().split()[-1]
    choix.check()
    # What the browser was about to send, sent twice: as by a double click or by two people at once.
    formulaire = page.locator("form", has=choix)
    champs = formulaire.evaluate("f => Object.fromEntries(new FormData(f))")
    formulaire.get_by_role("button", name="Prolonger").click()
    expect(page.locator("#message")).to_contain_text(f"En vigueur jusqu’au {jour}")
    expect(page.get_by_role("heading", name="Historique").locator("xpath=..")).to_contain_text("Licence prolongée")
    apres = pages.maison.licences.read_licence(numero).licence.expire_le
    assert (apres.year, apres.month) == (avant.year + 2, avant.month)
    deuxieme = page.request.post(f"/licenses/details/{numero}/prolonger", form=champs)
    assert deuxieme.status == 409
    assert "rien n’a été prolongé" in deuxieme.text()
    assert pages.maison.licences.read_licence(numero).licence.expire_le == apres

    # A day beside another choice: which one was meant is for the person to say.
    double = page.request.post(f"/licenses/details/{numero}/prolonger", form={**champs, "expire": "31/12/2032"})
    assert double.status == 422
    assert "ou effacez ce jour" in double.text()
    assert pages.maison.licences.read_licence(numero).licence.expire_le == apres

    dernier_jour = page.get_by_role("textbox", name="Dernier jour")
    dernier_jour.fill("01/01/2020")
    expect(page.get_by_role("radio", name="Jusqu’à un jour choisi")).to_be_checked()
    formulaire.get_by_role("button", name="Prolonger").click()
    expect(page.get_by_text("Ce jour est déjà passé.")).to_be_visible()
    dernier_jour.fill("31/12/2031")
    formulaire.get_by_role("button", name="Prolonger").click()
    expect(page.locator("#message")).to_contain_text("31/12/2031")


def test_several_licences_are_extended_together_after_a_preview(pages: Pages, visite: Visite) -> None:
    noms = ["Isolation Moreau", "Terrassement Petit"]
    avant = {nom: pages.maison.licences.read_licence(pages.numeros[nom]).licence.expire_le for nom in noms}
    page = visite(pages, "/licenses?tri=entreprise")
    expect(page.get_by_text("Aucune licence choisie")).to_be_visible()
    for nom in noms:
        page.get_by_role("checkbox", name=f"Choisir {nom}").check()
    expect(page.get_by_text("2 licences choisies")).to_be_visible()
    page.get_by_role("button", name="Prolonger la sélection…").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"Prolonger 2\slicences"))
    page.get_by_label("Durée").select_option("6 mois")
    page.get_by_role("button", name="Actualiser l’aperçu").click()
    assert {nom: pages.maison.licences.read_licence(pages.numeros[nom]).licence.expire_le for nom in noms} == avant
    jours = [ligne.split("\n")[-1].strip().split("\t")[-1] for ligne in page.locator("tbody tr").all_inner_texts()]
    page.get_by_role("button", name=re.compile("Prolonger 2")).click()
    expect(page.locator("#message")).to_contain_text("prolongées")
    apres = [pages.maison.licences.read_licence(pages.numeros[nom]).licence for nom in noms]
    assert sorted(f"{jour_de(une.expire_le):%d/%m/%Y}" for une in apres) == sorted(jours)
    for une in apres:
        dernier = pages.maison.licences.list_historique(une.id).lignes[0]
        assert dernier.qui.startswith("Sophie")


def test_a_licence_is_deactivated_expires_and_recovers(pages: Pages, visite: Visite) -> None:
    licence, cle = pages.maison.licences.create_licence(Fiche("Vitrerie Noël"), fin(pages, 3), "vendeur")
    adresse = f"/licenses/details/{licence.id}"
    page = visite(pages, adresse)
    page.get_by_text("Désactiver…").click()
    page.get_by_label("Raison").filter(visible=True).fill("impayé depuis mars")
    page.get_by_role("button", name="Désactiver la licence").click()
    expect(page.locator("#message")).to_contain_text("Licence désactivée")
    expect(page.get_by_text(re.compile(r"par Sophie .*impayé depuis mars"))).to_be_visible()
    assert verdict(pages, cle) is Verdict.INACTIVE

    page.get_by_text("Réactiver…").click()
    page.get_by_role("button", name="Réactiver la licence").click()
    expect(page.locator("#message")).to_contain_text("Licence réactivée")
    assert verdict(pages, cle) is Verdict.VALIDE

    pages.montre.avance(timedelta(days=5))
    assert verdict(pages, cle) is Verdict.EXPIREE
    pages.maison.suivi.write()
    reconnecte(page, pages)
    page.goto("/")
    expect(page.locator("#probleme-refusees")).to_contain_text("Vitrerie Noël")
    page.locator("#probleme-refusees").get_by_role("link", name="Vitrerie Noël").click()
    expect(page.get_by_text("Expirée", exact=True)).to_be_visible()
    # The year that is proposed counts from today, since it is over.
    expect(page.get_by_role("radio", name=re.compile("1 an depuis aujourd’hui", re.IGNORECASE))).to_be_checked()
    page.get_by_role("button", name="Prolonger").click()
    assert verdict(pages, cle) is Verdict.VALIDE
    assert pages.maison.licences.read_licence(licence.id).etat is Etat.ACTIVE
    page.goto("/")
    expect(page.locator("#probleme-refusees")).not_to_contain_text("Vitrerie Noël")

    page.goto(adresse)
    page.get_by_text("Délivrer une nouvelle clé…").click()
    page.get_by_label("L’ancienne clé ne fonctionnera plus").check()
    page.get_by_role("button", name="Remplacer la clé").click()
    neuve = page.locator("#cle").inner_text()
    assert CLE.fullmatch(neuve)
    assert (verdict(pages, cle), verdict(pages, neuve)) == (Verdict.INCONNUE, Verdict.VALIDE)

    page.get_by_text("Archiver…").click()
    page.get_by_role("button", name="Archiver la licence").click()
    expect(page.get_by_text("Archivée", exact=True)).to_be_visible()
    assert verdict(pages, neuve) is Verdict.ARCHIVEE


def test_the_signing_key_is_turned_once_it_was_noted_as_delivered(pages: Pages, visite: Visite) -> None:
    page = visite(pages, "/cles-de-signature")
    suivante = page.get_by_role("region", name="La suivante").locator("dd").first.inner_text()
    page.get_by_role("button", name="Noter comme livrée").click()
    expect(page.get_by_role("region", name="La suivante")).to_contain_text("notée comme livrée")
    page.get_by_text("Changer de clé…").click()
    page.get_by_label("La version du connecteur qui porte la clé suivante est installée partout.").check()
    page.get_by_role("button", name="Signer avec la clé suivante").click()
    expect(page.get_by_role("region", name="Celle qui signe")).to_contain_text(suivante)
    expect(page.get_by_role("heading", name="Clés retirées")).to_be_visible()


def test_everything_works_without_javascript(pages: Pages, visite: Visite) -> None:
    page = visite(pages, "/licenses?tri=entreprise", java_script_enabled=False)
    page.get_by_role("checkbox", name="Choisir Carrelages Da Silva").check()
    page.get_by_role("button", name="Prolonger la sélection…").click()
    page.get_by_role("button", name=re.compile(r"Prolonger 1\slicence")).click()
    expect(page.locator("#message")).to_contain_text("1 licence prolongée")
    page.goto(f"/licenses/details/{pages.numeros['Serrurerie N’Diaye']}/modifier")
    page.get_by_label("Notes").fill("À rappeler.")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("#message")).to_contain_text("Modifications enregistrées.")
    expect(page.get_by_text("À rappeler.").first).to_be_visible()


def test_whoever_may_only_look_sees_no_key_and_no_button_that_changes_anything(pages: Pages, visite: Visite) -> None:
    numero = pages.numeros["Électricité Martin"]
    for chemin in ("/", "/licenses", f"/licenses/details/{numero}", "/cles-de-signature", "/rappels"):
        page = visite(pages, chemin, role=LECTEUR)
        postes = page.locator("main form[method=post]")
        assert postes.evaluate_all("f => f.map(un => new URL(un.action).pathname)") in (
            [],
            ["/licenses/recherche", "/licenses/extend"],
        ), chemin
        assert page.locator("main form[action='/licenses/extend'] button").count() == 0
        assert not CLE.search(page.content()), chemin


@pytest.mark.parametrize("javascript", [True, False])
def test_nothing_that_was_typed_ever_runs(pages: Pages, visite: Visite, javascript: bool) -> None:
    numero = pages.numeros["hostile"]
    adresse = f"/licenses/details/{numero}"
    pages.maison.licences.deactivate_licence(numero, HOSTILE, HOSTILE)
    for chemin in ("/", "/licenses", adresse, f"{adresse}/modifier", f"{adresse}/validations", "/rappels"):
        page = visite(pages, chemin, java_script_enabled=javascript)
        assert page.locator("main script, main img").count() == 0
        assert "49" not in page.get_by_role("heading", level=1).inner_text()
    page = visite(pages, adresse, java_script_enabled=javascript)
    assert page.get_by_text(HOSTILE).count() >= 4
    page = visite(pages, "/licenses?texte=%3Cscript%3Ealert(1)%3C/script%3E", java_script_enabled=javascript)
    expect(page.get_by_role("searchbox")).to_have_value("<script>alert(1)</script>")
