"""The headers that every answer carries."""

from starlette.types import Message

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
ENTETES: dict[str, str] = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not "no-referrer": browsers would then send "Origin: null" with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    # What does not say otherwise is kept in no cache.
    "Cache-Control": "no-store",
}
_CODES = [(nom.lower().encode(), valeur.encode()) for nom, valeur in ENTETES.items()]


def ajoute_entetes(debut: Message) -> None:
    """Add those that are missing to the start of an answer."""
    presents = {nom.lower() for nom, _ in debut["headers"]}
    debut["headers"] = [*debut["headers"], *((nom, valeur) for nom, valeur in _CODES if nom not in presents)]
