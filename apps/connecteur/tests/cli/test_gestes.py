"""What a support technician types: rejets, salariés, explanations, the audit trail; on the bench."""

from contextlib import closing
from typing import Any

import mssql_python
import pytest

from connecteur.cli.codes import Code

from .conftest import MOT_DE_PASSE, Banc, Tape

pytestmark = pytest.mark.xdist_group("cli")


def codebs(banc: Banc, code: str) -> object:
    acces = (
        f"Server=127.0.0.1,{banc.batigest.port};Database=BTG_DOS_DEMO;UID=connecteur;PWD={MOT_DE_PASSE};"
        "Encrypt=yes;TrustServerCertificate=yes"
    )
    with closing(mssql_python.connect(acces)) as connexion, closing(connexion.cursor()) as curseur:
        curseur.execute("SELECT codebs FROM dbo.Salarie WHERE Code = ?", code)
        ((cellule,),) = curseur.fetchall()
    return cellule


def decide_des_rejets(tape: Tape) -> dict[str, Any]:
    """Rejets: listed, searched, ignored with a reason, sent again."""
    inconnus = tape("rejets", "liste", "--motif", "salarie_inconnu", "--par-page", "5")
    assert len(inconnus["elements"]) == 5 < inconnus["total"]
    premier = inconnus["elements"][0]
    assert premier["etat"] == "ouvert"
    assert all((premier["remede"], premier["contenu"]["utilisateur"]))
    numero = str(premier["id"])
    tape("rejets", "ignore", numero, "--raison", " ", code=Code.ECHEC)
    assert tape("rejets", "ignore", numero, "--raison", "vu avec Zoé")["rejet"]["etat"] == "ignoré"
    assert tape("rejets", "liste", "--etat", "ignore")["total"] == 1
    lu = tape("rejets", "liste", "--etat", "ignore", "--detail", texte=True)["texte"]
    assert "1 rejet ignoré" in lu
    assert "« vu avec Zoé »" in lu
    assert tape("rejets", "renvoie", numero)["rejet"]["etat"] == "ouvert"
    tape("rejets", "renvoie", "999999999", code=Code.ECHEC)
    return dict(premier)


def test_a_technician_s_afternoon(banc: Banc, tape: Tape) -> None:
    tape("sync", "heures")

    premier = decide_des_rejets(tape)

    # Salariés: suggested, associated, and the hours that waited are delivered.
    vue = tape("salaries", "liste")
    attend = next(u["utilisateur"] for u in vue["utilisateurs"] if not u["salaries"] and u["utilisateur"]["en_attente"])
    suggestions = tape("salaries", "suggere", "--utilisateur", attend["id"].upper())["suggestions"]
    code = suggestions[0]["salarie"]["code"]
    assert suggestions[0]["ressemblance"] >= 90
    assert code in tape("salaries", "suggere", texte=True)["texte"]
    assert attend["nom"].split()[0] in tape("salaries", "liste", texte=True)["texte"]
    associe = tape("salaries", "associe", attend["id"], code.lower())["correspondance"]
    assert (associe["code_salarie"], associe["etat"]) == (code, "active")
    run = tape("sync", "heures")
    assert sum(bilan["ecritures"] for r in run["runs"] for bilan in r["bilans"]) > 0
    relie = next(u for u in tape("salaries", "liste")["utilisateurs"] if u["utilisateur"]["id"] == attend["id"])
    assert (relie["source"], relie["utilisateur"]["en_attente"]) == ("main", 0)

    # One hour, from its slot then from its line.
    creneau = premier["cle"] if premier["contenu"]["utilisateur"] == attend["id"] else _un_creneau(tape, attend["id"])
    explique = tape("explique", "--creneau", creneau)["explication"]
    assert explique["situation"] == "livré", explique["recit"]
    assert "Il est dans Batigest" in explique["recit"]
    ligne = tape(
        "explique", "--salarie", code, "--chantier", explique["chantier"]["code"], "--jour", explique["creneau"]["jour"]
    )["explication"]
    assert creneau in {c["id"] for c in ligne["creneaux"]}
    assert ligne["batigest"]
    assert ligne["ecritures"][0]["run"] in {r["id"] for r in ligne["runs"]}
    jour = "/".join(reversed(explique["creneau"]["jour"].split("-")))
    recit = tape(
        "explique",
        "--salarie",
        code,
        "--chantier",
        explique["chantier"]["code"],
        "--jour",
        jour,
        "--detail",
        texte=True,
    )
    assert "(ligne de commande)" in recit["texte"]
    tape("explique", "--salarie", code, code=Code.USAGE)
    tape("explique", "--creneau", "1", "--salarie", code, code=Code.USAGE)

    # The identifier, written back because somebody asked and the setting permits it.
    assert codebs(banc, code) is None
    assert tape("salaries", "ecris-codebs", code)["ecrit"] is True
    assert codebs(banc, code) == attend["id"]
    assert tape("salaries", "ecris-codebs", code)["ecrit"] is False
    tape("salaries", "dissocie", attend["id"])
    tape("salaries", "dissocie", attend["id"], code=Code.ECHEC)

    # Everything that people did is in the trail.
    trace = tape("audit", "--limite", "500")["elements"]
    gestes = {e["geste"] for e in trace if e["objet"] in {"rejet", "salarie"}}
    assert gestes >= {"ignorer", "renvoyer", "associer", "dissocier", "écrire codebs"}
    assert all(e["qui"].startswith("ligne de commande") for e in trace if e["geste"] == "associer")
    page = tape("audit", "--objet", "salarie", "--limite", "1")
    assert page["suite"] == page["elements"][0]["id"]
    suite = tape("audit", "--objet", "salarie", "--limite", "1", "--avant", str(page["suite"]))
    assert suite["elements"][0]["id"] < page["suite"]
    assert "écrire codebs" in tape("audit", "--objet", "salarie", texte=True)["texte"]


def _un_creneau(tape: Tape, utilisateur: str) -> str:
    resolus = tape("rejets", "liste", "--etat", "resolu", "--par-page", "500")["elements"]
    siens = [r["cle"] for r in resolus if r["contenu"]["utilisateur"] == utilisateur]
    return str(siens[0])
