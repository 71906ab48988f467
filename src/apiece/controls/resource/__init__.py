"""Controls over what functions reach and what carries a policy of its own."""
