"""Invented members of the whole country, millions of them, for benchmarks."""
