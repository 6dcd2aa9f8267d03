"""What the connector knows of its licence: who is asked, what was answered, what that allows.

`temps` (where time stands, whatever the clock says) · `etats` (the pure rules) · `phrases` (what a person reads) ·
`echange` (one question, one answer) · `licence_manager`, `supabase` (the two providers) · `souvenir` (what is kept, in
the vault and in the tampon) · `portail` (the gate) · `diagnostic`.
"""
