"""Licences and their rules: frozen dataclasses and pure functions, no I/O, no clock."""
