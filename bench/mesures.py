"""One measure per process: `python bench/mesures.py NOM config.toml [options]` prints one line of JSON.

A process of its own gives each measure its own peak of memory. What the connector does is measured through the
code the product runs (`bootstrap`, without DBOS around it); the floors and the previous generation's method are
written out here.
"""

import argparse
import contextlib
import importlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
import mssql_python
import psycopg

from connecteur.bootstrap import ouvre
from connecteur.domain.run import Fleche
from connecteur.settings import Reglages, charge
from connecteur.sync.memoire import SansEcran
from connecteur.sync.run import verifie_dossier

# The service has long loaded the ends when a schedule fires; the floors import what they need at the top, too.
for _bout in ("connecteur.batigest.dossier", "connecteur.batisimply.client"):
    importlib.import_module(_bout)

ENTETE_LIGNES = "CodeChantier, CodeSalarie, Date, NbH0, NbH3, NbH4"
LOT = 4000
"""Rows per batch insert of the floor: about one slice, as the connector writes them."""


def heures(reglages: Reglages, _options: argparse.Namespace) -> dict[str, Any]:
    """BatiSimply > tampon > Batigest, by the product."""
    with ouvre(reglages) as systemes:
        debut = time.perf_counter()
        pull = systemes.execute(Fleche.PULL_HEURES, "bench", SansEcran(), Fleche.PUSH_HEURES)
        milieu = time.perf_counter()
        push = systemes.execute(Fleche.PUSH_HEURES, "bench", SansEcran())
        fin = time.perf_counter()
        return {
            "secondes": fin - debut,
            "pull_s": milieu - debut,
            "push_s": fin - milieu,
            "ecritures": push.ecritures,
            "comptes": {**pull.comptes, **push.comptes},
            "rejets": pull.rejets,
            "incidents": [i.message for i in (*pull.incidents, *push.incidents)],
        }


def verifie(reglages: Reglages, _options: argparse.Namespace) -> dict[str, Any]:
    """The invariant, after the measures: a fast import of wrong hours would be worth nothing."""
    with ouvre(reglages) as systemes:
        constat = verifie_dossier(systemes.bouts)
        return {"tient": constat.tient, "cumuls": len(constat.cumuls), "a_part": len(constat.a_part)}


def chantiers(reglages: Reglages, _options: argparse.Namespace) -> dict[str, Any]:
    """tampon > BatiSimply, by the product; the tampon is filled before the clock starts."""
    with ouvre(reglages) as systemes:
        systemes.execute(Fleche.PULL_CHANTIERS, "bench", SansEcran())
        debut = time.perf_counter()
        push = systemes.execute(Fleche.PUSH_CHANTIERS, "bench", SansEcran())
        return {"secondes": time.perf_counter() - debut, "ecritures": push.ecritures, "comptes": push.comptes}


def dix_changements(reglages: Reglages, options: argparse.Namespace) -> dict[str, Any]:
    """Ten changes among all the others: writes at the far ends, counted there."""
    import changements  # the bench’s own store comes along: the other measures do without its memory

    with ouvre(reglages) as systemes, contextlib.closing(_session(reglages)) as session:
        bouts = changements.Bouts(session, reglages.batisimply.url_api, options.fichier)
        return changements.mesure(systemes, bouts)


# --- floors -------------------------------------------------------------------------------------------


class ClientNu:
    """A signed-in HTTP client and nothing else: no retry, no check, one call at a time."""

    def __init__(self, reglages: Reglages) -> None:
        b = reglages.batisimply
        self.url, self._b = b.url_api, b
        self.http = httpx2.Client(timeout=60)
        self._jeton_s = 0.0

    def get(self, chemin: str, **params: str) -> httpx2.Response:
        """One GET; the token is renewed every four minutes."""
        reponse = self.http.get(f"{self.url}{chemin}", params=params, headers=self._entete())
        reponse.raise_for_status()
        return reponse

    def post(self, chemin: str, corps: dict[str, Any]) -> None:
        """One POST."""
        self.http.post(f"{self.url}{chemin}", json=corps, headers=self._entete()).raise_for_status()

    def _entete(self) -> dict[str, str]:
        if time.monotonic() - self._jeton_s > 240 or not self._jeton_s:
            b = self._b
            reponse = self.http.post(
                f"{b.url_sso}/auth/realms/{b.realm}/protocol/openid-connect/token",
                data={
                    "grant_type": "password",
                    "client_id": b.client_id,
                    "client_secret": b.client_secret.get_secret_value(),
                    "username": b.utilisateur,
                    "password": b.mot_de_passe.get_secret_value(),
                    "scope": "openid",
                },
            )
            self._jeton = str(reponse.raise_for_status().json()["access_token"])
            self._jeton_s = time.monotonic()
        return {"Authorization": f"Bearer {self._jeton}"}

    def corps_des_tranches(self, reglages: Reglages) -> Iterator[bytes]:
        """The very slices the product asks for, without its overlap, one after the other."""
        from connecteur.domain.periode import tranches

        fuseau = ZoneInfo(reglages.dossier.fuseau)
        aujourdhui = datetime.now(UTC).astimezone(fuseau).date()
        for tranche in tranches(aujourdhui, reglages.dossier.fenetre_jours, reglages.dossier.tranche_jours):
            debut, fin = (f"{borne:%Y-%m-%dT%H:%M:%SZ}" for borne in tranche.bornes_utc(fuseau))
            yield self.get("/api/timeSlotManagement/allUsers", startDate=debut, endDate=fin).content

    def corps_des_projets(self) -> Iterator[bytes]:
        """Every page of the projects."""
        page = 0
        while True:
            reponse = self.get("/api/project", page=str(page), size="500")
            yield reponse.content
            page += 1
            if page * 500 >= int(reponse.headers["X-Total-Count"]):
                return


