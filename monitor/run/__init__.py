"""Composition: the only room where stages and edges meet."""
