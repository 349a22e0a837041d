"""EVERY READ, a file a screen. Queries only; each takes the viewer, and none loads what it does not show."""
