"""MIT's GSSAPI, and MIT's gss-client, on behalf of whoever connects: one context for each connection.

Usage: gss-peer.py PORT

Frames: four bytes of length, big-endian, one byte of kind, contents. The first one is a setting in JSON. Kinds: S setting, T token,
M message, I message in DCE style (four bytes of the header's length, header, data), C signature (after D, what it signs),
X "send an altered message", Y "an altered message follows", R report in JSON, E error.
"""

import json
import socket
import struct
import subprocess
import sys
import tempfile

import gssapi
from gssapi import raw

MECHANISMS = {"krb5": "1.2.840.113554.1.2.2", "spnego": "1.3.6.1.5.5.2", "ntlm": "1.3.6.1.4.1.311.2.2.10"}
LIMIT = 1 << 24


class Connection:
    def __init__(self, stream):
        self.stream = stream

    def send(self, kind, contents=b""):
        self.stream.sendall(struct.pack(">I", len(contents) + 1) + kind + contents)

    def receive(self, kinds):
        length = struct.unpack(">I", self._exactly(4))[0]
        if not 0 < length <= LIMIT:
            raise ValueError("a frame of %d bytes" % length)
        frame = self._exactly(length)
        kind, contents = frame[:1], frame[1:]
        if kind not in kinds:
            raise ValueError("the frame %r instead of one of %r" % (kind, kinds))
        return kind, contents

    def _exactly(self, length):
        parts = bytearray()
        while len(parts) < length:
            part = self.stream.recv(length - len(parts))
            if not part:
                raise EOFError
            parts += part
        return bytes(parts)


def iov(context, *buffers):
    return raw.IOV(*buffers, std_layout=False)


class DceMessages:
    """Header and data apart, as DCE/RPC has them."""

    def __init__(self, context, sealed):
        self.context, self.sealed = context, sealed

    def open(self, contents):
        size = struct.unpack(">I", contents[:4])[0]
        header, data = contents[4 : 4 + size], contents[4 + size :]
        message = iov(
            self.context, (raw.IOVBufferType.header, False, header), (raw.IOVBufferType.data, False, data)
        )
        result = raw.unwrap_iov(self.context, message)
        return message[1].value or b"", result.encrypted

    def protect(self, data):
        message = iov(self.context, raw.IOVBufferType.header, (raw.IOVBufferType.data, False, data))
        raw.wrap_iov(self.context, message, confidential=self.sealed)
        header = message[0].value
        return struct.pack(">I", len(header)) + header + (message[1].value or b"")


class Messages:
    def __init__(self, context, sealed):
        self.context, self.sealed = context, sealed

    def open(self, contents):
        result = self.context.unwrap(contents)
        return result.message, result.encrypted

    def protect(self, data):
        return self.context.wrap(data, self.sealed).message


def initiator(setting):
    flags = sum(gssapi.RequirementFlag[name] for name in setting["flags"])
    mechanism = gssapi.OID.from_int_seq(MECHANISMS[setting["mechanism"]])
    name = gssapi.Name(setting["target"], gssapi.NameType.hostbased_service)
    credentials = None
    if "user" in setting:
        user = gssapi.Name(setting["user"], gssapi.NameType.user)
        credentials = gssapi.Credentials(name=user, mechs=[mechanism], usage="initiate")
    return gssapi.SecurityContext(name=name, creds=credentials, usage="initiate", mech=mechanism, flags=flags)


def establish(connection, setting):
    if setting["role"] == "initiate":
        context = initiator(setting)
        token = context.step()
    else:
        context = gssapi.SecurityContext(creds=gssapi.Credentials(usage="accept"), usage="accept")
        token = None
    while True:
        if token:
            connection.send(b"T", token)
        if context.complete:
            return context
        token = context.step(connection.receive(b"T")[1])


def report(context):
    return {
        "initiator": str(context.initiator_name),
        "mechanism": context.mech.dotted_form,
        "flags": sorted(flag.name for flag in gssapi.RequirementFlag if flag in context.actual_flags),
    }


def altered(message):
    """The last byte is part of the data, of the checksum, or of the padding that the checksum covers."""
    return message[:-1] + bytes([message[-1] ^ 1])


def converse(connection, setting):
    context = establish(connection, setting)
    sealed = setting["layer"] == "confidentiality"
    messages = (DceMessages if setting["dce"] else Messages)(context, sealed)
    while True:
        kind, contents = connection.receive(b"MDXYR")
        if kind == b"M":
            data, encrypted = messages.open(contents)
            if encrypted != sealed:
                raise ValueError("a message arrived with encrypted=%s" % encrypted)
            connection.send(b"M", messages.protect(data))
        elif kind == b"D":
            context.verify_signature(contents, connection.receive(b"C")[1])
            connection.send(b"C", context.get_signature(contents))
        elif kind == b"X":
            connection.send(b"M", altered(messages.protect(contents)))
        elif kind == b"Y":
            try:
                messages.open(contents)
            except gssapi.exceptions.GSSError as error:
                connection.send(b"R", json.dumps({"refused": str(error)}).encode())
            else:
                raise ValueError("an altered message was opened")
        else:
            connection.send(b"R", json.dumps(report(context)).encode())
            return


def run(connection, setting):
    """gss-client, with its own frames to a server that the other side plays. What it sends is read from a file."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(bytes(i % 251 for i in range(setting["size"])))
        file.flush()
        command = ["gss-client", *setting["options"], "-f", *setting["target"], file.name]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    result = {"code": done.returncode, "output": done.stdout + done.stderr}
    connection.send(b"R", json.dumps(result).encode())


def serve(connection):
    setting = json.loads(connection.receive(b"S")[1])
    try:
        (run if setting["role"] == "run" else converse)(connection, setting)
    except EOFError:
        print("closed early", flush=True)
    except Exception as error:  # whatever it is, the other side reports it
        connection.send(b"E", ("%s: %s" % (type(error).__name__, error)).encode())


def main():
    with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
        print("listening", flush=True)
        while True:
            stream, _ = server.accept()
            with stream:
                stream.settimeout(20)
                stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                try:
                    serve(Connection(stream))
                except (OSError, EOFError) as error:
                    print("lost", error, flush=True)


main()
