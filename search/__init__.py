"""Numbers to answers: index, verdict, the life of a query and of a picture."""
