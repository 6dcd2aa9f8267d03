"""Secrets: what is derived from the server's secret, and the private keys that sign leases. They never leave here."""
