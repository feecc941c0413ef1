#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Prints what an interactive zsh offers when Tab is typed behind each LINE: a line each, sorted.

    complete_zsh.py FOLDER LINE...

FOLDER has _siplaunch, and keeps what compinit found, so that the next zsh need not read every completion function.
compadd, which every completion ends in, is made to print what matches, between two NULs."""
import os
import pty
import select
import signal
import sys
import time

SECONDS = 90  # for each line; a busy machine stalls
SETUP = r"""
PROMPT=
fpath=({folder} $fpath)
autoload -Uz compinit
compinit -u -d {folder}/dump
bindkey '^I' complete-word
mark() {{ print -rn -- $'\0' }}
compprefuncs=(mark)
comppostfuncs=(mark exit)
zstyle ':completion:*' insert-tab false
compadd() {{
	if [[ ${{@[1,(i)(-|--)]}} != *-(O|A|D)\ * ]]; then
		typeset -a hits
		builtin compadd -A hits "$@"
		((${{#hits}})) && print -rl -- '' $hits
	fi
	builtin compadd "$@"
}}
print is''ready
"""


def read_until(terminal, count, mark):
    text, deadline = b"", time.monotonic() + SECONDS
    while text.count(mark) < count and time.monotonic() < deadline:
        if select.select([terminal], [], [], 1)[0]:
            try:
                text += os.read(terminal, 65536)
            except OSError:
                break
    if text.count(mark) < count:
        raise SystemExit(f"zsh did not come to its end: {text!r}")
    return text


def complete(setup, line):
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp("zsh", ["zsh", "-f", "-i"])
    os.write(terminal, f"source {setup}\n".encode())
    read_until(terminal, 1, b"isready")
    os.write(terminal, line.encode() + b"\t")
    hits = read_until(terminal, 2, b"\0").split(b"\0")[1]
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return {hit.strip() for hit in hits.decode().splitlines() if hit.strip()}


def main(folder, *lines):
    setup = os.path.join(folder, "setup.zsh")
    with open(setup, "w", encoding="utf-8") as file:
        file.write(SETUP.format(folder=folder))
    for line in lines:
        print("\n".join(sorted(complete(setup, line))))


if __name__ == "__main__":
    main(*sys.argv[1:])
