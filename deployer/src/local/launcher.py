"""Runs MiniStack as a child of gallery-deploy.

    python -I launcher.py STORE PORT KEEP

STORE  a folder that this process may use alone
PORT   `any`, `prefer:N` (N if it is free, else any) or `only:N`
KEEP   `keep` or `discard`: remove STORE at the end

Standard input keeps the server alive: it ends when the pipe closes, so it outlives its parent by moments whatever the
parent dies of. The line `save` writes the state to STORE. Standard output answers in lines:

    waiting           another process uses STORE
    busy              ... and did not let go of it (the end)
    taken             the port of `only:N` is in use (the end)
    port N            where the server will listen
    kept WHAT         what STORE held: `nothing`, `everything`, or `objects` after an end without a save
    saved / unsaved   the answer to `save`
    ended             all is written, as far as it could be

Standard error is the log.
"""

import asyncio
import fcntl
import logging
import os
import resource
import shutil
import signal
import socket
import sys
import threading
import time

LOCK_PATIENCE = 20  # seconds: a server that is ending needs a few
END_PATIENCE = 60  # seconds from the end of standard input to SIGKILL: many thousand objects take a while on a busy disk
KEEP_ALIVE = 75  # seconds, as MiniStack's own command line sets it
GRACE = 0.3  # seconds for requests in flight; connections that only idle use all of it


def say(line):
    try:
        os.write(1, (line + "\n").encode())
    except BrokenPipeError:
        pass  # the parent is gone; the end of standard input says so too


def lock(store):
    """Holds STORE until this process ends. Functions do not inherit it."""
    file = open(os.path.join(store, "lock"), "w")
    deadline = time.monotonic() + LOCK_PATIENCE
    told = False
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return file
        except BlockingIOError:
            if time.monotonic() > deadline:
                say("busy")
                sys.exit(1)
            if not told:
                say("waiting")
                told = True
            time.sleep(0.05)


def listener(wish):
    """A bound socket: nobody can take the port between the choice and the use of it."""
    how, _, number = wish.partition(":")
    for port in [0] if how == "any" else [int(number), 0]:
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            sock.bind(("127.0.0.1", port))
            return sock
        except OSError:
            sock.close()
            if how == "only":
                say("taken")
                sys.exit(1)
    sys.exit("no free port")


class Failures(logging.Handler):
    """Counts what MiniStack's persistence could not write: it logs that and goes on."""

    count = 0

    def emit(self, record):
        self.count += 1


def end_group():
    """Ends what the functions left running. Kills this process too, so it comes last."""
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)


async def serve(sock, failures):
    from hypercorn.asyncio import serve as hypercorn_serve
    from hypercorn.config import Config
    from ministack import app as ministack
    from ministack.core.persistence import save_all

    loop = asyncio.get_running_loop()
    stop = asyncio.Event()

    def save():
        before = failures.count
        save_all(ministack._build_persistence_save_dict())
        say("saved" if failures.count == before else "unsaved")

    def watch():
        for line in sys.stdin.buffer:
            if line == b"save\n":
                loop.call_soon_threadsafe(save)
        last_resort = threading.Timer(END_PATIENCE, end_group)
        last_resort.daemon = True
        last_resort.start()
        loop.call_soon_threadsafe(stop.set)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    threading.Thread(target=watch, daemon=True).start()

    config = Config()
    config.bind = [f"fd://{sock.fileno()}"]
    config.keep_alive_timeout = KEEP_ALIVE
    config.graceful_timeout = GRACE
    # MiniStack writes its state when Hypercorn shuts the application down.
    await hypercorn_serve(ministack.app, config, shutdown_trigger=stop.wait)


def main():
    store, wish, keep = sys.argv[1:]
    held = lock(store)
    sock = listener(wish)
    port = sock.getsockname()[1]
    say(f"port {port}")

    state, objects, temporary = (os.path.join(store, name) for name in ("state", "objects", "tmp"))
    running = os.path.join(store, "running")
    say("kept " + ("objects" if os.path.exists(running) else "everything" if os.path.exists(state) else "nothing"))
    open(running, "w").close()
    shutil.rmtree(temporary, ignore_errors=True)
    for folder in (state, objects, temporary):
        os.makedirs(folder, exist_ok=True)
    # MiniStack reads these when it is imported, and hands all of its environment on to the functions.
    os.environ.update(
        AUTH="true",
        BIND_HOST="127.0.0.1",
        IOT_MTLS_ENABLED="0",
        SFTP_ENABLED="0",
        GATEWAY_PORT=str(port),
        AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}",
        PERSIST_STATE="1",
        STATE_DIR=state,
        S3_PERSIST="1",
        S3_DATA_DIR=objects,
        TMPDIR=temporary,
    )
    # A burst of connections must not hit the usual soft limit of 1,024 open files.
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError):
        pass  # macOS refuses its own "unlimited"

    failures = Failures(logging.ERROR)
    logging.getLogger("persistence").addHandler(failures)
    try:
        asyncio.run(serve(sock, failures))
        if failures.count == 0:
            os.remove(running)
    finally:
        shutil.rmtree(store if keep == "discard" else temporary, ignore_errors=True)
        held.close()
        say("ended")
        end_group()


main()
