"""Proof that a log was only ever added to: hashes of what is stored, and what follows from them. Nothing here looks into a fact."""
