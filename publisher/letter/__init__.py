"""Letters: which posts, which readers alike, what they read. Pure."""
