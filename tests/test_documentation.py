"""The documentation says what the code does."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from connecteur.cli import app
from connecteur.cli.codes import CODES_FR
from connecteur.domain.plan import MotifConflit
from connecteur.domain.rejet import PHRASES
from connecteur.settings import Reglages

BLOC = re.compile(r"```(?:console|bash|sh)\n(.*?)```", re.DOTALL)
LIEN = re.compile(r"!?\[[^\]]*\]\(([^)#\s]+)\)")
INSECABLES = str.maketrans({"\u00a0": " ", "\u202f": " "})


def commandes(page: Path) -> list[str]:
    """The shell commands of a page, in order."""
    return [ligne for bloc in BLOC.findall(page.read_text(encoding="utf-8")) for ligne in bloc.strip().splitlines()]


def reglages(modele: type[BaseModel], prefixe: str = "") -> Iterator[str]:
    """The dotted name of every setting."""
    for nom, champ in modele.model_fields.items():
        sous_modele = champ.annotation
        if isinstance(sous_modele, type) and issubclass(sous_modele, BaseModel):
            yield from reglages(sous_modele, f"{prefixe}{nom}.")
        else:
            yield f"{prefixe}{nom}"


def pages(racine: Path) -> list[Path]:
    """Every page of the documentation."""
    return [*racine.glob("*.md"), *(racine / "docs").rglob("*.md"), racine / "apps" / "licences" / "README.md"]


def test_both_readmes_list_the_same_commands(racine: Path) -> None:
    francais, anglais = commandes(racine / "README.md"), commandes(racine / "README.en.md")
    assert francais == anglais
    assert francais[:2] == ["python run.py demo", "python run.py test"]


@pytest.mark.parametrize("page", ["README.md", "README.en.md", "docs/exploitation.md"])
def test_every_command_is_named(racine: Path, page: str) -> None:
    texte = (racine / page).read_text(encoding="utf-8")
    groupes = {groupe.name for groupe in app.registered_groups}
    seules = {une.name or une.callback.__name__ for une in app.registered_commands if une.callback}
    nommees = set(re.findall(r"^\| `(?:connecteur )?([a-z-]+)[` ]", texte, re.MULTILINE))
    assert (groupes | seules) - nommees == set()


def test_the_exit_codes_are_those_of_the_program(racine: Path) -> None:
    for page in ("README.md", "docs/exploitation.md"):
        texte = (racine / page).read_text(encoding="utf-8").translate(INSECABLES)
        for code, sens in CODES_FR.items():
            assert f"| {code.value} | {sens} |".translate(INSECABLES) in texte, page


def test_the_glossary_is_sorted_and_has_each_word_once(racine: Path) -> None:
    glossaire = (
        (racine / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Glossaire")[2].partition("\n## ")[0]
    )
    mots = [sans_accent(mot) for mot in re.findall(r"^\| \*\*(.+?)\*\*", glossaire, re.MULTILINE)]
    assert mots == sorted(set(mots))
    assert mots


def sans_accent(mot: str) -> str:
    """As a dictionary sorts it."""
    return "".join(c for c in unicodedata.normalize("NFD", mot.lower()) if not unicodedata.combining(c))


def test_every_setting_is_documented_with_its_variable(racine: Path) -> None:
    page = (racine / "docs" / "configuration.md").read_text(encoding="utf-8")
    lignes = re.findall(r"^\| `([a-z_.]+)` \| `([A-Z_]+)` \|", page, re.MULTILINE)
    voulues = {nom: "CONNECTEUR_" + nom.upper().replace(".", "__") for nom in reglages(Reglages)}
    assert dict(lignes) == voulues
    assert len(lignes) == len(voulues)


def test_documented_defaults_are_the_real_ones(racine: Path) -> None:
    page = (racine / "docs" / "configuration.md").read_text(encoding="utf-8")
    documentes = dict(re.findall(r"^\| `([a-z_.]+)` \| `[A-Z_]+` \| ([^|]+) \|", page, re.MULTILINE))
    assert documentes == {nom: defaut(nom) for nom in reglages(Reglages)}


def defaut(nom: str) -> str:
    """How the page writes the default of a setting."""
    modele: type[BaseModel] = Reglages
    *sections, feuille = nom.split(".")
    for section in sections:
        annotation = modele.model_fields[section].annotation
        assert isinstance(annotation, type)
        assert issubclass(annotation, BaseModel)
        modele = annotation
    champ = modele.model_fields[feuille]
    if champ.is_required():
        return "*obligatoire*"
    valeur = champ.default.get_secret_value() if hasattr(champ.default, "get_secret_value") else champ.default
    if valeur is None:
        return "*aucun*"
    if valeur == "":
        return "*vide*"
    if isinstance(valeur, tuple):
        return f"`{list(valeur)}`"
    return f"`{str(valeur).lower() if isinstance(valeur, bool) else valeur}`"


@pytest.mark.parametrize("page", ["configuration.md", "installation.md"])
def test_the_toml_examples_are_accepted_as_settings(racine: Path, page: str) -> None:
    exemples = re.findall(r"```toml\n(.*?)```", (racine / "docs" / page).read_text(encoding="utf-8"), re.DOTALL)
    assert exemples
    for exemple in exemples:
        reglages_lus = Reglages.model_validate(tomllib.loads(exemple))
        assert reglages_lus.batigest.serveur == r"SRV-BATI\SAGEBAT"


def test_every_rejet_and_conflit_is_explained(racine: Path) -> None:
    page = (racine / "docs" / "depannage.md").read_text(encoding="utf-8").translate(INSECABLES)
    for motif, (phrase, remede) in PHRASES.items():
        assert f"| `{motif.value}` | {phrase} | {remede} |".translate(INSECABLES) in page
    for conflit in MotifConflit:
        assert f"| {conflit.value} |" in page


def test_every_link_between_pages_leads_somewhere(racine: Path) -> None:
    morts = [
        f"{page.relative_to(racine)}: {cible}"
        for page in pages(racine)
        for cible in LIEN.findall(page.read_text(encoding="utf-8"))
        if "://" not in cible and not (page.parent / cible).exists()
    ]
    assert morts == []


def test_every_link_to_a_title_leads_to_it(racine: Path) -> None:
    def ancres(page: Path) -> set[str]:
        titres = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
        return {re.sub(r"[^\w\- ]", "", titre.lower()).replace(" ", "-") for titre in titres}

    liens = [
        (page, page.parent / cible if cible else page, ancre)
        for page in pages(racine)
        for cible, ancre in re.findall(r"\[[^\]]*\]\(([^)#\s:]*)#([^)\s]+)\)", page.read_text(encoding="utf-8"))
    ]
    assert liens
    assert [f"{page.name}: {ancre}" for page, cible, ancre in liens if ancre not in ancres(cible)] == []


def test_every_decision_is_listed_and_has_its_four_parts(racine: Path) -> None:
    dossier = racine / "docs" / "decisions"
    index = (dossier / "README.md").read_text(encoding="utf-8")
    decisions = sorted(dossier.glob("0*.md"))
    assert [int(page.name[:4]) for page in decisions] == list(range(1, len(decisions) + 1))
    for page in decisions:
        assert f"({page.name})" in index
        titres = re.findall(r"^## (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
        assert titres == ["Contexte", "Décision", "Conséquences", "Solutions écartées"], page.name


def test_the_layout_that_is_documented_exists(racine: Path) -> None:
    page = (racine / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for nom in re.findall(r"`((?:apps|libs|banc|bench|tests)[\w/]*)`", page):
        assert (racine / nom).is_dir(), nom
    source = racine / "apps" / "connecteur" / "src" / "connecteur"
    for nom in re.findall(r"`…/([\w.]+)`", page):
        assert (source / nom).exists(), nom


def test_french_pages_use_french_typography(racine: Path) -> None:
    """No straight apostrophe, and never a breakable space inside guillemets or before « : ; ! ? »."""
    fautes = []
    for page in pages(racine):
        if page.name in {"README.en.md", "performances.md"}:  # the latter is written by the bench
            continue
        texte = re.sub(r"```.*?```|`[^`\n]*`", "x", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        fautes += [
            f"{page.relative_to(racine)}: …{texte[max(0, m.start() - 15) : m.end() + 15]!r}…"
            for m in re.finditer(r"« |(?<! ) »|\w [;!?](?=\s)|\w :\s|\w'\w", texte)
        ]
    assert fautes == []
