"""What a person and a program read of runs, plans and sums."""

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console, RenderableType

from connecteur.cli import vue_apercu, vue_run
from connecteur.cli.salaries import en_texte as salaries_en_texte
from connecteur.cli.sortie import _en_json
from connecteur.cli.verification import constat_en_json, en_texte, sommes
from connecteur.domain.arbitrage import Regles
from connecteur.domain.chantier import Adresse, Chantier, champs_du_chantier
from connecteur.domain.datation import horloge
from connecteur.domain.fusion import Base, Projet
from connecteur.domain.heure import CleSuivi, Quantites
from connecteur.domain.invariant import Constat, Cumul, LigneAPart, Nature
from connecteur.domain.lien import ChantierSuivi
from connecteur.domain.plan import Action, Geste, MotifConflit
from connecteur.domain.rejet import MotifRejet, ObjetRejet, Rejet
from connecteur.domain.run import FLECHES, Bilan, Fleche, Flux, Incident, Verdict
from connecteur.domain.salarie import Salarie, Utilisateur
from connecteur.planification.rapport import Rapport
from connecteur.settings.chantiers import Sortie
from connecteur.sync.comparaison import Contexte
from connecteur.sync.plan_chantiers import plan_chantiers
from connecteur.sync.run import Apercu
from connecteur.sync.salaries import UtilisateurRelie, VueSalaries

CLE = CleSuivi("CH000001", "SAL00001", datetime.fromisoformat("2025-06-24T08:00"))
HUIT = Quantites(Decimal(8), Decimal(1), Decimal(0))
SEPT = Quantites(Decimal(7), Decimal(0), Decimal(0))


def texte(*objets: RenderableType) -> str:
    console = Console(width=140, file=StringIO())
    for objet in objets:
        console.print(objet)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def rejet(ident: str, motif: MotifRejet = MotifRejet.SALARIE_INCONNU) -> Rejet:
    return Rejet(ObjetRejet.CRENEAU, ident, motif, f"Léa Martin n° {ident}, 24/06/2025 08:00, 7,5 h", "détail intime")


def test_a_report_shows_counts_incidents_and_verdict() -> None:
    bilan = Bilan(
        Fleche.PUSH_HEURES,
        {"insérées": 1317, "corrigées": 0},
        incidents=[Incident("Heures du 1er au 7 non écrites.", "Relancez.", "1222")],
        ecritures=1317,
    )
    instant = datetime(2025, 6, 24, 8, 0, tzinfo=UTC)
    rapport = Rapport(
        "20250624-080000-abcdef",
        Flux.HEURES,
        FLECHES[Flux.HEURES],
        "essai",
        instant,
        instant,
        Verdict.PARTIEL,
        (bilan,),
    )
    lu = texte(vue_run.en_texte(rapport, detail=False))
    assert "partiel" in lu
    assert "1\u202f317 insérées" in lu
    assert "corrigées" not in lu
    assert "Heures du 1er au 7 non écrites. Relancez." in lu
    assert "1222" not in lu
    assert "1222" in texte(vue_run.en_texte(rapport, detail=True))
    assert "20250624-080000-abcdef" in lu


@pytest.mark.parametrize(
    ("comptes", "conflits", "lu"),
    [
        ({"corrigées": 1, "lignes inchangées": 123}, 0, "1 corrigée, 123 lignes inchangées."),
        ({"nouveaux": 1, "devis lus": 1}, 0, "1 nouveau, 1 devis lu."),
        ({"insérées": 2, "dont déplacées": 1}, 0, "2 insérées, dont 1 déplacée."),
        ({"conflits qui attendent une décision": 1}, 1, "1 conflit qui attend une décision."),
        ({"conflits réglés": 2}, 1, "2 conflits réglés, 1 conflit."),
        ({"lignes reprises à la main dans Batigest": 1}, 0, "1 ligne reprise à la main dans Batigest."),
        ({"créneaux dont le code a changé": 1}, 0, "1 créneau dont le code a changé."),
    ],
)
def test_counts_agree_with_their_number_and_are_said_once(comptes: dict[str, int], conflits: int, lu: str) -> None:
    bilan = Bilan(Fleche.PUSH_HEURES, comptes, conflits=conflits)
    rapport = Rapport("r", Flux.HEURES, FLECHES[Flux.HEURES], "essai", None, None, Verdict.REUSSI, (bilan,))
    assert f": {lu}" in texte(vue_run.en_texte(rapport, detail=False)).replace("\u00a0", " ")


def test_a_failed_run_shows_what_stopped_it() -> None:
    rapport = Rapport(
        "r1", Flux.CHANTIERS, FLECHES[Flux.CHANTIERS], "essai", verdict=Verdict.ECHEC, erreur=Incident("Non.", "Oui.")
    )
    lu = texte(vue_run.en_texte(rapport, detail=False))
    assert "échec" in lu
    assert "Non. Oui." in lu


def test_rejets_are_grouped_by_reason_with_the_remedy_once() -> None:
    rejets = [rejet(str(n)) for n in range(10)] + [rejet("x", MotifRejet.SANS_PROJET)]
    lu = texte(*vue_run.rejets_en_texte(rejets, detail=False))
    assert "11\u00a0rejets en attente" in lu
    assert "10 × L’utilisateur BatiSimply" in lu
    assert lu.count("Associez cet utilisateur") == 1
    assert "… et 7 de plus" in lu
    assert "détail intime" not in lu
    assert lu.index("10 ×") < lu.index("1 × Ce créneau")
    assert texte(*vue_run.rejets_en_texte(rejets, detail=True)).count("Léa Martin") == 11


