"""The objects of a JSON API, and the one that every refusal is (`pages_erreur.py` writes it)."""

from pydantic import BaseModel, ConfigDict


class Modele(BaseModel):
    """One object of an answer."""

    model_config = ConfigDict(from_attributes=True)


class Demande(BaseModel):
    """One object of a request: unknown names are refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class ChampEnFaute(Modele):
    """A field that was refused, without its value."""

    champ: str
    faute: str


class Probleme(Modele):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    """What happened, in French."""
    remede: str
    """What to do; may be empty."""
    technique: str
    """The technical detail; may be empty, never holds a secret."""
    reference: str
    """What to give to the support: the journal has the rest under it."""
    champs: list[ChampEnFaute]
    code: str = ""
    """A word for programs, when the status does not say enough: that of the licence's verdict."""
