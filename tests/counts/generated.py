# SPDX-License-Identifier: MIT
"""Configurations over the syntax in which processes are decided: the same ones each time, since the seed is fixed.

configurations() gives pairs of a name and {"files": {path: text}, "command": [...], "versions": [first, last]}; @DIR@ in a command is
the folder that the files are written to.
"""
import random

SEED = 12
KAMAILIO, OPENSIPS = 48, 24  # how many of each

# Modules that need no database, and what may be set of them; a function because each draws its own numbers.
KAMAILIO_MODULES = {
    "usrloc": lambda r: ['loadmodule "usrloc.so"'] + r.choice([[], ['modparam("usrloc", "timer_procs", %d)' % r.randint(0, 3)]]),
    "dialog": lambda r: ['loadmodule "pv.so"', 'loadmodule "tm.so"', 'loadmodule "rr.so"', 'loadmodule "dialog.so"'] + r.choice([
        [], ['modparam("dialog", "timer_procs", %d)' % r.randint(0, 1)],
        ['modparam("dialog", "ka_timer", 5)', 'modparam("dialog", "ka_interval", %d)' % r.choice([0, 30])]]),
    "htable": lambda r: ['loadmodule "htable.so"', 'modparam("htable", "timer_procs", %d)' % r.randint(0, 2),
                         'modparam("htable", "htable", "a=>size=4;%s")' % r.choice(["", "autoexpire=60;"])],
    "jsonrpcs": lambda r: ['loadmodule "jsonrpcs.so"'] + r.choice([
        [], ['modparam("jsonrpcs", "transport", %d)' % r.choice([0, 2, 4, 6])],
        ['modparam("jsonrpcs", "dgram_workers", %d)' % r.randint(1, 3)], ['modparam("jsonrpcs", "fifo_name", "")']]),
    "ctl": lambda r: ['loadmodule "ctl.so"'] + r.choice([[], ['modparam("ctl", "binrpc", "unix:ctl.sock")']]),
    "rtimer": lambda r: ['loadmodule "rtimer.so"', 'modparam("rtimer", "timer", "name=ta;interval=%s;mode=%d;")' % (
        r.choice(["5", "100000u"]), r.randint(0, 2)), 'modparam("rtimer", "exec", "timer=ta;route=TICK")', "route[TICK] { exit; }"],
    "async": lambda r: ['loadmodule "tm.so"', 'loadmodule "async.so"', 'modparam("async", "workers", %d)' % r.randint(1, 3),
                        'modparam("async", "ms_timer", %d)' % r.choice([0, 10])],
    "evapi": lambda r: ['loadmodule "evapi.so"', 'modparam("evapi", "workers", %d)' % r.randint(1, 3),
                        'modparam("evapi", "bind_addr", "127.0.0.1:8448")'],
    "evrexec": lambda r: ['loadmodule "evrexec.so"', 'modparam("evrexec", "exec", "name=evrexec:a;wait=100;workers=%d;")' % r.randint(1, 3),
                          "event_route[evrexec:a] { exit; }"],
    "nathelper": lambda r: ['loadmodule "usrloc.so"', 'loadmodule "nathelper.so"', 'modparam("nathelper", "sipping_from", "sip:a@b.invalid")',
                            'modparam("nathelper", "natping_interval", %d)' % r.choice([0, 30]),
                            'modparam("nathelper", "natping_processes", %d)' % r.randint(1, 3)],
    "nat_traversal": lambda r: ['loadmodule "sl.so"', 'loadmodule "tm.so"', 'loadmodule "nat_traversal.so"'],
    "sipdump": lambda r: ['loadmodule "sipdump.so"', 'modparam("sipdump", "mode", %d)' % r.choice([1, 2, 3, 4]),
                          'modparam("sipdump", "folder", ".")'],
    "msrp": lambda r: ['loadmodule "msrp.so"', 'modparam("msrp", "cmap_size", %d)' % r.choice([0, 4])],
    "dmq": lambda r: ['loadmodule "sl.so"', 'loadmodule "tm.so"', 'loadmodule "dmq.so"', 'modparam("dmq", "num_workers", %d)' % r.randint(1, 4),
                      'modparam("dmq", "server_address", "sip:127.0.0.1:15059")', "listen=udp:127.0.0.1:15059"],
    "quiet": lambda r: ['loadmodule "%s.so"' % name for name in r.sample(["kex", "corex", "pv", "xlog", "textops", "maxfwd", "pike", "mqueue", "cfgutils", "sl", "rr", "path", "statsc"], 5)],
}

