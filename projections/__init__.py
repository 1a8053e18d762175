"""What can be known: read models, each a function of history."""
