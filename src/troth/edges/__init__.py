"""Where people and machines come in: the command line, the pages, the worker."""
