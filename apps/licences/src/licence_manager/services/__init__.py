"""What the program does, whoever asks: the command line, the API, the pages."""
