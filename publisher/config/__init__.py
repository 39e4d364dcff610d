"""config.toml: its schema, reading it with every mistake at once, editing it with comments kept."""
