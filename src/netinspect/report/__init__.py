"""Profiles as text: for a terminal, for programs, for documents."""