# Debian's modules that start without a database and without parameters, each in a configuration of its own beside those that they need.
# That 5.6 and 6.0 both start them was tried; uid_* and others end at once without their tables.
ALONE = """
    acc app_jsdt app_sqlang async auth auth_identity auth_xkeys avp avpops benchmark blst call_control cfg_rpc cfgt cfgutils corex
    counters crypto ctl db2_ops db_cluster db_flatstore db_text debugger dialog diversion dmq_usrloc enum evapi evrexec exec
    gzcompress htable ipops jansson jsonrpcs keepalive kemix kex lrkproxy mangler maxfwd mediaproxy mqueue msrp nat_traversal
    nathelper path permissions pike pipelimit pv pv_headers ratelimit regex registrar rr rtimer rtjson rtpengine rtpproxy sanity
    sdpops sipdump sipjson sipt siputils sl smsops sqlops ss7ops statistics statsc statsd stun tcpops textops textopsx timer tls
    tmrec tmx topoh tsilo uac uid_gflags uuid xhttp xhttp_prom xhttp_rpc xlog xprint
""".split()
UNTIL = {"app_sqlang": "5.8.99", "auth_identity": "5.8.99"}  # Debian 13 has none
NEEDED = ["pv", "sl", "tm", "rr", "usrloc", "registrar", "xhttp", "dialog", "kex", "db_text"]


class Text:
    """A configuration as it grows: what stands before everything else, the body, other files, options."""

    def __init__(self, r):
        self.r, self.head, self.body, self.files, self.options, self.count = r, [], [], {}, [], 0

    def name(self):
        self.count += 1
        return "NAME%d" % self.count

    def value(self, number):
        """A number in one of the ways that Kamailio reads it."""
        name = self.name()
        way = self.r.randint(0, 8)
        if way == 0:
            self.head.append("#!define %s %d" % (name, number))
        elif way == 1:
            self.head.append("!!def %s %d" % (name, number))
        elif way == 2:
            self.head += ["#!define %s 1" % name, "#!redefine %s %d" % (name, number)]
        elif way == 3:
            self.head += ["#!define %s %d" % (name, number), "#!trydef %s 7" % name]
        elif way == 4:
            self.head.append('#!substdef "!%s!%d!g"' % (name, number))
        elif way == 5:
            self.options += ["-A", "%s=%d" % (name, number)]
        elif way == 6:
            return "0x%x" % number
        else:
            return str(number)
        return name

    def text(self, text):
        """A quoted text, part of it perhaps substituted."""
        if self.r.randint(0, 3) or len(text) < 4:
            return '"%s"' % text
        name = self.name()
        self.head.append('#!subst "/%s/%s/"' % (name, text[1:].replace("/", "\\/")) if "/" not in text else '#!substdef "!%s!%s!g"' % (name, text[1:]))
        return '"%s%s"' % (text[0], name)

    def conditional(self, line, otherwise):
        """`line` counts, `otherwise` does not."""
        name, kind = self.name(), self.r.randint(0, 3)
        if kind == 0:
            return ["#!define %s" % name, "#!ifdef %s" % name, line, "#!else", otherwise, "#!endif"]
        if kind == 1:
            return ["#!ifdef %s" % name, otherwise, "#!else", line, "#!endif"]
        if kind == 2:
            return ["#!ifndef %s" % name, "#!ifndef %s_B" % name, line, "#!endif", "#!else", otherwise, "#!endif"]
        path = "part%d.cfg" % self.count
        self.files[path] = line + "\n"
        return ['%s "%s"' % (self.r.choice(["include_file", "import_file", "#!include_file"]), path), 'import_file "not-there.cfg"']


