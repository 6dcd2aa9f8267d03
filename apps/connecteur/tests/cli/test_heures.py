"""What people decide about the hours, from the command line."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import mssql_python
import pytest

from connecteur.cli.codes import Code
from connecteur.cli.verification import constat_en_json
from connecteur.domain.heure import CleSuivi
from connecteur.domain.invariant import Constat, LigneAPart, Nature
from connecteur.errors import ConfigurationInvalide
from connecteur.sync.run import debut_import

from .conftest import MOT_DE_PASSE, Banc, Tape


def test_a_first_import_goes_back_24_months_at_most() -> None:
    aujourdhui = date(2026, 1, 15)
    assert debut_import(date(2024, 1, 1), aujourdhui) == date(2024, 1, 1)
    with pytest.raises(ConfigurationInvalide, match="24 mois"):
        debut_import(date(2023, 12, 31), aujourdhui)
    with pytest.raises(ConfigurationInvalide, match="avenir"):
        debut_import(date(2026, 1, 16), aujourdhui)


def test_the_json_of_verifier_tells_why_a_line_stands_apart_and_by_how_much() -> None:
    constat = Constat()
    cle = CleSuivi("CH1", "S1", datetime(2025, 6, 24, 8))  # noqa: DTZ001
    constat.a_part.append(LigneAPart(cle, Nature.PERIODE_CLOSE, "r", constat.pas_heures * 0, constat.pas_heures))
    a_part: Any = constat_en_json(constat)["a_part"]
    (ligne,) = a_part
    assert (ligne["nature"], ligne["ecart"]) == (Nature.PERIODE_CLOSE, constat.pas_heures)


def test_a_person_decides_closes_a_period_and_takes_back_from_the_command_line(banc: Banc, tape: Tape) -> None:
    tape("sync", "tout")
    with (
        mssql_python.connect(
            f"Server=127.0.0.1,{banc.batigest.port};Database=BTG_DOS_DEMO;UID=connecteur;PWD={MOT_DE_PASSE};"
            "Encrypt=yes;TrustServerCertificate=yes",
            autocommit=True,
        ) as batigest,
        batigest.cursor() as curseur,
    ):
        ligne = curseur.execute("SELECT TOP 1 CodeChantier, CodeSalarie, [Date], NbH0 FROM dbo.SuiviMO").fetchone()
        assert ligne is not None
        chantier, salarie, debut, heures = ligne
        cles = (chantier, salarie, debut)
        ou = "WHERE CodeChantier = ? AND CodeSalarie = ? AND [Date] = ?"
        curseur.execute(f"UPDATE dbo.SuiviMO SET NbH0 = NbH0 + 1 {ou}", cles)
        tape("sync", "heures")
        nom = (chantier.strip(), salarie.strip(), f"{debut:%Y-%m-%dT%H:%M}")
        constats = tape("lignes", "liste")["lignes"]
        gestes = {(un["chantier"], un["salarie"], un["debut"][:16]): un["geste"] for un in constats}
        assert gestes[nom] == "reprise"
        tape("lignes", "decide", *nom, "batisimply")
        tape("sync", "heures")

        def dans_batigest() -> float:
            (valeur,) = curseur.execute(f"SELECT NbH0 FROM dbo.SuiviMO {ou}", cles).fetchone() or (None,)
            return float(valeur or 0)

        assert dans_batigest() == heures
        (reglee,) = tape("lignes", "reglees")["reglees"]
        tape("lignes", "annule", str(reglee["numero"]))
        tape("sync", "heures")
        assert dans_batigest() == heures + 1
    assert tape("garde", "montre")["demande"] is None
    aujourdhui = datetime.now(ZoneInfo("Europe/Paris")).date()  # the firm's, not this machine's
    demain = (aujourdhui + timedelta(days=1)).isoformat()
    tape("periode-close", demain, code=Code.USAGE)
    clos = (debut + timedelta(days=1)).date().isoformat()
    assert tape("periode-close", clos)["periode_close"] == clos
    tape("sync", "heures")
    natures = {un["debut"][:16]: un["nature"] for un in tape("verifier")["a_part"]}
    assert natures[nom[2]] == "période close"
    assert tape("periode-close", "--rouvre")["periode_close"] is None
    tape("import-initial", "--depuis", "2001-01-01", code=Code.USAGE)
    vu = tape("import-initial", "--depuis", (aujourdhui - timedelta(days=150)).isoformat())
    assert vu["demande"] is False
