#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Types at a pseudo terminal, and looks at what comes of it: for drive() of terminal.bash.

    terminal_drive.py STEP... -- COMMAND...

COMMAND is executed with a new terminal as its controlling one. The steps:
    expect:TEXT    waits until TEXT has been printed, behind what was expected before
    answer:A=B     from here on types B and Enter each time that A has been printed
    type:TEXT      types it; \\r, \\x03, \\x1a as in Python
    file:PATH      waits until there is something in the file
    echo:on|off    waits until the terminal echoes, or does not
    group:PATH     waits until the foreground group is that of the pid in the file
    away           waits until the foreground group is another than COMMAND's: a shell that has printed what it brings there
                   may not have done it yet, and a key would still be its own
    kill:PATH      kills the pid in the file
    run:COMMAND    runs a command beside it
    size:ROWSxCOLUMNS  gives the terminal that size, which it has not got before
    shows:TEXT     waits until the screen shows it, as far as the control sequences of siplaunch make it (tests/lib/screen.py)
    screen:PATH    writes what the screen shows into the file; on the alternate screen when the page is whole, since the terminal
                   hands on what a program has written in pieces
    close          ends the terminal
    status:NUMBER  waits for the end, with that status
"""
import fcntl, os, pty, select, signal, struct, subprocess, sys, termios, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
from screen import Screen

SECONDS = int(os.environ.get("DRIVE_SECONDS", "120"))


class Terminal:
    def __init__(self, command):
        self.output, self.seen = "", 0
        self.answers, self.answered = [], 0
        self.screen, self.undecoded = Screen(24, 80), b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            signal.signal(signal.SIGQUIT, signal.SIG_DFL)
            os.execvp(command[0], command)

    def look(self, seconds):
        if self.fd is None:
            time.sleep(seconds)
            return
        if select.select([self.fd], [], [], seconds)[0]:
            try:
                self.take(os.read(self.fd, 65536))
                self.answer()
            except OSError:
                time.sleep(seconds)

    def take(self, data):
        """A character may come in two parts."""
        self.undecoded += data
        whole = len(self.undecoded)
        while whole > len(self.undecoded) - 4 and self.undecoded[whole - 1:whole] >= b"\x80":
            try:
                self.undecoded[:whole].decode()
                break
            except UnicodeDecodeError:
                whole -= 1
        text, self.undecoded = self.undecoded[:whole].decode(errors="replace"), self.undecoded[whole:]
        self.output += text
        self.screen.feed(text)

    def resize(self, rows, columns):
        self.screen.resize(rows, columns)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def answer(self):
        for prompt, text in self.answers:
            for _ in range(self.output.count(prompt) - self.answered):
                os.write(self.fd, text.encode() + b"\r")
                self.answered += 1

    def wait_for(self, what, condition):
        deadline = time.monotonic() + SECONDS
        while not condition():
            if time.monotonic() > deadline:
                sys.exit("not within %d s: %s\n%s" % (SECONDS, what, self.output))
            self.look(0.05)

    def found(self, text):
        at = self.output.find(text, self.seen)
        if at >= 0:
            self.seen = at + len(text)
        return at >= 0

    def echoes(self):
        return bool(termios.tcgetattr(self.fd)[3] & termios.ECHO)

    def group_is(self, path):
        return os.tcgetpgrp(self.fd) == os.getpgid(int(open(path).read()))

    def is_whole(self):
        """A page ends by clearing what is below it, or on the last row."""
        if self.screen.main is None or self.output.endswith("\x1b[J"):
            return True
        return self.screen.row == self.screen.rows - 1 and self.output.endswith(("\x1b[K", "\x1b[0m"))

    def ended(self):
        pid, self.status = os.waitpid(self.pid, os.WNOHANG)
        return pid == self.pid

    def step(self, step):
        name, _, argument = step.partition(":")
        if name == "expect":
            self.wait_for(step, lambda: self.found(argument))
        elif name == "answer":
            self.answers = [argument.split("=")]
        elif name == "type":
            os.write(self.fd, argument.encode().decode("unicode_escape").encode())
        elif name == "file":
            self.wait_for(step, lambda: os.path.exists(argument) and os.path.getsize(argument))
        elif name == "echo":
            self.wait_for(step, lambda: self.echoes() == (argument == "on"))
        elif name == "group":
            self.wait_for(step, lambda: self.group_is(argument))
        elif name == "away":
            self.wait_for(step, lambda: os.tcgetpgrp(self.fd) != os.getpgid(self.pid))
        elif name == "kill":
            os.kill(int(open(argument).read()), signal.SIGKILL)
        elif name == "run":
            beside = subprocess.Popen(argument, shell=True)
            self.wait_for(step, lambda: beside.poll() is not None)
            if beside.returncode:
                sys.exit("%s: status %d" % (argument, beside.returncode))
        elif name == "size":
            self.resize(*map(int, argument.split("x")))
        elif name == "shows":
            self.wait_for(step, lambda: argument in self.screen.text())
        elif name == "screen":
            self.wait_for(step, self.is_whole)
            open(argument, "w").write(self.screen.text())
        elif name == "close":
            os.close(self.fd)
            self.fd = None
        elif name == "status":
            self.wait_for(step, self.ended)
            status = os.waitstatus_to_exitcode(self.status)
            if status != int(argument):
                sys.exit("ended with %d and not with %s\n%s" % (status, argument, self.output))
        else:
            sys.exit("no such step: " + step)


end = sys.argv.index("--")
terminal = Terminal(sys.argv[end + 1:])
for word in sys.argv[1:end]:
    terminal.step(word)
print(terminal.output)
