"""Reading and writing tables (spreadsheets and CSV) for the adapters whose agencies keep them.

    sheets      a sheet: cells as text, where they stand, what is merged or hidden
    spool       its rows outside memory, found again by page
    workbook    xlsx, xls, ods by python-calamine, opened in a child process with a ceiling on memory and time
    opening     that child: standard library and calamine only
    styles      what calamine drops: struck out, coloured, hidden, old fonts, read in that child
    looks       what the sender is told of these
    lettering   the cells of a table that are in an old font
    delimited   CSV: encoding by BOM, UTF-8 or cp1258, delimiter by the header
    layouts     the columns of a form and where its header stands in a sheet
    rows        what one row under the header is: a person, a group heading, a total, a signature
    marks       ticks, amounts of money, units, counts
    listed      a list row by row
    settled     what its rows share, told or returned
    reading     one file to its tables, checked for secret marks first
    answered    the sheet given back with a column of answers
    worklist    the office's own sheet, filled in as far as is known
    writing     how cells are written so that no program takes them for a formula

It knows no form and no agency. A file's rows lie in a temporary file without a name, and all that is done with a whole
sheet goes over it row by row, so that memory does not grow with it but by bytes a row. What cannot be read is refused
with a `file_…` code; words for all codes are in `domain/words/rows.toml`.
"""