def test_no_rejet_says_nothing() -> None:
    assert list(vue_run.rejets_en_texte([], detail=True)) == []


def test_a_plan_of_heures_names_each_line_and_why() -> None:
    autre = CLE._replace(code_chantier="CH000002")
    actions = [
        Action(Geste.INSERER, CLE, None, HUIT, None, ("1",), deplace_de=autre),
        Action(Geste.RETIRER, autre, SEPT, None, SEPT, ("1",)),
        Action(Geste.CONFLIT, CLE._replace(code_salarie="S9"), SEPT, HUIT, None, ("2",), MotifConflit.LIGNE_ETRANGERE),
    ]
    apercu = Apercu(Flux.HEURES, actions=actions, laissees=1234)
    lu = texte(*vue_apercu.en_texte(apercu, detail=False))
    assert "rien n’est écrit" in lu
    assert "1 × insérer" in lu
    assert "1\u202f234 × laisser" in lu
    assert "8\u00a0h + trajet" in lu
    assert "vient du 24/06/2025 08:00, chantier CH000002" in lu
    assert "saisie par quelqu’un d’autre" in lu
    objet = json.loads(json.dumps(vue_apercu.en_json(apercu), default=_en_json))
    assert objet["comptes"]["insérer"] == 1
    assert objet["actions"][0] == {
        "geste": "insérer", "chantier": "CH000001", "salarie": "SAL00001", "debut": "2025-06-24T08:00:00",
        "avant": None, "apres": {"heures": 8.0, "trajet": 1.0, "panier": 0.0}, "motif": None, "gagnant": None,
            "raison": "",
            "creneaux": ["1"],
        "deplace_de": {"chantier": "CH000002", "salarie": "SAL00001", "debut": "2025-06-24T08:00:00"},
    }  # fmt: skip


def chantier(libelle: str, ville: str) -> Chantier:
    return Chantier("CH1", libelle, "CL1", "Client", None, None, Adresse(ville=ville), None)


def test_a_plan_of_chantiers_shows_what_would_be_sent_and_not_what_a_person_changed_there() -> None:
    avant = champs_du_chantier(chantier("Toiture", "Brest"))
    leurs = avant | {"nom": "Toiture (chez Damien)"}
    suivi = ChantierSuivi(chantier("Toiture", "Quimper"), 7, Base(avant, avant))
    contexte = Contexte(Regles(), Sortie.TERMINER, datetime(2025, 6, 24, tzinfo=UTC), horloge(0.0))
    plan = plan_chantiers([suivi], [Projet(7, leurs, {})], contexte)
    apercu = Apercu(Flux.CHANTIERS, chantiers=plan)
    assert json.loads(json.dumps(vue_apercu.en_json(apercu), default=_en_json))["modifier"] == [
        {"chantier": "CH1", "champs": {"ville": "Quimper"}}
    ]
    lu = texte(*vue_apercu.en_texte(apercu, detail=False))
    assert "1 à modifier" in lu
    assert "ville : Quimper" in lu
    assert "Damien" not in lu


def cumul(jour: int, attendu: int, present: int, salarie: str = "S1") -> Cumul:
    return Cumul(salarie, "CH1", date(2025, 6, jour), Decimal(attendu), Decimal(present), 1)


def lignes(objets: Iterable[RenderableType]) -> str:
    return texte(*objets)


def test_sums_are_per_salarie_and_chantier_and_say_which_days_are_wrong() -> None:
    constat = Constat([cumul(24, 8, 8), cumul(25, 7, 3), cumul(24, 5, 5, "S2")], inexpliques=["42"])
    constat.a_part.append(LigneAPart(CLE, Nature.REPRISE, "ligne modifiée dans Batigest", Decimal(8), Decimal(6)))
    somme = sommes(constat)["S1", "CH1"]
    assert (len(somme.jours), somme.attendu, somme.present, somme.jours_faux) == (2, Decimal(15), Decimal(11), 1)
    lu = lignes(en_texte(constat))
    assert "Les comptes ne sont pas justes" in lu
    assert "25/06/2025" in lu
    assert "−4\u00a0h" in lu
    assert "ligne modifiée dans Batigest" in lu
    assert "1\u00a0créneau sans explication" in lu
    objet = json.loads(json.dumps(constat_en_json(constat), default=_en_json))
    assert objet["tient"] is False
    assert [faux["jour"] for faux in objet["faux"]] == ["2025-06-25"]
    assert objet["inexpliques"] == ["42"]


def test_sums_that_hold_say_so() -> None:
    lu = lignes(en_texte(Constat([cumul(24, 8, 8)])))
    assert "Les comptes sont justes : 8\u00a0h dans Batigest pour 8\u00a0h validées" in lu


def test_the_identifier_of_a_user_is_shown_whole_however_long_the_rest_is() -> None:
    ident = "0b7f1b7e-0000-4000-8000-000000000001"
    utilisateur = Utilisateur(ident, "Marie-Antoinette " * 4, 3, datetime(2025, 6, 24, tzinfo=UTC), 3, Decimal(21))
    salarie = Salarie("SAL00001", "Valcourtin de la Tour du Pin", "Aurélien Barthélemy", ident)
    vue = VueSalaries([UtilisateurRelie(utilisateur, (salarie, salarie), None)], [])
    assert ident in texte(*salaries_en_texte(vue, ZoneInfo("Europe/Paris")))
