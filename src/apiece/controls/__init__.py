"""The judgement: one file per control, grouped by what it is about."""
