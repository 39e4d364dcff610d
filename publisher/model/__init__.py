"""The nouns of the house: frozen values, states, and the tables of their moves.

Pure: no store, socket, file, environment, clock or randomness. Nothing here validates
outside input; that happens at the doors (config/, collect/, the subscriber commands).
"""
