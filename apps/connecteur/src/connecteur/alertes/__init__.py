"""Alerts: what is told about a dossier, to whom, and that it is told once.

A failing mail server harms nothing: what must be told is written in the tampon with the change it tells of, and sent
by threads of its own, again and again until it is accepted or too old.
"""
