"""Reading single values as offices write them: text in, a `Fact` out or a refusal with a stable code.

One module for each kind of value. Every reader takes `(text, *, at, …)`: the text of one cell or field and where it
stood. It returns a `Fact` whose `value` is normalised and whose `written` is the text untouched, or raises
`RefusedError` with a `value_…` code from `domain/words/values.toml`. It never raises anything else and never guesses:
what could mean two things is refused, for the office to mend. Codes carry no parameters, so no value can leak.

    writing   clean text (NFC at ingress), folding, the ways to say "not known", free text
    fonts     text of old fonts (TCVN3, VNI) and of Telex or VIQR, judged by the column, with the text meant
    encodings, syllables   the tables of those fonts; which words Vietnamese spelling allows
    dates     birth dates, days, occasions
    names     names of persons and their other names
    papers    CCCD, CMND, references of papers that two agencies hold
    phones    phone numbers with their owners
    places    provinces, countries, residence
    communes  the commune of a residence, by the dated lists of `domain.places`
    people    sex, ethnicity
    maps      the versioned maps beside the readers; `mending` what to propose for a refused cell
    codes     mã hồ sơ

A field that says nothing ("", "không rõ", "NULL") is for the caller to leave out: ask `writing.missing` first.
"""
