"""From files to claims.

`document` cuts the statements out of a file, `spelling` gives each of their quantities one letter, `lexicon` says what the letters are for,
`definitions` builds the network from those that define, and `elaborate` gives a formula its meanings.
"""
