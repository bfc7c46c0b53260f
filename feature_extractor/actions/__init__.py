"""What is done in a video: the features of its frames, and a linear classifier of them."""
