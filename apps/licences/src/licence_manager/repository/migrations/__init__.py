"""The history of the schema: Alembic runs `versions/`, and `supabase.sql` after them, every time."""
