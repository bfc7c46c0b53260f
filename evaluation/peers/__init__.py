"""Other people's descriptors, each in an environment of its own where it does not fit beside ours."""
