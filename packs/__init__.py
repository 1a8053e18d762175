"""The rules' numbers as data: one TOML file for each scheme and market, each number with its provenance."""
