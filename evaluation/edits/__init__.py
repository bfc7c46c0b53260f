"""What thieves do to pictures: pure functions of pixels and a random generator; `evaluation.attacks` sets the grid."""
