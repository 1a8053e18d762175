"""Proof that nothing was changed: the trees over the logs, heads that are signed and kept elsewhere too, and the check of it all."""
