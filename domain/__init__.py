"""What is true whoever runs it: cases, statements, consent, disclosure, the directory.

No IO, no clock, no randomness, no framework: everything here is a function of what it is handed.
Rules of law are dated data (`domain/rules/*.toml`), words of the interface are data (`domain/words.toml`).
"""
