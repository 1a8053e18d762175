"""What may happen: the rules of creator governance, pure, on the standard library and msgspec alone."""
