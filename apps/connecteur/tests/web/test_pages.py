"""Addresses, statuses and contents, without a browser."""

import re
from dataclasses import replace

import httpx2
import pytest
from structlog.testing import capture_logs

from connecteur.domain.rejet import MotifRejet, ObjetRejet, Rejet
from connecteur.domain.run import Bilan, Fleche, Flux, Incident, Verdict
from connecteur.errors import DossierOccupe, ServiceInjoignable
from connecteur.web.routes.rejets import REJETS_PAR_PAGE

from .conftest import PAGES, Sert
from .demonstration import Maison, RunDemo, maison_en_cours, maison_en_panne, maison_pleine, maison_vide
from .systemes_et_bilans import bilans_heures, systemes_ok

JSON = {"Accept": "application/json"}
SYNC = {Flux.CHANTIERS: "/sync-batigest-to-batisimply", Flux.HEURES: "/sync-batisimply-to-batigest"}


def texte(page: httpx2.Response) -> str:
    """What is read, with ordinary spaces."""
    sans_balises = re.sub(r"<[^>]+>", " ", page.text)
    return re.sub(r"\s+", " ", sans_balises.replace("\u00a0", " ").replace("\u202f", " "))


def test_a_new_dossier_says_what_to_do_first(sert: Sert, http: httpx2.Client) -> None:
    page = http.get(sert(maison_vide()))
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for attendu in ("Prêt pour la première synchronisation", "Jamais lancé", "Vérification…", "BTG_DOS_DURAND"):
        assert attendu in texte(page)
    assert "Aucune synchronisation n’a encore été lancée" in texte(page)
    assert "Répond" not in texte(page)


def test_a_full_home_page_shows_results_rejets_and_history(sert: Sert, http: httpx2.Client) -> None:
    lu = texte(http.get(sert(maison_pleine())))
    for attendu in (
        "Des changements importants attendent votre confirmation",
        "1 307 lignes écrites dans Batigest.",
        "Associez cet utilisateur à un salarié",
        "Léa Martin, 23/06/2025 08:00, 7,5 h",
        "Voir les 8 autres",
        "Voir l’autre",
        "Aujourd’hui à 08:16",
        "Rien à écrire : tout était déjà à jour.",
    ):
        assert attendu in lu


def test_what_is_wrong_comes_with_what_to_do(sert: Sert, http: httpx2.Client) -> None:
    page = http.get(sert(maison_en_panne()))
    for attendu in (
        "BatiSimply demande votre attention",
        "BatiSimply refuse le compte du connecteur",
        "Demandez le nouveau mot de passe",
        "Vérifiez que le poste « srv-durand » est allumé",
    ):
        assert attendu in texte(page)
    assert re.search(r"<details[^>]*>\s*<summary[^>]*>Détail technique</summary>\s*<pre[^>]*>POST", page.text)


