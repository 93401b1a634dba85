"""The `aws` command line, kept warm: a call takes hundredths of a second instead of a whole one.

A call is a line on standard input: {"arguments": [...], "key": [id, secret, session token or null] or null}. Its end is a line on standard output:
{"code": 0, "stdout": "...", "stderr": "..."}. It ends with its standard input.
"""

import contextlib
import io
import itertools
import json
import os
import sys

from awscli.clidriver import create_clidriver

# A driver keeps the credentials that it finds first, and stays anonymous once it was.
drivers = {}
# Every call leaves handlers behind in its driver, which all later ones run through: after a thousand, a call takes twice as long.
CALLS_OF_A_DRIVER = 100
calls = itertools.count(1)
# The models of the services, which are most of what a new driver costs.
models = create_clidriver().session.get_component("data_loader")


def driver(key):
    if next(calls) % CALLS_OF_A_DRIVER == 0:
        drivers.clear()
    name = tuple(key or ())
    if name not in drivers:
        drivers[name] = create_clidriver()
        drivers[name].session.register_component("data_loader", models)
    return drivers[name]


def run(arguments, key):
    if key:
        os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"], token = key
        os.environ.pop("AWS_SESSION_TOKEN", None)
        if token:
            os.environ["AWS_SESSION_TOKEN"] = token
    else:
        arguments = [*arguments, "--no-sign-request"]
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2)]
    with contextlib.redirect_stdout(streams[0]), contextlib.redirect_stderr(streams[1]):
        try:
            code = driver(key).main(arguments)
        except SystemExit as end:
            code = end.code
    for stream in streams:
        stream.flush()
    stdout, stderr = (stream.buffer.getvalue().decode() for stream in streams)
    return {"code": code, "stdout": stdout, "stderr": stderr}


answers = sys.stdout
for line in sys.stdin:
    print(json.dumps(run(**json.loads(line))), file=answers, flush=True)
