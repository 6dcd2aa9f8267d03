"""What the pages say: pure functions from what the services give to what a template shows."""
