"""From a document to its verdicts, repairs and conventions.

`check` goes through a document: `networks` says which network holds where, `judge` gives each statement its verdict there, and what only
all of them show is found `together`. A claim that no reading makes true may be `meant` otherwise; else `refuting` asks the `guards` what
speaks against *wrong*, `repair` looks for the `edits` that mend it, and `answers` derives what is right. `bounds` judges what is no
equation, and what is `kept` makes the next check faster.
"""
