import net from 'node:net';
import { once } from 'node:events';
import { Dialogue } from '#lib/ldap/dialogue';
import { saslBind } from '#lib/ldap/bind';
import { whoAmIOid } from '#lib/ldap/who-am-i';
import { SspiError, formatSid, initiate } from 'sspi';
import { createMechanism } from 'sspi/sasl';
import { acquire, narrated } from '../narrate.mjs';
import { openRelay } from '../sockets.mjs';
import { describe } from '../token.mjs';
import { good, heading, hint, line } from '../terminal.mjs';

export async function ldapGssapi(lab) {
  heading(
    'LDAP, bound by SASL GSSAPI as the current user',
    'The tokens travel in bind requests; then every byte is sealed with wrap and opened with unwrap.',
  );
  await withServer(lab, 'GSSAPI', { package: 'Kerberos' }, 'alice', askWhoIAm);
}

export async function ldapSpnego(lab) {
  heading(
    'LDAP, bound by GSS-SPNEGO with an explicit identity',
    'NTLM this time: the domain controller verifies the answer to its own challenge, and seals no less.',
  );
  const { name, password } = lab.users.bob;
  const credentials = { package: 'NTLM', identity: { user: name, domain: lab.workgroup, password } };
  await withServer(lab, 'GSS-SPNEGO', credentials, name, askWhoIAm);
}

export async function meddler(lab) {
  heading('A meddler on the wire', 'A relay between client and server changes one bit of a sealed message.');

  await withServer(lab, 'GSSAPI', { package: 'Kerberos' }, 'alice', async ({ directory, relay }) => {
    relay.meddle('down');
    const refusal = await directory.read('', 'tokenGroups').then(
      () => undefined,
      (error) => error,
    );
    if (refusal === undefined) throw new Error('the changed answer was taken');
    if (!SspiError.isSspiError(refusal) || refusal.api !== 'DecryptMessage') throw refusal;
    good(`an answer of the server was changed: unwrap refuses it with ${refusal.code}`);
    hint(refusal.hint);
  });

  await withServer(lab, 'GSSAPI', { package: 'Kerberos' }, 'alice', async ({ directory, relay }) => {
    relay.meddle('up');
    const refusal = await directory.read('', 'tokenGroups').then(
      () => undefined,
      (error) => error,
    );
    if (refusal === undefined) throw new Error('the server took the changed request');
    if (!SspiError.isSspiError(refusal, 'ERR_SSPI_PEER_ENDED') && refusal.code !== 'ECONNRESET') throw refusal;
    good(`a request of ours was changed: ${refusal.message}`);
  });
}

/** A bound and encrypted connection to the domain controller, through a relay that sees what an eavesdropper would see. */
async function withServer({ controller }, name, credentialsOptions, expectedName, use) {
  const relay = await openRelay({ host: controller.address, port: controller.ports.ldap });
  const credentials = await acquire('client', { ...credentialsOptions, use: 'outbound' });
  const handshake = initiate(credentials, {
    target: controller.spn,
    flags: ['integrity', 'confidentiality', 'replayDetect', 'sequenceDetect', 'mutualAuth'],
  });
  const mechanism = createMechanism({ mechanism: name, handshake: narrated(handshake, 'client', controller.name) });
  const socket = net.connect({ host: relay.host, port: relay.port, noDelay: true });
  try {
    await once(socket, 'connect');
    const dialogue = new Dialogue(socket);
    await saslBind(narratedBinds(dialogue, controller.name), mechanism);
    dialogue.end();
    const directory = new Dialogue(mechanism.secure(socket));
    relay.take();
    await use({ directory, context: mechanism.context, relay, expectedName });
    directory.close();
  } finally {
    socket.destroy();
    relay.close();
    await mechanism.dispose();
    await credentials.dispose();
  }
}

/** The dialogue, which prints the server's answer to each bind request. */
function narratedBinds(dialogue, server) {
  return {
    async bind(mechanism, credentials) {
      const start = performance.now();
      const response = await dialogue.bind(mechanism, credentials);
      const token = response.credentials;
      const what = token === undefined || token.length === 0 ? response.diagnostic : describe(token);
      const who = `${server} → client`;
      const time = performance.now() - start;
      line({
        who,
        call: `LDAP bind, ${mechanism}`,
        status: response.name,
        bytes: token?.length || undefined,
        time,
        what,
      });
      return response;
    },
  };
}

async function askWhoIAm({ directory, context, relay, expectedName }) {
  good(`bound by ${context.package}; granted: ${context.flags.join(', ')}`);

  const answer = await directory.extended(whoAmIOid);
  const said = answer.value?.toString();
  if (said !== undefined && said.split('\\').pop() !== expectedName) throw new Error(`the server took us for ${said}`);
  if (said !== undefined) good(`who am I?  The server says: ${said}`);
  else hint(`who am I? (RFC 4532)  This server does not know the question: ${answer.name}, "${answer.diagnostic}"`);

  const root = await directory.read('', 'tokenGroups');
  const sid = formatSid(root.entry.attributes.get('tokengroups')[0]);
  const { entry } = await directory.read(`<SID=${sid}>`, 'sAMAccountName');
  const account = entry.attributes.get('samaccountname')[0].toString();
  if (account !== expectedName) throw new Error(`the server took us for ${account}`);
  good(`the first SID of our token on the server is ${sid}, which is ${account}: ${entry.dn}`);

  const wire = relay.take();
  if (wire.includes('tokenGroups') || wire.includes(expectedName)) throw new Error('plain text passed over the wire');
  good(
    `${wire.length.toLocaleString('en')} bytes passed over the wire meanwhile; neither "tokenGroups" nor "${expectedName}" is in them`,
  );
}
