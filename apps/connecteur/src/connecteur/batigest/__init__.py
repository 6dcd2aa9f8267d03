"""The SQL Server end: what Batigest holds, read and written through Microsoft's driver."""

from connecteur.batigest.dossier import Dossier

__all__ = ["Dossier"]
