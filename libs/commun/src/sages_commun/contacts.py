"""Whom to write to at Groupe SAGES, and for what: every address that the programs show comes from here."""

LICENCES = "support@groupe-sages.fr"
"""Renew, change the machine, find a key again."""
TECHNIQUE = "dev2@groupe-sages.fr"
"""Connection, installation, an error with a reference."""
DEVELOPPEMENT = "dev3@groupe-sages.fr"
