"""Who can read: sealed sections, grants, locks, signatures, tokens and the keys behind them.

Two halves, kept apart by a test. What the hub may use: `envelope`, `locks` (with `shredding`), `tokens`,
`encoding`, `errors`: they check signatures and lengths and hold the outer lock, and can open nothing. What only
an agency's own side uses: `sections`, `attachments`, `rows`, `grants`, `suites`, `keystore`, `master_keys`.

Knows no statement, no case and no database: ids, section names and grounds come in as text. This module imports
nothing, so that importing one half never loads the other.
"""
