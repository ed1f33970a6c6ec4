"""A spec to start from: `kinds` writes networks of the usual kinds for any size of input, `spec` completes them.

A further kind is one function and one record in the table at the end of `kinds`; the command line, its help and the
tests read that table.
"""
