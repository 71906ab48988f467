"""Policies that a template holds as JSON text."""

from __future__ import annotations

