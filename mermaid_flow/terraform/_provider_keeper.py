"""Keeps a provider process alive for as long as its parent lives. Run as a script, with the provider's path.

The provider prints how to attach to it on standard output. When standard input ends, because the parent closed it or
died, the provider is stopped: a provider in debug mode would never end by itself.
"""

import os
import signal
import subprocess
import sys

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with subprocess.Popen(
        [sys.argv[1], "-debug"], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as provider:
        os.close(1)  # so that the parent sees the end when the provider ends
        sys.stdin.read()
        provider.terminate()
        try:
            provider.wait(5)
        except subprocess.TimeoutExpired:
            provider.kill()
