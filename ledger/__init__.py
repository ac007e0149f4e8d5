"""What cannot be rewritten: the bytes of an entry, the tree over all of them, the hub's receipts.

Pure: no IO, no clock, no randomness. Knows no case, no agency and no database.
"""
