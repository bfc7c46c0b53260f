"""Photograph-like pictures: light, air, water and lenses simulated pixel by pixel."""
