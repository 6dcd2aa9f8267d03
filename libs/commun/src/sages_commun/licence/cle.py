"""The key of a licence: `XXXX-XXXX-XXXX-XXXX`, fifteen drawn characters and a check character.

The alphabet has 29 characters: figures and capitals, less the seven letters that look like one that is kept
(O, I, L, S, Z, B, U). What a person types in their place is read as the one it looks like. 29^15 is 2^72.

29 is prime and the weights are the powers of 2, a generator modulo 29: they all differ and none is zero, so one
wrong character changes the sum, and so does swapping any two different ones, neighbours or not.
"""

import hashlib
import secrets
import unicodedata

ALPHABET = "0123456789ACDEFGHJKMNPQRTVWXY"
SOSIES = {"O": "0", "I": "1", "L": "1", "Z": "2", "S": "5", "B": "8", "U": "V"}
"""What is not in the alphabet > what it looks like."""
LONGUEUR = 16
GROUPE = 4
LONGUEUR_MAX_SAISIE = 100
"""More than this was never a key that somebody typed."""

_VALEURS = {caractere: rang for rang, caractere in enumerate(ALPHABET)}
_POIDS = tuple(pow(2, LONGUEUR - 1 - rang, len(ALPHABET)) for rang in range(LONGUEUR))


class CleMalFormee(ValueError):
    """What was typed cannot be a key; the message says why, in French, without repeating it."""


def make_cle() -> str:
    """A new key, from the operating system's cryptographic source."""
    return complete_cle("".join(secrets.choice(ALPHABET) for _ in range(LONGUEUR - 1)))


def complete_cle(debut: str) -> str:
    """The key of these fifteen characters of the alphabet: with its check character and its dashes."""
    # The last weight is 1: the check character is what is missing to zero.
    somme = sum(poids * _VALEURS[c] for poids, c in zip(_POIDS[:-1], debut, strict=True))
    return _groupe(debut + ALPHABET[-somme % len(ALPHABET)])


def lit_cle(saisie: str) -> str:
    """The key that was meant, with its dashes. Raises `CleMalFormee`.

    Case, blanks, dashes of any kind and look-alikes do not count.
    """
    if len(saisie) > LONGUEUR_MAX_SAISIE:
        raise CleMalFormee(f"Une clé de licence compte {LONGUEUR} caractères.")
    caracteres = "".join(SOSIES.get(c, c) for c in _depouille(saisie))
    etrangers = sorted({c for c in caracteres if c not in _VALEURS})
    if etrangers:
        raise CleMalFormee("Une clé de licence ne contient que des chiffres et des lettres sans accent.")
    if len(caracteres) != LONGUEUR:
        raise CleMalFormee(
            f"Une clé de licence compte {LONGUEUR} caractères ; celle-ci en compte {len(caracteres)}."
            if caracteres
            else "La clé de licence est vide."
        )
    if _somme(caracteres):
        raise CleMalFormee("Cette clé contient une erreur de frappe : son caractère de contrôle ne correspond pas.")
    return _groupe(caracteres)


def cles_proches(saisie: str) -> list[str]:
    """The keys that may have been meant by one with a typing error: one wrong character, or two neighbours swapped.

    A score of them at the most: in each place a single character makes the check character right. None for what has not
    the length of a key.
    """
    c = "".join(SOSIES.get(un, un) for un in _depouille(saisie[:LONGUEUR_MAX_SAISIE]))
    if len(c) != LONGUEUR or not _VALEURS.keys() >= set(c):
        return []
    ecart = _somme(c)
    autres = [
        c[:rang] + ALPHABET[(_VALEURS[c[rang]] - ecart * pow(poids, -1, len(ALPHABET))) % len(ALPHABET)] + c[rang + 1 :]
        for rang, poids in enumerate(_POIDS)
    ]
    autres += [c[:rang] + c[rang + 1] + c[rang] + c[rang + 2 :] for rang in range(LONGUEUR - 1)]
    return [_groupe(une) for une in dict.fromkeys(autres) if not _somme(une)]


def masque_cle(cle: str) -> str:
    """The key with only its last group, for those who need to recognise it."""
    return f"••••-••••-••••-{cle[-GROUPE:]}"


def condense_cle(cle: str) -> str:
    """What a lease carries in place of the key, to say which one it is for: 128 bits of SHA-256, in hexadecimal."""
    return hashlib.sha256(b"sages-cle-de-licence\0" + cle.encode()).hexdigest()[:32]


def _depouille(saisie: str) -> str:
    """Capitals of plain width, without blanks nor dashes."""
    # NFKC: what a telephone or a copied e-mail may hold (full-width letters, other blanks).
    texte = unicodedata.normalize("NFKC", saisie).upper()
    return "".join(c for c in texte if unicodedata.category(c) not in {"Pd", "Zs", "Cc", "Cf"} and c not in "−_.")


def _somme(caracteres: str) -> int:
    return sum(poids * _VALEURS[c] for poids, c in zip(_POIDS, caracteres, strict=True)) % len(ALPHABET)


def _groupe(caracteres: str) -> str:
    return "-".join(caracteres[rang : rang + GROUPE] for rang in range(0, LONGUEUR, GROUPE))