def test_no_line_can_begin_with_a_punctuation_mark(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_pleine()
    adresse = sert(maison)
    for chemin in (*PAGES, "/rejets?etat=ignoré", *(f"/runs/{run.id}" for run in maison.runs)):
        page = http.get(adresse + chemin).text
        lu = re.sub(r"<(pre|title|svg)\b.*?</\1>|<[^>]+>", "", page, flags=re.DOTALL)
        assert re.findall(r".{12}\w [;:!?»].{5}|« .{12}", lu) == []


def test_hostile_names_are_only_text(sert: Sert, http: httpx2.Client) -> None:
    mechant = '"><script>alert(1)</script>'
    maison = maison_pleine()
    maison.ouvre_rejets([Rejet(ObjetRejet.CRENEAU, "c", MotifRejet.SANS_PROJET, mechant, mechant)])
    maison.runs[0] = replace(maison.runs[0], erreur=Incident(mechant, mechant, mechant), declencheur=mechant)
    adresse = sert(maison)
    for chemin in ("/", "/rejets", "/runs/" + maison.runs[0].id):
        page = http.get(adresse + chemin)
        assert page.status_code == 200
        assert "<script>" not in page.text
        assert "&lt;script&gt;" in page.text


@pytest.mark.parametrize("flux", list(Flux))
def test_a_button_launches_its_direction_and_leads_to_the_run(sert: Sert, http: httpx2.Client, flux: Flux) -> None:
    maison = maison_vide()
    reponse = http.post(sert(maison) + SYNC[flux])
    assert reponse.status_code == 303
    assert maison.lances == [(flux, "page d’accueil")]
    assert reponse.headers["location"] == f"/runs/{maison.runs[0].id}"


@pytest.mark.parametrize("flux", list(Flux))
def test_a_script_is_told_where_to_follow_the_run(sert: Sert, http: httpx2.Client, flux: Flux) -> None:
    maison = maison_vide()
    adresse = sert(maison)
    reponse = http.post(adresse + SYNC[flux], headers=JSON)
    corps = reponse.json()
    assert reponse.status_code == 202
    assert (corps["flux"], corps["adresse"]) == (flux.value, reponse.headers["location"])
    assert http.get(adresse + corps["adresse"], headers=JSON).json()["etat"] == "en-cours"


def test_launching_needs_a_post(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_vide()
    reponse = http.get(sert(maison) + SYNC[Flux.HEURES])
    assert reponse.status_code == 405
    assert "Cette adresse ne répond pas à ce genre de demande." in texte(reponse)
    assert maison.lances == []


def test_the_report_shows_steps_counters_and_incidents(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_pleine()
    lu = texte(http.get(f"{sert(maison)}/runs/{maison.runs[0].id}"))
    for attendu in (
        "Heures : BatiSimply",
        "Partiel",
        "41 s",
        "Lecture des heures dans BatiSimply : partiel",
        "Ajoutées 1 266",
        "Lignes inchangées 17 420",
        "Rejets 17",
        "Conflits 2",
        "changent dans Batigest pendant qu’elles sont écrites",
        "Rien n’est perdu",
        "Détail technique",
    ):
        assert attendu in lu


def test_the_report_for_a_script_is_json(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_pleine()
    corps = http.get(f"{sert(maison)}/runs/{maison.runs[0].id}", headers=JSON).json()
    assert corps["verdict"] == "partiel"
    assert corps["bilans"][1]["comptes"]["insérées"] == 1266


def test_thousands_of_incidents_do_not_make_an_endless_page(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_pleine()
    incidents = [Incident(f"Chantier {rang}") for rang in range(3000)]
    bilan = Bilan(Fleche.PULL_HEURES, incidents=incidents)
    maison.runs[0] = replace(maison.runs[0], bilans=(bilan, bilans_heures()[1]))
    page = http.get(f"{sert(maison)}/runs/{maison.runs[0].id}")
    assert "Et 2 800 autres, dans le journal." in texte(page)
    assert len(page.content) < 500_000


def test_a_run_going_on_is_followed_without_javascript(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_en_cours()
    adresse = sert(maison)
    for chemin in ("/", f"/runs/{maison.runs[0].id}"):
        assert re.search(r'<noscript><meta http-equiv="refresh"', http.get(adresse + chemin).text)
    maison.finit(maison.runs[0].id, bilans_heures(), Verdict.PARTIEL)
    assert "http-equiv" not in http.get(f"{adresse}/runs/{maison.runs[0].id}").text


def test_progress_is_a_progress_bar_indeterminate_while_the_total_is_unknown(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_en_cours()
    page = http.get(sert(maison)).text
    jauges = dict(re.findall(r'<progress[^>]*aria-labelledby="etape-\S*-(\w+)"([^>]*)>', page))
    assert 'max="26" value="17" aria-valuetext="17 sur 26"' in jauges["push_heures"]
    assert "value" not in jauges["pull_chantiers"]


def test_a_run_is_cancelled_once_asked(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_en_cours()
    run = maison.runs[0].id
    adresse = f"{sert(maison)}/runs/{run}"
    reponse = http.post(adresse + "/annuler")
    assert (reponse.status_code, reponse.headers["location"]) == (303, f"/runs/{run}")
    assert maison.annules == [run]
    assert "Annulation demandée" in texte(http.get(adresse))


def test_a_run_that_is_over_is_not_cancelled(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_pleine()
    adresse = f"{sert(maison)}/runs/{maison.runs[0].id}/annuler"
    assert http.post(adresse).status_code == 303
    assert http.post(adresse, headers=JSON).status_code == 409
    assert maison.annules == []


@pytest.mark.parametrize("suite", ["", "/evenements"])
def test_an_unknown_run_is_not_found(sert: Sert, http: httpx2.Client, suite: str) -> None:
    reponse = http.get(sert(maison_pleine()) + "/runs/inconnu" + suite)
    assert reponse.status_code == 404
    # Once, as an error: not a second time as the green sentence that follows what was done.
    assert texte(reponse).count("Aucune synchronisation ne porte ce numéro.") == 1


def test_one_cause_is_shown_page_by_page(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_pleine()
    maison.ouvre_rejets(
        [
            Rejet(ObjetRejet.CRENEAU, str(rang), MotifRejet.SANS_PROJET, f"Créneau n° {rang}")
            for rang in range(REJETS_PAR_PAGE * 2 + 1)
        ]
    )
    adresse = sert(maison) + "/rejets"
    assert "Voir les 96 autres" in texte(http.get(adresse))
    vus = [
        nom
        for page in (1, 2, 3)
        for nom in re.findall(r"Créneau n° \d+", http.get(adresse, params={"motif": "sans_projet", "page": page}).text)
    ]
    assert vus == [rejet.libelle for rejet in maison.rejets]
    loin = texte(http.get(adresse, params={"motif": "sans_projet", "page": 99}))
    assert "Page 3 sur 3" in loin


def test_rejets_without_rejet_says_so(sert: Sert, http: httpx2.Client) -> None:
    adresse = sert(Maison(etats=systemes_ok())) + "/rejets"
    assert "Aucun rejet ouvert." in texte(http.get(adresse))
    assert "Aucun rejet ne correspond." in texte(http.get(adresse + "?motif=sans_projet"))


def test_nonsense_in_the_address_is_refused_in_french(sert: Sert, http: httpx2.Client) -> None:
    reponse = http.get(sert(maison_pleine()) + "/rejets?motif=n-importe-quoi")
    assert reponse.status_code == 422
    assert "La demande est incomplète ou mal écrite." in texte(reponse)


def test_health_is_for_machines(sert: Sert, http: httpx2.Client) -> None:
    corps = http.get(sert(maison_en_panne()) + "/health").json()
    assert corps == {
        "etat": "échec",
        "version": "0.2.0",
        "systemes": {"batigest": "alerte", "tampon": "ok", "batisimply": "échec"},
    }
    vide = sert(maison_vide()) + "/health"
    assert http.get(vide).json()["etat"] == "vérification"
    assert http.head(vide).status_code == 200


# --- errors ---------------------------------------------------------------------------------------------


def test_every_error_has_a_reference(sert: Sert, http: httpx2.Client) -> None:
    page = http.get(sert(maison_pleine()) + "/nulle-part")
    assert page.status_code == 404
    assert re.search(r"Référence [0-9A-F]{8}", texte(page))


def test_without_its_tampon_home_still_shows_the_systems(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_pleine()
    maison.panne = ServiceInjoignable(
        "Le tampon ne répond pas.", remede="Redémarrez le service.", detail="ECONNREFUSED"
    )
    page = http.get(sert(maison))
    assert page.status_code == 503
    for attendu in ("Le tampon ne répond pas.", "Redémarrez le service.", "Batigest", "Répond"):
        assert attendu in texte(page)
    assert page.text.count("En échec") == 1


def test_an_error_of_the_connector_says_its_sentence_and_remedy(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_pleine()
    adresse = sert(maison) + SYNC[Flux.HEURES]
    maison.panne = ServiceInjoignable(
        "Le tampon ne répond pas.", remede="Redémarrez le service.", detail="ECONNREFUSED"
    )
    page = http.post(adresse)
    assert page.status_code == 503
    assert "Le tampon ne répond pas." in texte(page)
    reponse = http.post(adresse, headers=JSON)
    assert reponse.headers["content-type"] == "application/problem+json"
    erreur = reponse.json()
    assert (erreur["detail"], erreur["remede"]) == ("Le tampon ne répond pas.", "Redémarrez le service.")
    assert (erreur["status"], erreur["technique"]) == (503, "ECONNREFUSED")
    maison.panne = DossierOccupe("Une autre synchronisation occupe ce dossier.")
    assert http.post(adresse).status_code == 409


def test_an_unexpected_error_shows_no_traceback(sert: Sert, http: httpx2.Client) -> None:
    class MaisonFautive(Maison):
        def lit(self, run_id: str, /) -> RunDemo | None:
            raise RuntimeError(f"{run_id}, mot de passe : secret")

    adresse = sert(MaisonFautive(etats=systemes_ok())) + "/runs/r1"
    with capture_logs() as journal:
        page = http.get(adresse)
        corps = http.get(adresse, headers=JSON)
    assert page.status_code == 500
    assert "erreur imprévue" in texte(page)
    references = [ligne["reference"] for ligne in journal if ligne["event"] == "erreur imprévue"]
    assert f"Référence {references[0]}" in texte(page)
    assert corps.json()["reference"] == references[1]
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    for reponse in (page, corps):
        assert "secret" not in reponse.text
        assert "Traceback" not in reponse.text
