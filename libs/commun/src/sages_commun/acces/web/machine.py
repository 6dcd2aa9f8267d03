"""The name of a browser, for people."""

_NAVIGATEURS = (
    ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
_SYSTEMES = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)  # fmt: skip


def nomme_machine(agent: str) -> str:
    """« Firefox, Windows » for what browsers say of themselves; else the beginning of that."""
    # Each names those it wants to be taken for after itself: the first found is the right one.
    navigateur = next((nom for signe, nom in _NAVIGATEURS if signe in agent), "")
    systeme = next((nom for signe, nom in _SYSTEMES if signe in agent), "")
    return ", ".join(filter(None, [navigateur, systeme])) or agent[:60] or "navigateur inconnu"
