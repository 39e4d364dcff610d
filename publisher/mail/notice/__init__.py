"""Notices in words that a letter did not arrive: whose they are, where they end, whom they name."""
