"""The pages in a real browser: what a person sees, clicks and hears."""

from dataclasses import replace
from itertools import pairwise

import pytest
from playwright.sync_api import Locator, Page, expect

from connecteur.domain.run import Bilan, Fleche, Flux, Verdict
from connecteur.errors import ServiceInjoignable

from .conftest import Ouvre, Sert, en_service
from .demonstration import maison_a_jour, maison_en_cours, maison_en_panne, maison_pleine, maison_vide
from .systemes_et_bilans import bilans_chantiers, systemes_ok

MAISONS = [maison_vide, maison_en_cours, maison_pleine, maison_en_panne]
"""Empty, running, full, in error."""


def carte(page: Page, titre: str) -> Locator:
    return page.get_by_role("region", name=titre, exact=True)


def test_a_click_shows_real_progress_then_the_report_without_a_reload(sert: Sert, ouvre: Ouvre) -> None:
    maison = maison_a_jour()
    page = ouvre(sert(maison))
    page.evaluate("window.jamaisRechargee = true")
    chantiers = carte(page, "Chantiers")

    page.get_by_role("button", name="Envoyer les chantiers").click()
    jauge = chantiers.get_by_role("progressbar", name="Envoi des chantiers à BatiSimply")
    expect(chantiers.get_by_text("En cours", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Synchronisation en cours")
    assert maison.lances == [(Flux.CHANTIERS, "page d’accueil")]
    assert maison.attend_auditeurs(1)

    run = maison.runs[0].id
    maison.avance(run, Fleche.PULL_CHANTIERS, 0, 0)
    lecture = chantiers.get_by_role("progressbar", name="Lecture des chantiers dans Batigest")
    expect(lecture).to_be_visible()
    assert lecture.evaluate("jauge => jauge.matches(':indeterminate')")
    for fait in (1, 412, 811):
        maison.avance(run, Fleche.PUSH_CHANTIERS, fait, 812, f"Maison n° {fait}")
        expect(chantiers.get_by_text(f"{fait} sur 812")).to_be_visible()
        expect(chantiers.get_by_text(f"Maison n° {fait}")).to_be_visible()
        assert jauge.evaluate("jauge => [jauge.value, jauge.max]") == [fait, 812]
        assert jauge.get_attribute("aria-valuetext") == f"{fait} sur 812"

    maison.finit(run, bilans_chantiers())
    expect(chantiers.get_by_text("Réussi", exact=True)).to_be_visible()
    expect(chantiers.get_by_text("14 projets écrits dans BatiSimply.")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("Synchronisation terminée : réussi.")
    expect(page.get_by_role("button", name="Envoyer les chantiers")).to_be_visible()
    assert page.evaluate("window.jamaisRechargee") is True
    assert maison.attend_auditeurs(0)


def test_everything_works_without_javascript(sert: Sert, ouvre: Ouvre) -> None:
    maison = maison_a_jour()
    page = ouvre(sert(maison), java_script_enabled=False)
    page.get_by_role("button", name="Récupérer les heures").click()
    run = maison.runs[0].id
    assert page.url.endswith(f"/runs/{run}")
    maison.avance(run, Fleche.PULL_HEURES, 5, 26)
    # The page asks again by itself.
    expect(page.get_by_text("5 sur 26")).to_be_visible()
    page.get_by_role("button", name="Annuler").click()
    assert maison.annules == [run]
    expect(page.get_by_role("button", name="Annulation demandée")).to_be_disabled()
    maison.finit(run, (Bilan(Fleche.PULL_HEURES, {"nouveaux créneaux": 40}),), Verdict.ANNULE)
    expect(page.get_by_text("Annulé", exact=True)).to_be_visible()


def test_the_keyboard_alone_is_enough_and_never_loses_its_place(sert: Sert, ouvre: Ouvre) -> None:
    maison = maison_a_jour()
    page = ouvre(sert(maison))
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Aller au contenu")).to_be_in_viewport()
    bouton = page.get_by_role("button", name="Envoyer les chantiers")
    for _ in range(12):
        page.keyboard.press("Tab")
        if bouton.evaluate("bouton => bouton === document.activeElement"):
            break
    expect(bouton).to_be_focused()
    assert bouton.evaluate("bouton => parseFloat(getComputedStyle(bouton).outlineWidth)") >= 2

    page.keyboard.press("Enter")
    region = page.locator("#region-chantiers")
    expect(region).to_be_focused()
    assert maison.attend_auditeurs(1)
    page.keyboard.press("Tab")
    expect(region.get_by_role("button", name="Annuler")).to_be_focused()
    maison.finit(maison.runs[0].id, bilans_chantiers())
    expect(region).to_be_focused()
    page.keyboard.press("Tab")
    expect(bouton).to_be_focused()


def test_cancelling_is_asked_and_said(sert: Sert, ouvre: Ouvre) -> None:
    maison = maison_en_cours()
    page = ouvre(sert(maison))
    heures = carte(page, "Heures")
    heures.get_by_role("button", name="Annuler").click()
    expect(heures.get_by_role("button", name="Annulation demandée")).to_be_disabled()
    assert maison.annules == [maison.runs[0].id]
    maison.finit(maison.runs[0].id, (), Verdict.ANNULE)
    expect(heures.get_by_text("Annulé", exact=True)).to_be_visible()


def test_the_page_of_a_run_becomes_its_report(sert: Sert, ouvre: Ouvre) -> None:
    maison = maison_a_jour()
    run = maison.lance(Flux.CHANTIERS, declencheur="page d’accueil")
    page = ouvre(f"{sert(maison)}/runs/{run}")
    assert maison.attend_auditeurs(1)
    maison.avance(run, Fleche.PULL_CHANTIERS, 812, 812)
    expect(page.get_by_text("812 sur 812")).to_be_visible()
    maison.finit(run, bilans_chantiers())
    expect(page.get_by_role("heading", name="Étape par étape")).to_be_visible()
    page.get_by_text("Remarques (1)").click()
    expect(page.get_by_text("modifié dans BatiSimply, conservé")).to_be_visible()
    page.get_by_role("button", name="Relancer").click()
    page.wait_for_url(lambda url: not url.endswith(run))
    assert [flux for flux, _ in maison.lances] == [Flux.CHANTIERS, Flux.CHANTIERS]


def test_a_run_started_elsewhere_appears_by_itself(sert: Sert, ouvre: Ouvre) -> None:
    maison = maison_a_jour()
    page = ouvre(sert(maison))
    maison.lance(Flux.HEURES, declencheur="horaire")
    # Coming back to the tab is enough.
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(carte(page, "Heures").get_by_text("En cours", exact=True)).to_be_visible()
    assert maison.attend_auditeurs(1)


def test_a_tampon_that_comes_back_brings_the_page_back(sert: Sert, navigateur_tolerant: Ouvre) -> None:
    maison = maison_a_jour()
    maison.panne = ServiceInjoignable("Le tampon ne répond pas.", remede="Redémarrez le service.")
    page = navigateur_tolerant(sert(maison))
    expect(page.get_by_role("alert")).to_contain_text("Redémarrez le service.")
    expect(page.get_by_role("button", name="Envoyer les chantiers")).to_have_count(0)
    maison.panne = None
    expect(page.get_by_role("button", name="Envoyer les chantiers")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tout est à jour")


def test_systems_are_said_to_answer_once_they_have(sert: Sert, ouvre: Ouvre) -> None:
    maison = maison_vide()
    page = ouvre(sert(maison))
    expect(page.get_by_text("Vérification…")).to_have_count(3)
    maison.etats = systemes_ok()
    expect(page.get_by_text("Répond", exact=True)).to_have_count(3)
    page.get_by_text("Vérifications, maillon par maillon").click()
    expect(page.get_by_text("Écriture permise dans SuiviMO.")).to_be_visible()


def test_what_a_person_opened_stays_open(sert: Sert, ouvre: Ouvre) -> None:
    maison = maison_a_jour()
    page = ouvre(sert(maison))
    page.get_by_text("Vérifications, maillon par maillon").click()
    detail = page.get_by_text("Écriture permise dans SuiviMO.")
    expect(detail).to_be_visible()
    un, *reste = maison.etats
    maison.etats = [replace(un, controles=un.controles[:3]), *reste]
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(detail).to_have_count(0)
    expect(page.get_by_text("Identifiants acceptés, liaison chiffrée.")).to_be_visible()


@pytest.mark.parametrize("refus", [403, 503])
def test_a_refusal_is_met(refus: int, navigateur_tolerant: Ouvre) -> None:
    """403: the connector was restarted; 503: too many pages follow. Neither is a dead end."""
    maison = maison_a_jour()
    with en_service(maison) as serveur:
        page = navigateur_tolerant(serveur.adresse)
        if refus == 403:
            page.context.clear_cookies()
        else:
            places = serveur.app.state.places
            while places.acquire(blocking=False):
                pass
        page.get_by_role("button", name="Envoyer les chantiers").click()
        expect(carte(page, "Chantiers").get_by_text("En cours", exact=True)).to_be_visible()
        maison.finit(maison.runs[0].id, bilans_chantiers())
        expect(carte(page, "Chantiers").get_by_text("14 projets écrits dans BatiSimply.")).to_be_visible()
        assert len(maison.lances) == 1


# --- what it looks like ---------------------------------------------------------------------------------


def test_nothing_sticks_out_and_targets_are_large_enough(sert: Sert, ouvre: Ouvre) -> None:
    page = ouvre("about:blank", reduced_motion="reduce")
    for fabrique in MAISONS:
        maison = fabrique()
        adresse = sert(maison)
        for chemin in ["/", "/rejets", *(f"/runs/{run.id}" for run in maison.runs[:1])]:
            page.goto(adresse + chemin)
            for largeur in (390, 768, 1280):
                page.set_viewport_size({"width": largeur, "height": 844})
                assert page.evaluate("document.documentElement.scrollWidth") <= largeur
                hauteurs = page.locator(".bouton:visible:not(.absolute)").evaluate_all(
                    "cibles => cibles.map(cible => cible.getBoundingClientRect().height)"
                )
                assert all(hauteur >= 44 for hauteur in hauteurs)


CONTRASTES = """() => {
  const toile = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rvb = (couleur, dessous = [255, 255, 255]) => {
    toile.fillStyle = `rgb(${dessous})`;
    toile.fillRect(0, 0, 1, 1);
    toile.fillStyle = couleur;
    toile.fillRect(0, 0, 1, 1);
    return [...toile.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  };
  const fond = (element) => {
    if (!element) return [255, 255, 255];
    const couleur = getComputedStyle(element).backgroundColor;
    return couleur === "rgba(0, 0, 0, 0)" ? fond(element.parentElement) : rvb(couleur, fond(element.parentElement));
  };
  const luminance = (c) => {
    const [r, v, b] = c.map((x) => x / 255).map((x) => (x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * v + 0.0722 * b;
  };
  const faibles = new Set();
  for (const element of document.body.querySelectorAll("*")) {
    const texte = [...element.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data.trim()).join("");
    if (!texte || !element.checkVisibility()) continue;
    const dessous = fond(element);
    const [a, b] = [luminance(rvb(getComputedStyle(element).color, dessous)), luminance(dessous)];
    const contraste = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contraste < 4.5) faibles.add(`${texte.slice(0, 40)} : ${contraste.toFixed(2)}`);
  }
  return [...faibles];
}"""


def test_every_text_can_be_read_by_day_and_by_night(sert: Sert, ouvre: Ouvre) -> None:
    page = ouvre("about:blank", reduced_motion="reduce")
    for fabrique in MAISONS:
        maison = fabrique()
        adresse = sert(maison)
        for chemin in ["/", *(f"/runs/{run.id}" for run in maison.runs[-1:])]:
            page.goto(adresse + chemin)
            assert page.locator("p").count() > 3
            for teinte in ("light", "dark"):
                page.emulate_media(color_scheme=teinte)
                assert page.evaluate(CONTRASTES) == []


def test_headings_follow_each_other_and_there_is_one_title(sert: Sert, ouvre: Ouvre) -> None:
    maison = maison_pleine()
    adresse = sert(maison)
    page = ouvre(adresse)
    for chemin in ("/", "/rejets", f"/runs/{maison.runs[0].id}"):
        page.goto(adresse + chemin)
        niveaux = page.locator("h1, h2, h3, h4").evaluate_all("titres => titres.map(t => Number(t.tagName[1]))")
        assert niveaux.count(1) == 1
        assert all(suivant - avant <= 1 for avant, suivant in pairwise(niveaux))
        noms = page.locator("[id]").evaluate_all("elements => elements.map(e => e.id)")
        assert len(noms) == len(set(noms))


def test_nothing_moves_for_who_asked_for_less_motion(sert: Sert, ouvre: Ouvre) -> None:
    page = ouvre(sert(maison_en_cours()), reduced_motion="reduce")
    mouvements = "() => document.getAnimations().filter(a => a.playState === 'running').length"
    assert page.evaluate(mouvements) == 0
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(mouvements) > 0
