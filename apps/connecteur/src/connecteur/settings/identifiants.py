"""The `credentials.json` of the previous generation, as a settings file of this one.

Nobody documented that file: its keys are guessed, by section (`{"sqlserver": {"password": …}}`) or by prefix
(`{"sqlserver_password": …}`), without case. What is not understood is named, never dropped in silence, and no value is
ever part of a message.

Whoever could write that file could have it say anything: its size, its encoding, its depth and the characters of its
values are looked at before anything is made of them.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from connecteur.errors import ConfigurationInvalide, ErreurPermanente

# A line end, a NUL, half a character: what is made of the file would not say what the file says.
_INADMIS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_PORT = re.compile(r"[0-9]{1,5}", re.ASCII)
SYSTEMES: dict[str, tuple[str, ...]] = {
    "batigest": ("sqlserver", "sql_server", "mssql", "batigest", "sage", "sql"),
    "tampon": ("postgresql", "postgres", "pgsql", "pg", "tampon", "buffer"),
    "batisimply": ("batisimply", "keycloak", "sso", "api", "bs"),
}
"""Our table > what the section, or the prefix, may be called."""
COMMUNES: dict[str, tuple[str, ...]] = {
    "utilisateur": ("user", "username", "user_name", "uid", "login", "utilisateur"),
    "mot_de_passe": ("password", "passwd", "pwd", "pass", "mot_de_passe", "motdepasse"),
}
SERVEUR: dict[str, tuple[str, ...]] = {
    "serveur": ("server", "serveur", "host", "hostname", "hote", "instance", "data_source"),
    "port": ("port",),
    "base": ("database", "db", "dbname", "db_name", "base", "initial_catalog"),
}
OCTETS_MAX = 256 * 1024
"""A file of passwords holds a few hundred bytes."""
ENCODAGES = ("utf-8-sig", "cp1252")
"""Tried in turn; what begins as UTF-16, which Windows' own editors write too, is read so."""
PROFONDEUR_MAX = 8
NOM_MAX = 80
"""Characters of a key that are repeated to a person."""
CLES: dict[str, dict[str, tuple[str, ...]]] = {
    "batigest": COMMUNES | SERVEUR,
    "tampon": COMMUNES | SERVEUR | {"url": ("url", "dsn", "uri")},
    "batisimply": COMMUNES
    | {
        "url_api": ("url_api", "api_url", "base_url", "api", "url"),
        "url_sso": ("url_sso", "sso_url", "auth_url", "token_url", "sso"),
        "realm": ("realm",),
        "client_id": ("client_id", "clientid"),
        "client_secret": ("client_secret", "clientsecret", "secret"),
        "mode": ("grant_type", "mode"),
    },
}
"""Our table > our setting > what the key may be called. The page « Reprendre l’ancien connecteur » lists them."""


@dataclass(slots=True)
class Identifiants:
    """What was understood: table > setting > value; and the keys that were not."""

    tables: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)
    incomprises: list[str] = field(default_factory=list)

    @property
    def comprises(self) -> list[str]:
        """The settings that were found, without their values."""
        return sorted(f"{table}.{cle}" for table, valeurs in self.tables.items() for cle in valeurs)

    def en_reglages(self) -> dict[str, dict[str, str | int]]:
        """Table > setting > value, as our own file has them: the PostgreSQL of the tampon by its address."""
        tables: dict[str, dict[str, str | int]] = {
            table: {cle: int(v) if cle == "port" and _PORT.fullmatch(v) else v for cle, v in valeurs.items()}
            for table, valeurs in self.tables.items()
            if table != "tampon"
        }
        if url := _url(self.tables.get("tampon", {})):
            tables["tampon"] = {"url": url}
        return tables


def lit_identifiants(fichier: Path) -> Identifiants:
    """Raises `ConfigurationInvalide` when the file cannot be read, is no JSON object, or holds what no setting can."""
    try:
        contenu = json.loads(_texte(fichier), object_pairs_hook=_sans_double)
    except (OSError, ValueError, RecursionError) as exc:
        raise ConfigurationInvalide(
            f"Le fichier d’identifiants « {fichier} » ne peut pas être lu.",
            remede="Donnez le chemin du fichier credentials.json de l’ancien connecteur.",
            detail=type(exc).__name__,  # its text may quote the file
        ) from None
    if not isinstance(contenu, dict):
        raise ConfigurationInvalide(
            f"Le fichier d’identifiants « {fichier} » n’est pas un objet JSON.",
            remede="Donnez le chemin du fichier credentials.json de l’ancien connecteur.",
        )
    identifiants = Identifiants()
    for chemin, valeur in _feuilles(contenu, ()):
        place = _place(chemin)
        # A second value for one setting is not chosen in silence.
        deja = place is not None and place[1] in identifiants.tables.get(place[0], {})
        if place is None or deja or not isinstance(valeur, str | int) or isinstance(valeur, bool):
            identifiants.incomprises.append(_montre(chemin))
            continue
        table, cle = place
        texte = str(valeur)
        if _INADMIS.search(texte):
            raise ConfigurationInvalide(
                f"La valeur de « {_montre(chemin)} » contient un caractère qu’aucun réglage n’admet.",
                remede="Corrigez le fichier, ou posez ce secret par « connecteur coffre pose ».",
            )
        identifiants.tables.setdefault(table, {})[cle] = texte
    return identifiants