def kamailio_sockets(text, r, number):
    ports = list(range(15060, 15080))
    r.shuffle(ports)
    lines = []
    for port in ports[:number]:
        address = "127.0.0.%d" % r.randint(1, 3)
        protocol = r.choice(["udp", "udp", "tcp", "UDP", ""])
        if r.randint(0, 4) == 0:
            lines.append("socket_workers=%s" % text.value(r.randint(1, 4)))
        listen = "%s%s:%d" % (protocol + ":" if protocol else "", address, port)
        kind = r.randint(0, 5)
        if kind == 0:
            name = text.name()
            text.head.append("#!define %s %s" % (name, listen))
            listen = name
        elif kind == 1:
            listen += " advertise 192.0.2.1:5060"
        elif kind == 2:
            listen += ' name "s%d"' % port
        elif kind == 3:
            text.options += ["-l", listen]
            continue
        line = "%s=%s" % (r.choice(["listen", "listen"]), listen)
        lines += text.conditional(line, "listen=udp:127.0.0.9:15999") if r.randint(0, 3) == 0 else [line]
    return lines or ["listen=udp:127.0.0.1:15060"]


def kamailio(r):
    text = Text(r)
    text.body += kamailio_sockets(text, r, r.randint(1, 4))
    for name, most in (("children", 5), ("tcp_children", 4), ("async_workers", 3)):
        if r.randint(0, 1) or name == "children":
            line = "%s = %s" % (name, text.value(r.randint(1, most)))
            text.body += text.conditional(line, "%s = 9" % name) if r.randint(0, 3) == 0 else [line]
    if r.randint(0, 5) == 0 and not any("tcp:" in word for word in text.options):
        text.body.append("disable_tcp=yes")
    if r.randint(0, 4) == 0:
        text.body.append('async_workers_group=%s' % text.text("name=reg;workers=%d;nonblock=0;usleep=0" % r.randint(1, 3)))
    if r.randint(0, 6) == 0:
        text.options += ["-n", str(r.randint(1, 4))]
    if r.randint(0, 6) == 0:
        text.options += ["-N", str(r.randint(1, 4))]
    for module in r.sample(sorted(KAMAILIO_MODULES), r.randint(0, 4)):
        for line in KAMAILIO_MODULES[module](r):
            if line not in text.body:
                text.body.append(line)
    routes = [line for line in text.body if "route[" in line]
    body = [line for line in text.body if line not in routes]
    comment = r.choice(["# a comment", "// another", "/* and\n   one more: children=99 */", ""])
    files = dict(text.files)
    # modules before those that need them, and before their parameters, whatever was drawn first
    first = ['loadmodule "%s.so"' % name for name in ("pv", "sl", "tm", "rr", "usrloc")]
    body = [line for line in first if line in body] + [line for line in body if line not in first]
    body = [line for line in body if not line.startswith("modparam")] + [line for line in body if line.startswith("modparam")]
    files["router.cfg"] = "\n".join(["#!KAMAILIO", *text.head, comment, *body, *routes, "request_route {\n\texit;\n}", ""])
    return {"files": files, "command": ["kamailio", "-f", "@DIR@/router.cfg", *text.options, "-DD", "-E"]}


def kamailio_newer(r):
    """What 5.7 and later know: socket blocks."""
    text = Text(r)
    for port in range(15060, 15060 + r.randint(1, 3)):
        lines = ["socket = {", "\tbind = %s:127.0.0.1:%d;" % (r.choice(["udp", "tcp"]), port)]
        if r.randint(0, 1):
            lines.insert(0, "socket_workers = %s" % text.value(r.randint(1, 4)))
        if r.randint(0, 2) == 0:
            lines.append('\tname = "s%d";' % port)
        text.body += lines + ["}"]
    text.body.append("children = %s" % text.value(r.randint(1, 5)))
    files = {"router.cfg": "\n".join(["#!KAMAILIO", *text.head, *text.body, "request_route {\n\texit;\n}", ""])}
    return {"files": files, "command": ["kamailio", "-f", "@DIR@/router.cfg", *text.options, "-DD", "-E"], "versions": ["5.7.0"]}


