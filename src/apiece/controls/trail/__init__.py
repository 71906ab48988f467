"""Controls over what watches a region where functions live: trails, alarms and AWS Config."""
