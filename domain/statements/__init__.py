"""Statements of reasons as the law and the DSA Transparency Database have them: values, shape, checks, texts."""
