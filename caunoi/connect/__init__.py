"""Connecting another's software: known answers to write it by, a sandbox to try it in, a check of what it sends.

Nothing here is used while the mechanism works; it shows vendors what every piece of it does to the bytes.
"""
