"""Coordinates a multidisciplinary team's work on suspected child trafficking in Connecticut.

The law says (`law`), the facts happen (`facts`), the process follows (`process`), the case shows (`tasks`, `position`).
"""
