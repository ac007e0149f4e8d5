"""The log in PostgreSQL: appended in one transaction, in one dense order, read by page."""
