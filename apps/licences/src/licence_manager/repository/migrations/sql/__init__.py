"""The SQL, as files that can be read and run by hand."""
