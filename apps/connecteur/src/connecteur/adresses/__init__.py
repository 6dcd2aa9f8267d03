"""The address service: where an address is on the map."""

from connecteur.adresses.service import ServiceAdresses

__all__ = ["ServiceAdresses"]
