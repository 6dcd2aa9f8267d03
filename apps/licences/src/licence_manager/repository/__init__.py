"""PostgreSQL: an embedded one, a server, or Supabase through its pooler. Nothing lives in a session, so that a
transaction may be served by any connection: no prepared statement, no SET, no session lock, every name in full.
"""
