"""An embedded organisation to try apiece on: no AWS account, no Docker, no network."""
