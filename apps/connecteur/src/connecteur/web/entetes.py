"""The headers that every answer carries."""

from starlette.datastructures import MutableHeaders

ENTETES: dict[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not "no-referrer": browsers would then send "Origin: null" with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def ajoute_entetes(entetes: MutableHeaders) -> None:
    """Add those that are missing; what does not say otherwise is kept in no cache."""
    for nom, valeur in ENTETES.items():
        entetes.setdefault(nom, valeur)
    entetes.setdefault("Cache-Control", "no-store")
