"""Compositions: subjects, land and light brought together, each a function of (rng, light, aspect)."""
