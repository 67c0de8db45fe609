"""A server that follows [MS-TDS] as far as a sign-on by SSPI goes, and accepts it with the machine's GSSAPI: MIT Kerberos, and
gss-ntlmssp where GSS_MECH_CONFIG names it. It shares no code with the package. It is not SQL Server.

Usage: sqlserver.py CERTIFICATE KEY ROUTE MODE=PORT...

Modes: plain, login (TLS for the first packet of LOGIN7), tls (inside of TDS), strict (TDS 8), denying (18456 for everybody), and
routing (to ROUTE, HOST:PORT). `INSTANCE:PORT` after `browser=` is what the SQL Browser on UDP port 1434 tells. One JSON object
a line on standard output says who signed on.

Queries: `SELECT who` is answered with one row: who, by which mechanism, encrypted or not; `SELECT SUSER_SNAME() AS who` with who
alone; `die` resets the connection; any other is done without a row.
"""

import json
import socket
import socketserver
import ssl
import struct
import sys
import threading

import gssapi.raw as gss

PRELOGIN, LOGIN7, SSPI, BATCH, RPC, ATTENTION, REPLY = 0x12, 0x10, 0x11, 0x01, 0x03, 0x06, 0x04
ENCRYPT_OFF, ENCRYPT_ON, ENCRYPT_NOT_SUPPORTED = 0, 1, 2
LOGIN_PACKET = 4096
MECHANISMS = {"1.2.840.113554.1.2.2": "Kerberos", "1.3.6.1.4.1.311.2.2.10": "NTLM"}
DONE = struct.pack("<BHHQ", 0xFD, 0, 0, 0)


class Violation(Exception):
    """The client broke a rule; SQL Server closes the connection without a word."""


def utf16(text):
    return text.encode("utf-16-le")


def counted(text):
    return bytes([len(text)]) + utf16(text)


def token(kind, body):
    return struct.pack("<BH", kind, len(body)) + body


