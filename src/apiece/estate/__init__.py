"""The facts: everything that bears on access at one moment, and what could not be read."""
