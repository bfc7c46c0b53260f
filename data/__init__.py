"""What the engine remembers, and where it comes from."""
