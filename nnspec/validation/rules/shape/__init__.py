"""Rules about keys, words and forms."""
