"""The planted account on a port, in a process of its own.

`serve_aws.py SECONDS [OPERATION]` answers each call, or those of one operation, that much later.
"""

from __future__ import annotations

import sys
import threading

from fault_study import new_layer
from faulty_aws import Rule, Server, delayed
from planted_aws import plant

if __name__ == "__main__":
    with Server(new_layer()) as server:
        plant(server.url, server.layer)
        server.layer.remember = True
        server.layer.rules = [Rule(sys.argv[2] if len(sys.argv) > 2 else None, delayed(float(sys.argv[1])))]
        sys.stdout.write(server.url + "\n")
        sys.stdout.flush()
        threading.Event().wait()
