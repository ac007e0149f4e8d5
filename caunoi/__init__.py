"""The program: settings, the home directory, embedded PostgreSQL, processes, the command line.

The only room of the house that knows all the others.
"""
