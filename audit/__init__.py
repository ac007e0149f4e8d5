"""Whether the log is what it says it is: verify, replay, compare. Runs without a hub and trusts nothing of one.

Reads through a `LogSource`. Verifying needs no data key; replaying needs those of one agency.
"""
