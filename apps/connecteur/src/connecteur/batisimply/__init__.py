"""The HTTP end: sign-in, projects and slots of BatiSimply.

From the wire up: `echange` (one request, one answer) · `debit` (the rate the
server grants) · `auth` (the token) · `appels` (retries, renewal, refusals) · `pages` (whole lists) · `schemas`
(their JSON) · `mapping`, `creneaux` (their JSON <-> domain) · `client` (what the flows use) · `diagnostic`.
"""