def opensips(r):
    lines = ["log_level=1", r.choice(["stderror_enabled=yes", ""]), "udp_workers=%d" % r.randint(1, 5)]
    options = []
    if r.randint(0, 2) == 0:
        lines.append("auto_scaling_profile = GROW\n\tscale up to %d on 70%% for 4 cycles within 5\n\tscale down to 2 on 20%% for 5 cycles" % r.randint(3, 8))
        lines[2] = "udp_workers = 3 use_auto_scaling_profile GROW"
    if r.randint(0, 1):
        lines.append("tcp_workers=%d" % r.randint(1, 5))
    if r.randint(0, 3) == 0:
        lines.append("timer_workers=%d" % r.randint(1, 3))
    if r.randint(0, 5) == 0:
        options += ["-n", str(r.randint(1, 4))]
    protocols = ["udp", "udp"] + r.choice([[], ["tcp"], ["tcp", "bin"]])
    for port in range(15060, 15060 + r.randint(1, 4)):
        line = "socket=%s:127.0.0.%d:%d" % (protocols[(port + r.randint(0, 1)) % len(protocols)] if port > 15060 else "udp", r.randint(1, 3), port)
        if "udp:" in line and r.randint(0, 2) == 0:
            line += " use_workers %d" % r.randint(1, 4)
        if r.randint(0, 4) == 0:
            line += " as 192.0.2.1:5060"
        lines.append(line)
    modules = ["signaling", "sl", "tm", "rr", "maxfwd", "sipmsgops", "textops", "usrloc", "registrar", "exec", "statistics"]
    lines += ['loadmodule "%s.so"' % name for name in ["proto_udp"] + ["proto_%s" % name for name in ("tcp", "bin") if any("=%s:" % name in line for line in lines)]]
    lines += ['loadmodule "%s.so"' % name for name in modules[:r.randint(2, len(modules))]]
    if r.randint(0, 1):
        lines += ['loadmodule "mi_fifo.so"', 'modparam("mi_fifo", "fifo_name", "fifo")']
    if r.randint(0, 1):
        lines += ['loadmodule "mi_datagram.so"', 'modparam("mi_datagram", "socket_name", "udp:127.0.0.1:8080")',
                  'modparam("mi_datagram", "children_count", %d)' % r.randint(1, 3)]
    return {"files": {"router.cfg": "\n".join(lines + ["route {\n\texit;\n}", ""])},
            "command": ["opensips", "-F", "-f", "@DIR@/router.cfg", *options]}


def alone(module):
    lines = ["children=2", "tcp_children=1", "listen=udp:127.0.0.1:15060", "listen=tcp:127.0.0.1:15060"]
    lines += ['loadmodule "%s.so"' % name for name in [name for name in NEEDED if name != module] + [module]]
    lines += ["request_route {", "\texit;", "}", "event_route[xhttp:request] {", "\texit;", "}", ""]
    return {"files": {"router.cfg": "\n".join(lines)}, "command": ["kamailio", "-f", "@DIR@/router.cfg", "-DD", "-E"],
            "versions": ["0", UNTIL.get(module, "99")]}


def configurations():
    r = random.Random(SEED)
    for number in range(KAMAILIO):
        yield "kamailio/generated-%02d" % (number + 1), kamailio(r)
    for number in range(8):
        yield "kamailio/generated-socket-%d" % (number + 1), kamailio_newer(r)
    for module in ALONE:
        yield "kamailio/module-%s" % module, alone(module)
    for number in range(OPENSIPS):
        yield "opensips/generated-%02d" % (number + 1), opensips(r)
