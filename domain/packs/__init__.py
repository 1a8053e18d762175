"""The rules' numbers: policy packs, one for each scheme and market, every version immutable and named by the hash of its content."""
