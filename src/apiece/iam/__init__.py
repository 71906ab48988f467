"""The law: the policy language of AWS, pure, on the standard library alone."""
