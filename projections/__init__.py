"""Feed in, views out, one agency at a time: the same code live, on rebuild and in an audit.

A view row has facts (ids, codes, dates, numbers: what headers say) and may have content (what was opened), which a
store on disk keeps only sealed under a view key of that case. Views are disposable; the log is not.
"""
