"""Watching: what is added to the catalogue is compared with guarded pictures, and what is found is told, once each."""
