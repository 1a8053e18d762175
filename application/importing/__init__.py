"""Takes over accounts and decisions of another system from a file of JSON Lines.

`lines` is the format, `ordering` brings a file of any size into the order of its accounts' histories, `rejecting` keeps what could not be
taken over, `run` does it all.
"""
