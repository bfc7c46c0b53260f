"""The documentation is a contract too."""
