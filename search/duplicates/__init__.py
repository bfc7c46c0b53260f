"""Pictures of the catalogue that are copies of each other."""
