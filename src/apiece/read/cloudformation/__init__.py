"""CloudFormation, SAM and CDK templates to an estate."""
