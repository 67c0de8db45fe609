/**
 * The npm package kerberos on behalf of whoever connects, with the frames of gss-peer.py and one more kind: P, a message that was
 * opened. As a client it opens any message, but makes only one, the last of SASL (RFC 4752, 3.1): four bytes and an authzid.
 * As a server it only establishes contexts. It has no signatures and no DCE style.
 *
 *   node gss-kerberos.cjs MODULE PORT
 */
'use strict';
const net = require('node:net');
const kerberos = require(process.argv[2]);

const mechanisms = { krb5: kerberos.GSS_MECH_OID_KRB5, spnego: kerberos.GSS_MECH_OID_SPNEGO };
const flags = {
  mutual_authentication: kerberos.GSS_C_MUTUAL_FLAG,
  replay_detection: kerberos.GSS_C_REPLAY_FLAG,
  out_of_sequence_detection: kerberos.GSS_C_SEQUENCE_FLAG,
  integrity: kerberos.GSS_C_INTEG_FLAG,
  confidentiality: kerberos.GSS_C_CONF_FLAG,
};

/** @param {net.Socket} socket */
async function* framesOf(socket) {
  let received = Buffer.alloc(0);
  for await (const chunk of socket) {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 4 && received.length >= 4 + received.readUInt32BE()) {
      const end = 4 + received.readUInt32BE();
      yield { kind: received.toString('latin1', 4, 5), contents: received.subarray(5, end) };
      received = received.subarray(end);
    }
  }
}

class Connection {
  constructor(socket) {
    this.socket = socket;
    this.frames = framesOf(socket);
  }

  send(kind, contents) {
    const head = Buffer.alloc(5);
    head.writeUInt32BE(contents.length + 1);
    head.write(kind, 4);
    this.socket.write(Buffer.concat([head, contents]));
  }

  async receive(kinds) {
    const { value, done } = await this.frames.next();
    if (done) throw new Error('closed early');
    if (!kinds.includes(value.kind)) throw new Error(`the frame ${value.kind} instead of one of ${kinds}`);
    return value;
  }
}

async function initiate(connection, { target, mechanism, flags: names }) {
  const gssFlags = names.reduce((bits, name) => bits | flags[name], 0);
  const client = await kerberos.initializeClient(target, { mechOID: mechanisms[mechanism], gssFlags });
  let token = await client.step('');
  for (;;) {
    if (token) connection.send('T', Buffer.from(token, 'base64'));
    if (client.contextComplete) return client;
    token = await client.step((await connection.receive('T')).contents.toString('base64'));
  }
}

async function accept(connection, { target }) {
  const server = await kerberos.initializeServer(target);
  while (!server.contextComplete) {
    const token = await server.step((await connection.receive('T')).contents.toString('base64'));
    if (token) connection.send('T', Buffer.from(token, 'base64'));
  }
  return server;
}

async function converse(connection) {
  const setting = JSON.parse((await connection.receive('S')).contents.toString());
  const party = await (setting.role === 'initiate' ? initiate : accept)(connection, setting);
  for (;;) {
    const { kind, contents } = await connection.receive('MR');
    if (kind === 'R') {
      connection.send('R', Buffer.from(JSON.stringify({ initiator: party.username })));
      return;
    }
    const data = await party.unwrap(contents.toString('base64'));
    const protect = setting.layer === 'confidentiality';
    if (Boolean(Number(party.responseConf)) !== protect)
      throw new Error(`a message arrived with ${party.responseConf}`);
    connection.send('P', Buffer.from(data, 'base64'));
    const message = await party.wrap(Buffer.alloc(8).toString('base64'), { user: setting.authzid, protect });
    connection.send('M', Buffer.from(message, 'base64'));
  }
}

const server = net.createServer({ noDelay: true }, (socket) => {
  const connection = new Connection(socket);
  converse(connection)
    .catch((error) => connection.send('E', Buffer.from(String(error.message ?? error))))
    .finally(() => socket.end());
  socket.on('error', () => undefined);
});
server.listen(Number(process.argv[3]), '127.0.0.1', () => console.log('listening'));
