"""The questions of the works that stand behind this one, answered with numbers: one command a question."""
