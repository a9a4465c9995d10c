"""Starts Lambda's Python runtime client with the search path that the platform gives a function.

Arguments: the handler, the package's folder, the merged layers' folder, the folder of runtime-provided packages, and,
where the sandbox has no hosts file of its own, the names that resolve to this machine, separated by commas.
"""

import os
import site
import sys


def set_search_path(task, layers, provided):
    own = os.path.dirname(os.path.abspath(__file__))
    rest = [entry for entry in sys.path if os.path.abspath(entry or ".") not in (own, task, provided)]
    first = [task]
    # A PYTHONPATH in the function's configuration replaces the layers' folders.
    if not os.environ.get("PYTHONPATH"):
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        first += [os.path.join(layers, "python", "lib", version, "site-packages"), os.path.join(layers, "python")]
        tail = []
    else:
        named = [entry for entry in os.environ["PYTHONPATH"].split(os.pathsep) if entry]
        tail = [entry for entry in rest if entry in named]
        rest = [entry for entry in rest if entry not in named]
    runtime = [provided, own] if sys.version_info >= (3, 11) else [own, provided]
    sys.path[:] = first + tail + runtime + rest
    for folder in first:
        if os.path.isdir(folder):
            site.addsitedir(folder)


def aim_names(names):
    import socket

    ask = socket.getaddrinfo
    socket.getaddrinfo = lambda host, *rest, **named: ask("127.0.0.1" if host in names else host, *rest, **named)


def main():
    handler, task, layers, provided = sys.argv[1:5]
    if len(sys.argv) > 5:
        aim_names(sys.argv[5].split(","))
    set_search_path(task, layers, provided)
    sys.argv[:] = ["bootstrap", handler]
    from awslambdaric.__main__ import main as run

    run(sys.argv)


if __name__ == "__main__":
    main()
