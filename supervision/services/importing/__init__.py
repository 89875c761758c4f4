"""Existing offices, agents and members brought in from a file: read, checked, loaded whole."""