def telechargement(reglages: Reglages, _options: argparse.Namespace) -> dict[str, Any]:
    """The floor of an unchanged run: the same bytes, read and thrown away."""
    client = ClientNu(reglages)
    debut = time.perf_counter()
    octets = sum(len(corps) for corps in client.corps_des_projets())
    octets += sum(len(corps) for corps in client.corps_des_tranches(reglages))
    duree = time.perf_counter() - debut
    client.http.close()
    return {"secondes": duree, "octets": octets}


def plancher(reglages: Reglages, options: argparse.Namespace) -> dict[str, Any]:
    """The floor of the import: download and parse the same JSON, COPY it, insert the same lines. No logic at all."""
    lignes = [
        (chantier, salarie, datetime.fromisoformat(debut), *nombres)
        for chantier, salarie, debut, *nombres in json.loads(options.lignes.read_text())
    ]
    client = ClientNu(reglages)
    session = _session(reglages)
    if reglages.tampon.url is None:
        raise SystemExit("le banc de mesure donne l’adresse du tampon")
    with psycopg.connect(reglages.tampon.url.get_secret_value()) as tampon:
        tampon.execute(
            "CREATE TABLE IF NOT EXISTS plancher (id text PRIMARY KEY, debut timestamptz, fin timestamptz, "
            "utilisateur text, projet bigint, statut text, minutes int, trajet bool, panier bool)"
        )
        tampon.execute("TRUNCATE plancher")
        tampon.commit()
        debut = time.perf_counter()
        for _corps in client.corps_des_projets():
            json.loads(_corps)
        creneaux = 0
        for corps in client.corps_des_tranches(reglages):
            lus = json.loads(corps)
            creneaux += len(lus)
            with tampon.cursor() as curseur, curseur.copy("COPY plancher FROM STDIN") as copie:
                for c in lus:
                    copie.write_row((
                        str(c["id"]), c["startDate"], c["endDate"], (c.get("user") or {}).get("id"),
                        (c.get("project") or {}).get("id"), c["managementStatus"], c["totalTimeMinutes"],
                        c["hasHomeToWorkJourney"], c["hasPackedLunch"],
                    ))  # fmt: skip
            tampon.commit()
        milieu = time.perf_counter()
        curseur_sql = session.cursor()
        for rang in range(0, len(lignes), LOT):
            curseur_sql.executemany(
                f"INSERT INTO dbo.SuiviMO ({ENTETE_LIGNES}) VALUES (?, ?, ?, ?, ?, ?)", lignes[rang : rang + LOT]
            )
            session.commit()
        fin = time.perf_counter()
    session.close()
    client.http.close()
    return {
        "secondes": fin - debut,
        "telechargement_et_copie_s": milieu - debut,
        "insertion_s": fin - milieu,
        "creneaux": creneaux,
        "lignes": len(lignes),
    }


# --- the previous generation's method -------------------------------------------------------------------