def _texte(fichier: Path) -> str:
    """What it says. Raises `OSError`, `ValueError`."""
    if not fichier.is_file():
        raise FileNotFoundError  # a pipe or a device never ends
    with fichier.open("rb") as ouvert:
        octets = ouvert.read(OCTETS_MAX + 1)
    if len(octets) > OCTETS_MAX:
        raise ValueError("trop long")
    if octets[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return octets.decode("utf-16")
    for encodage in ENCODAGES:
        try:
            return octets.decode(encodage)
        except UnicodeDecodeError:
            continue
    raise ValueError("ni UTF-8, ni UTF-16, ni Windows-1252")


def _sans_double(paires: list[tuple[str, object]]) -> dict[str, object]:
    """Raises `ValueError` for an object that says one thing twice: which one the old connector took is unknown."""
    objet = dict(paires)
    if len(objet) != len(paires):
        raise ValueError("clé en double")
    return objet


def _montre(chemin: tuple[str, ...]) -> str:
    """The name of a key, for a person: whatever would move a terminal's cursor is left out."""
    nom = "".join(c if c.isprintable() else "·" for c in ".".join(chemin))
    return nom if len(nom) <= NOM_MAX else f"{nom[:NOM_MAX]}…"


def _feuilles(contenu: Mapping[str, object], chemin: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    for cle, valeur in contenu.items():
        if isinstance(valeur, dict) and len(chemin) < PROFONDEUR_MAX:
            yield from _feuilles(valeur, (*chemin, str(cle)))
        else:
            yield (*chemin, str(cle)), valeur


def _place(chemin: tuple[str, ...]) -> tuple[str, str] | None:
    """Our table and setting for this key, or for the name made of all its sections; None when it says nothing to us."""
    mots = [re.sub(r"[\s.-]+", "_", mot.strip()).lower() for mot in chemin]
    nom = "_".join(mots)
    for table, prefixes in SYSTEMES.items():
        for prefixe in sorted(prefixes, key=len, reverse=True):
            if not nom.startswith(f"{prefixe}_"):
                continue
            reste = nom.removeprefix(f"{prefixe}_")
            if prefixe in {"sso", "keycloak"} and reste in {"url", "base_url"}:
                return table, "url_sso"
            # Within a section, a key may repeat its system's name or stand deeper: the last word decides.
            for candidat in (reste, mots[-1]):
                trouvee = next((ici for ici, noms in CLES[table].items() if candidat in noms), None)
                if trouvee is not None:
                    return table, trouvee
    return None


def ecrit_configuration(identifiants: Identifiants, fichier: Path, donnees: Path) -> None:
    """Write a new settings file that its owner alone can read. Raises `ErreurPermanente` when it is there already."""
    lignes = [
        "# Repris de l’ancien connecteur. Changez ces mots de passe : ils étaient en clair.",
        f"donnees = {_toml(str(donnees))}",
    ]
    for table, valeurs in identifiants.en_reglages().items():
        lignes += ["", f"[{table}]"]
        lignes += [f"{cle} = {_toml(valeur)}" for cle, valeur in valeurs.items()]
    try:
        descripteur = os.open(fichier, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as exc:
        raise ErreurPermanente(
            f"Le fichier « {fichier} » ne peut pas être créé.",
            remede="Choisissez avec --vers un fichier qui n’existe pas encore, dans un dossier où vous pouvez écrire.",
            detail=exc.strerror or "",
        ) from exc
    with os.fdopen(descripteur, "w", encoding="utf-8") as ouvert:
        ouvert.write("\n".join(lignes) + "\n")


def _url(tampon: Mapping[str, str]) -> str:
    """The address of the PostgreSQL, empty when it cannot be made."""
    if "url" in tampon:
        return tampon["url"].replace("postgres://", "postgresql://", 1)
    if not {"utilisateur", "base"} <= tampon.keys():
        return ""
    compte = quote(tampon["utilisateur"], safe="") + (
        f":{quote(tampon['mot_de_passe'], safe='')}" if "mot_de_passe" in tampon else ""
    )
    serveur = f"{tampon.get('serveur', 'localhost')}:{tampon.get('port', '5432')}"
    return f"postgresql://{compte}@{serveur}/{quote(tampon['base'], safe='')}"


def _toml(valeur: str | int) -> str:
    return json.dumps(valeur, ensure_ascii=False).replace("\x7f", "\\u007f")
