"""Every figure we claim, as a ratio to something run beside it, in one run, on the same database; medians."""