class Transport:
    """TCP, and TLS on it with its bytes in memory, so that TLS can begin and end at any packet."""

    def __init__(self, connection):
        self.connection = connection
        self.tls = None
        self.decrypted = b""

    def receive(self, count):
        data = b""
        while len(data) < count:
            piece = self.connection.recv(count - len(data))
            if not piece:
                raise EOFError
            data += piece
        return data

    def record(self):
        header = self.receive(5)
        return header + self.receive(struct.unpack(">H", header[3:])[0])

    def read(self, count):
        if self.tls is None:
            return self.receive(count)
        while len(self.decrypted) < count:
            self.inbound.write(self.record())
            try:
                while True:
                    self.decrypted += self.tls.read(65536) or b""
            except ssl.SSLWantReadError:
                pass
        data, self.decrypted = self.decrypted[:count], self.decrypted[count:]
        return data

    def write(self, data):
        if self.tls is not None:
            self.tls.write(data)
            data = self.outbound.read()
        self.connection.sendall(data)

    def begin_tls(self, context, receive_flight, send_flight):
        self.inbound, self.outbound = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(self.inbound, self.outbound, server_side=True)
        finished = False
        while not finished:
            try:
                tls.do_handshake()
                finished = True
            except ssl.SSLWantReadError:
                pass
            flight = self.outbound.read()
            if flight:
                send_flight(flight)
            if not finished:
                self.inbound.write(receive_flight())
        self.tls = tls

    def end_tls(self):
        if self.decrypted:
            raise Violation("more than one packet inside of TLS")
        self.tls = None


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        self.transport = Transport(self.request)
        self.packet = LOGIN_PACKET
        try:
            self.sign_on()
            while True:
                self.answer(*self.message())
        except (EOFError, OSError) as error:
            self.tell(ended=repr(error))
        except Violation as error:
            self.tell(violation=str(error))

    def tell(self, **what):
        print(json.dumps({"mode": self.server.mode, **what}), flush=True)

    def message(self, after_first=None):
        payload = b""
        while True:
            kind, status, length = struct.unpack(">BBH", self.transport.read(8)[:4])
            if not 8 <= length <= self.packet:
                raise Violation("a packet of %d bytes, %d agreed" % (length, self.packet))
            payload += self.transport.read(length - 8)
            if after_first:
                after_first()
                after_first = None
            if status & 1:
                return kind, payload

    def expect(self, wanted, after_first=None):
        kind, payload = self.message(after_first)
        if kind != wanted:
            raise Violation("a message of type %d where %d is due" % (kind, wanted))
        return payload

    def send(self, payload, kind=REPLY):
        room = self.packet - 8
        pieces = [payload[at : at + room] for at in range(0, len(payload), room)] or [b""]
        for index, piece in enumerate(pieces):
            last = index == len(pieces) - 1
            self.transport.write(struct.pack(">BBHHBB", kind, last, 8 + len(piece), 51, (index + 1) & 255, 0) + piece)

    # ---- the login ----

    def sign_on(self):
        mode, context = self.server.mode, self.server.tls
        if mode == "strict":
            self.transport.begin_tls(context, self.transport.record, self.transport.connection.sendall)
            if self.transport.tls.selected_alpn_protocol() != "tds/8.0":
                raise Violation("no ALPN tds/8.0")
        self.prelogin(self.expect(PRELOGIN))
        if mode in ("tls", "login"):
            self.transport.begin_tls(
                context, lambda: self.expect(PRELOGIN), lambda flight: self.send(flight, PRELOGIN)
            )
        after_first = self.transport.end_tls if mode == "login" else None
        login = self.expect(LOGIN7, after_first)
        self.version, size, opaque = self.login7(login)
        last = self.authenticate(opaque)
        if mode == "denying":
            self.refuse(18456, "Login failed for user '%s'." % self.user)
        program = counted("Microsoft SQL Server\0\0")
        acknowledgement = token(0xAD, b"\x01" + self.version + program + bytes([16, 0, 3, 0xE8]))
        routing = b""
        if mode == "routing":
            host, port = self.server.route.rsplit(":", 1)
            target = struct.pack("<BHH", 0, int(port), len(host)) + utf16(host)
            routing = token(0xE3, b"\x14" + struct.pack("<H", len(target)) + target + b"\0\0")
        change = token(0xE3, b"\x04" + counted(str(size)) + counted(str(LOGIN_PACKET)))
        self.tell(user=self.user, mechanism=self.mechanism, encrypted=self.transport.tls is not None)
        self.send(last + acknowledgement + routing + change + self.features + DONE)
        self.packet = size

    def prelogin(self, asked):
        options, at = {}, 0
        while asked[at] != 0xFF:
            kind, offset, length = struct.unpack(">BHH", asked[at : at + 5])
            options[kind] = asked[offset : offset + length]
            at += 5
        wanted = options[1][0]
        offered = {"tls": ENCRYPT_ON, "login": ENCRYPT_OFF}.get(self.server.mode, ENCRYPT_NOT_SUPPORTED)
        if self.server.mode == "login" and wanted == ENCRYPT_ON:
            raise Violation("this server encrypts the login only")
        values = [(0, bytes([16, 0, 3, 0xE8, 0, 0])), (1, bytes([offered])), (2, b"\0"), (4, b"\0")]
        table, body = b"", b""
        for kind, value in values:
            table += struct.pack(">BHH", kind, 5 * len(values) + 1 + len(body), len(value))
            body += value
        self.send(table + b"\xff" + body)

    def login7(self, data):
        length, version, size = struct.unpack("<III", data[:12])
        if length != len(data):
            raise Violation("LOGIN7 of another length than it says")
        if not data[25] & 0x80:
            raise Violation("no integrated security")
        for name, at in (("user", 40), ("password", 44)):
            if struct.unpack("<H", data[at + 2 : at + 4])[0]:
                raise Violation("a %s beside integrated security" % name)
        offset, count = struct.unpack("<HH", data[78:82])
        if count == 0xFFFF:
            count = struct.unpack("<I", data[90:94])[0] or count
        if offset + count > length:
            raise Violation("a token outside of LOGIN7")
        # FEATUREEXTACK for UTF8_SUPPORT, which the client asks for.
        self.features = b"\xae\x0a\x01\0\0\0\x01\xff" if data[27] & 0x10 else b""
        return struct.pack(">I", version), size, data[offset : offset + count]

    def authenticate(self, opaque):
        """Ends with the last token for the client, as a TDS token, or refuses."""
        context = None
        while True:
            try:
                step = gss.accept_sec_context(opaque, context=context)
            except gss.GSSError as error:
                self.tell(refused=str(error))
                self.refuse(18452, "Login failed. The login is from an untrusted domain.")
            context = step.context
            answer = token(0xED, step.token) if step.token else b""
            if not step.more_steps:
                self.user = gss.display_name(step.initiator_name, False).name.decode().rstrip("\0")
                self.mechanism = MECHANISMS.get(step.mech.dotted_form, step.mech.dotted_form)
                return answer
            self.send(answer)
            opaque = self.expect(SSPI)
            if not opaque:
                raise Violation("an empty SSPI message")

    def refuse(self, number, text):
        body = struct.pack("<iBBH", number, 1, 14, len(text)) + utf16(text) + counted("PEER") + b"\0" + struct.pack("<i", 1)
        self.send(token(0xAA, body) + struct.pack("<BHHQ", 0xFD, 2, 0, 0))
        self.request.shutdown(socket.SHUT_WR)
        raise EOFError("refused with %d" % number)

    # ---- queries ----

    def answer(self, kind, payload):
        if kind == ATTENTION:
            return self.send(struct.pack("<BHHQ", 0xFD, 0x20, 0, 0))
        if utf16("die") in payload:
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.request.close()
            raise EOFError("asked to die")
        if utf16("SELECT who") in payload:
            row = {"who": self.user, "mechanism": self.mechanism, "encrypted": str(self.transport.tls is not None)}
        elif utf16("SELECT SUSER_SNAME() AS who") in payload:
            row = {"who": self.user}
        else:
            nothing = struct.pack("<BHHQ", 0xFE, 0, 0xE0, 0)
            return self.send(b"\x79\0\0\0\0" + nothing if kind == RPC else DONE)
        nvarchar = b"\xe7" + struct.pack("<H", 512) + bytes.fromhex("0904d00034")
        columns = b"".join(struct.pack("<IH", 0, 9) + nvarchar + counted(name) for name in row)
        values = b"".join(struct.pack("<H", 2 * len(value)) + utf16(value) for value in row.values())
        end = struct.pack("<BHHQ", 0xFD, 0x10, 0xC1, 1)
        if kind == RPC:
            in_procedure = struct.pack("<BHHQ", 0xFF, 0x11, 0xC1, 1)
            end = in_procedure + b"\x79\0\0\0\0" + struct.pack("<BHHQ", 0xFE, 0, 0xE0, 0)
        self.send(b"\x81" + struct.pack("<H", len(row)) + columns + b"\xd1" + values + end)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address, daemon_threads, request_queue_size = True, True, 128


class Browser(socketserver.BaseRequestHandler):
    """[MC-SQLR]: the ports of named instances."""

    def handle(self):
        name, port = self.server.instance.split(":")
        text = "ServerName;PEER;InstanceName;%s;IsClustered;No;Version;16.0.1000.6;tcp;%s;;" % (name, port)
        self.request[1].sendto(b"\x05" + struct.pack("<H", len(text)) + text.encode(), self.client_address)


def tls_context(certificate, key, mode):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    if mode == "strict":
        context.set_alpn_protocols(["tds/8.0"])
    else:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


def main(certificate, key, route, *places):
    servers = []
    for place in places:
        mode, where = place.split("=")
        if mode == "browser":
            server = socketserver.ThreadingUDPServer(("127.0.0.1", 1434), Browser)
            server.instance = where
        else:
            server = Server(("127.0.0.1", int(where)), Handler)
            server.mode, server.route, server.tls = mode, route, tls_context(certificate, key, mode)
        servers.append(threading.Thread(target=server.serve_forever))
    for thread in servers:
        thread.start()


main(*sys.argv[1:])
