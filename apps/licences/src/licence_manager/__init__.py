"""The Licence Manager: who may run the Connecteur SAGES, until when, and the signed proof of it."""
