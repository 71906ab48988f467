"""What no control tests of each criterion: inherited from AWS, left to you, or not covered; and why."""

from __future__ import annotations

from apiece.records.matrix import CoverageRow, Standing
from apiece.records.verdict import Criterion

_AWS = "AWS"
_YOU = "your organisation"
_NOBODY = "not assigned"


def _inherited(criterion: Criterion, about: str, why: str) -> CoverageRow:
    return CoverageRow(criterion=criterion, standing=Standing.INHERITED, about=about, owner=_AWS, why=why)


def _yours(criterion: Criterion, about: str, why: str) -> CoverageRow:
    return CoverageRow(criterion=criterion, standing=Standing.COMPLEMENTARY, about=about, owner=_YOU, why=why)


def _open(criterion: Criterion, about: str, why: str) -> CoverageRow:
    return CoverageRow(criterion=criterion, standing=Standing.NOT_COVERED, about=about, owner=_NOBODY, why=why)


COVERAGE: tuple[CoverageRow, ...] = (
    _inherited(
        Criterion.CC6_1,
        "Isolation of one function's execution environment from those of other customers and functions.",
        "AWS runs the hypervisor and the service. Evidence: AWS's SOC 2 report, from AWS Artifact.",
    ),
    _yours(
        Criterion.CC6_1,
        "Who can sign in to AWS accounts, with which factors, and from where; access inside applications.",
        "Controls here judge what functions and resources of AWS allow. They do not see an identity provider's sign-in "
        "rules, nor the users of a database. Evidence: the identity provider's configuration and its own tests.",
    ),
    _open(
        Criterion.CC6_1,
        "Encryption of data at rest with keys of your choice.",
        "Keys and their policies are read, but whether each store must have one is not judged for every kind of store.",
    ),
    _yours(
        Criterion.CC6_2,
        "Registration and authorisation of people before they get access, and its removal when they leave or move.",
        "That happens in a directory and a ticket system. Evidence: joiner, mover and leaver tickets, compared with "
        "the directory.",
    ),
    _open(
        Criterion.CC6_2,
        "Approval of each change of a role or policy before it is made.",
        "Whether changes are recorded and told to somebody is tested. Who approved a change is not on record in AWS.",
    ),
    _yours(
        Criterion.CC6_3,
        "Periodic review of access by the owners of functions and data, and separation of duties among people.",
        "A review is a decision that somebody makes. Findings and their waivers are what it can start from.",
    ),
    _open(
        Criterion.CC6_3,
        "Permissions that are narrow and yet never used.",
        "Whether a granted permission is needed shows only in the code and in records of use, which are not read yet.",
    ),
    _inherited(
        Criterion.CC6_4,
        "Physical access to data centres, and to the machines and media in them.",
        "Functions and their data run in AWS's facilities only. Evidence: AWS's SOC 2 report, from AWS Artifact, with "
        "its complementary controls of the customer compared with this matrix.",
    ),
    _yours(
        Criterion.CC6_4,
        "Physical access to your own offices and devices from which AWS is administered.",
        "Nothing of it is visible in AWS. Evidence: access logs of the premises, the inventory of devices.",
    ),
    _inherited(
        Criterion.CC6_5,
        "Wiping and destruction of storage media that leave service.",
        "AWS handles the media. Evidence: AWS's SOC 2 report, from AWS Artifact.",
    ),
    _open(
        Criterion.CC6_5,
        "Deletion of data, snapshots and backups of applications when they are retired.",
        "Access to a deleted thing is judged, the deletion of data is not.",
    ),
    _inherited(
        Criterion.CC6_6,
        "Protection of AWS's own network edge and of the endpoints of its services.",
        "AWS runs them. Evidence: AWS's SOC 2 report, from AWS Artifact.",
    ),
    _yours(
        Criterion.CC6_6,
        "Web application firewalls, protection against floods of requests, and input validation in code.",
        "Where they are needed depends on what a function is for. Evidence: their configuration and tests.",
    ),
    _inherited(
        Criterion.CC6_7,
        "Encryption in transit between AWS's facilities, and on the endpoints that AWS offers.",
        "AWS runs them. Evidence: AWS's SOC 2 report, from AWS Artifact.",
    ),
    _yours(
        Criterion.CC6_7,
        "Movement of data to removable media, to other companies, and by people.",
        "Not visible in AWS. Evidence: rules for devices, contracts with processors.",
    ),
    _open(
        Criterion.CC6_7,
        "Encryption in transit from a function to what it calls outside of AWS.",
        "That is decided in code, which is not read yet.",
    ),
    _inherited(
        Criterion.CC6_8,
        "Patching of managed runtimes while they are supported, and of the machines below.",
        "AWS patches them. Evidence: AWS's SOC 2 report, and its table of runtimes.",
    ),
    _yours(
        Criterion.CC6_8,
        "Vulnerabilities in a function's own dependencies, its layers and its container images.",
        "Only the runtime's support is judged. Evidence: results of a scanner of dependencies and images.",
    ),
    _yours(
        Criterion.CC7_1,
        "Scanning for vulnerabilities, and following up what is found.",
        "Whether configuration is recorded and watched is tested, scans are not. Evidence: the scanner's results.",
    ),
    _yours(
        Criterion.CC7_2,
        "Watching events, deciding which are incidents, and acting on them.",
        "Whether events of access are recorded and told to somebody is tested. What that person does is not.",
    ),
    _inherited(
        Criterion.CC8_1,
        "Changes of the Lambda service and of managed runtimes.",
        "AWS makes them. Evidence: AWS's SOC 2 report, from AWS Artifact.",
    ),
    _yours(
        Criterion.CC8_1,
        "Authorisation, test, approval and separation of duties of changes of code and templates.",
        "That is shown by the version control and the pipeline. A check that a pipeline runs and that stops a bad "
        "change (exit code 1) is one piece of evidence. Others: branch protection, reviews, deployments by tickets.",
    ),
)
"""In the order of the criteria; within one: inherited, complementary, not covered."""
