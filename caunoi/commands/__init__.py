"""The commands of `caunoi`, one module for each group: they translate arguments, call one function and print.

What a command needs is imported inside it: FastAPI alone takes a quarter of a second, and `caunoi --help` is to be
there at once.
"""
