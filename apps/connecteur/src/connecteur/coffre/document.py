"""What `credentials.json` holds, and its one way of being written.

A document has one text only: a file that does not read exactly as it would be written is damaged, whichever byte it
is. `empreinte` finds damage without the key; `sceau`, which needs it, finds what another hand changed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Self

from connecteur.coffre.chiffre import Cle

FORMAT = "coffre-sages"
VERSION = 1
PRESENTS = ("coffre", "sceau", "empreinte")
"""One of these in a JSON object says that it is, or was, a vault."""


class DocumentAbime(Exception):
    """What is wrong, in French: the end of a sentence."""


class DocumentEtranger(Exception):
    """JSON that is no vault."""


@dataclass(frozen=True, slots=True)
class CleNommee:
    """Which key opens the vault, and where it was put: said when it is not there any more."""

    ident: str
    source: str
    ou: str = ""
    """The file, or the name of the operating system's keyring."""
    compte: str = ""
    """The account of this machine whose keyring it is."""


@dataclass(frozen=True, slots=True)
class Document:
    """One state of the vault. Secrets are encrypted, settings in clear."""

    coffre: str
    """Drawn once for each vault."""
    cle: CleNommee
    ecriture: int = 0
    """How many times it has been written."""
    ecrit_le: str = ""
    reglages: Mapping[str, Any] = field(default_factory=dict)
    """Nested as in the TOML."""
    secrets: Mapping[str, str] = field(default_factory=dict)
    """Dotted name > what is encrypted."""
    empreinte: str = ""
    sceau: str = ""

    def place(self, nom: str) -> tuple[object, ...]:
        """What the secret of this name is bound to: it opens nowhere else."""
        return (FORMAT, VERSION, self.coffre, self.cle.ident, nom)

    def scelle(self, cle: Cle) -> Self:
        """With the seal of this key."""
        corps = _rend(self._corps())
        return replace(self, empreinte=sha256(corps).hexdigest(), sceau=cle.scelle(corps))

    def verifie_sceau(self, cle: Cle) -> None:
        """Raises `DocumentAbime` when something else than this connector wrote it."""
        if not cle.a_scelle(_rend(self._corps()), self.sceau):
            raise DocumentAbime("quelque chose y a été changé, ajouté ou retiré sans passer par le connecteur")

    def rend(self) -> bytes:
        """The file, as it is written."""
        return _rend({**self._corps(), "empreinte": self.empreinte, "sceau": self.sceau})

    def _corps(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "version": VERSION,
            "coffre": self.coffre,
            "ecriture": self.ecriture,
            "ecrit_le": self.ecrit_le,
            "cle": {
                "id": self.cle.ident, "source": self.cle.source, "ou": self.cle.ou, "compte": self.cle.compte,
            },
            "reglages": self.reglages,
            "secrets": dict(self.secrets),
        }  # fmt: skip


def lit_document(octets: bytes) -> Document:
    """Raises `DocumentEtranger`, or `DocumentAbime` saying what is wrong."""
    if not octets:
        raise DocumentAbime("il est vide")
    try:
        brut = json.loads(octets)
    except (ValueError, RecursionError):
        raise DocumentAbime("il est coupé, ou n’est plus du JSON") from None
    if not isinstance(brut, dict):
        raise DocumentAbime("il n’est plus ce que le connecteur écrit")
    if brut.get("format") != FORMAT and not any(nom in brut for nom in PRESENTS):
        raise DocumentEtranger
    if brut.get("format") == FORMAT and isinstance(brut.get("version"), int) and brut["version"] > VERSION:
        raise DocumentAbime(f"il a été écrit par un connecteur plus récent (version {brut['version']} du format)")
    try:
        document = _du_json(brut)
    except (KeyError, TypeError):
        raise DocumentAbime("une de ses parties manque, ou n’a plus sa forme") from None
    if document.empreinte != sha256(_rend(document._corps())).hexdigest() or document.rend() != octets:  # noqa: SLF001
        raise DocumentAbime("son contenu ne répond plus à son empreinte")
    return document


def _du_json(brut: Mapping[str, Any]) -> Document:
    cle = brut["cle"]
    document = Document(
        coffre=brut["coffre"],
        cle=CleNommee(cle["id"], cle["source"], cle["ou"], cle["compte"]),
        ecriture=brut["ecriture"],
        ecrit_le=brut["ecrit_le"],
        reglages=brut["reglages"],
        secrets=brut["secrets"],
        empreinte=brut["empreinte"],
        sceau=brut["sceau"],
    )
    textes = (document.coffre, *cle.values(), document.ecrit_le, *document.secrets.values(), document.sceau)
    if not all(isinstance(texte, str) for texte in textes) or not isinstance(document.ecriture, int):
        raise TypeError
    if not isinstance(document.reglages, dict):
        raise TypeError
    return document


def _rend(contenu: Mapping[str, Any]) -> bytes:
    return (json.dumps(contenu, ensure_ascii=True, indent=1, sort_keys=True) + "\n").encode("ascii")
