"""One file a verb: state, settings and materials in, physics called, new state and measures out."""