def ligne_a_ligne(reglages: Reglages, options: argparse.Namespace) -> dict[str, Any]:
    """One lookup, one existence test, one write per slot, on a sample; downloads are left out."""
    lignes = json.loads(options.lignes.read_text())[: options.echantillon]
    session = _session(reglages)
    session.autocommit = True
    curseur = session.cursor()
    debut = time.perf_counter()
    for chantier, salarie, texte, heures_, trajet, panier in lignes:
        date = datetime.fromisoformat(texte)
        curseur.execute("SELECT Code FROM dbo.Salarie WHERE Code = ?", salarie)
        curseur.fetchall()
        curseur.execute(
            "SELECT COUNT(*) FROM dbo.SuiviMO WHERE CodeChantier = ? AND CodeSalarie = ? AND Date = ?",
            chantier, salarie, date,
        )  # fmt: skip
        if curseur.fetchall()[0][0] == 0:
            curseur.execute(
                f"INSERT INTO dbo.SuiviMO ({ENTETE_LIGNES}) VALUES (?, ?, ?, ?, ?, ?)",
                chantier, salarie, date, heures_, trajet, panier,
            )  # fmt: skip
    duree = time.perf_counter() - debut
    session.close()
    return {"secondes": duree, "lignes": len(lignes), "par_ligne_ms": duree / len(lignes) * 1000}


def chantiers_un_par_un(reglages: Reglages, options: argparse.Namespace) -> dict[str, Any]:
    """The same creations, one call after the other, no logic."""
    with ouvre(reglages) as systemes:
        systemes.execute(Fleche.PULL_CHANTIERS, "bench", SansEcran())
        suivis = systemes.tampon.list_chantiers()[: options.echantillon or None]
    client = ClientNu(reglages)
    debut = time.perf_counter()
    for suivi in suivis:
        chantier = suivi.chantier
        client.post(
            "/api/project",
            {
                "projectCode": chantier.code,
                "projectName": chantier.libelle or chantier.code,
                "customerName": chantier.client,
                "hoursSold": float(chantier.heures_vendues or 0),
                "address": {"street": chantier.adresse.rue, "city": chantier.adresse.ville},
            },
        )
    duree = time.perf_counter() - debut
    client.http.close()
    return {"secondes": duree, "ecritures": len(suivis)}


# --- between two measures -------------------------------------------------------------------------------


def releve(reglages: Reglages, options: argparse.Namespace) -> dict[str, Any]:
    """Write the lines of SuiviMO to a file: what the floor must insert."""
    session = _session(reglages)
    curseur = session.cursor()
    curseur.execute(f"SELECT {ENTETE_LIGNES} FROM dbo.SuiviMO")
    lignes = [
        [chantier.strip(), salarie.strip(), date.isoformat(), *(float(n or 0) for n in nombres)]
        for chantier, salarie, date, *nombres in curseur.fetchall()
    ]
    session.close()
    options.lignes.write_text(json.dumps(lignes))
    return {"lignes": len(lignes)}


def vide(reglages: Reglages, _options: argparse.Namespace) -> dict[str, Any]:
    """Empty SuiviMO."""
    session = _session(reglages)
    curseur = session.cursor()
    curseur.execute("DELETE FROM dbo.SuiviMO")
    effacees = curseur.rowcount
    session.commit()
    session.close()
    return {"lignes": effacees}


def _session(reglages: Reglages) -> mssql_python.Connection:
    b = reglages.batigest
    return mssql_python.connect(
        "", Server=f"{b.serveur},{b.port}", Database=b.base, UID=b.utilisateur,
        PWD=b.mot_de_passe.get_secret_value(), Encrypt="yes", TrustServerCertificate="yes",
    )  # fmt: skip


MESURES: dict[str, Callable[[Reglages, argparse.Namespace], dict[str, Any]]] = {
    f.__name__: f
    for f in (
        heures, verifie, chantiers, dix_changements, telechargement, plancher, ligne_a_ligne, chantiers_un_par_un,
        releve, vide,
    )
}  # fmt: skip


def pic_mo() -> float:
    """The peak of resident memory of this process, in MB (2^20 bytes)."""
    # Not getrusage: after a fork it starts from the size of the parent.
    statut = Path("/proc/self/status")
    if statut.exists():
        (ligne,) = (texte for texte in statut.read_text().splitlines() if texte.startswith("VmHWM:"))
        return round(int(ligne.split()[1]) / 1024, 1)
    return 0.0  # elsewhere than on Linux memory is not measured


def main() -> None:
    """Run one measure."""
    analyseur = argparse.ArgumentParser()
    analyseur.add_argument("nom", choices=sorted(MESURES))
    analyseur.add_argument("config", type=Path)
    analyseur.add_argument("--lignes", type=Path)
    analyseur.add_argument("--fichier", type=Path)
    analyseur.add_argument("--echantillon", type=int, default=0)
    options = analyseur.parse_args()
    resultat = MESURES[options.nom](charge(options.config), options)
    resultat["pic_mo"] = pic_mo()
    sys.stdout.write(json.dumps(resultat) + "\n")


if __name__ == "__main__":
    main()
