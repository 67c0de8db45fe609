import { SspiError, initiate } from 'sspi';
import { LdapConnection } from '../../../examples/ldap/connection.mjs';
import { bindFlags, bindGssapi, bindSpnego } from '../../../examples/ldap/sasl.mjs';
import { accountName, whoAmI } from '../../../examples/ldap/who-am-i.mjs';
import { acquire, narrated } from '../narrate.mjs';
import { openRelay } from '../sockets.mjs';
import { describe } from '../token.mjs';
import { good, heading, hint, line } from '../terminal.mjs';

export async function ldapGssapi(lab) {
  heading(
    'LDAP, bound by SASL GSSAPI as the current user',
    'The tokens travel in bind requests; then every byte is sealed with wrap and opened with unwrap.',
  );
  await withServer(lab, { package: 'Kerberos' }, bindGssapi, 'alice', askWhoIAm);
}

export async function ldapSpnego(lab) {
  heading(
    'LDAP, bound by GSS-SPNEGO with an explicit identity',
    'NTLM this time: the domain controller verifies the answer to its own challenge, and seals no less.',
  );
  const { name, password } = lab.users.bob;
  const credentials = { package: 'NTLM', identity: { user: name, domain: lab.workgroup, password } };
  await withServer(lab, credentials, bindSpnego, name, askWhoIAm);
}

export async function meddler(lab) {
  heading('A meddler on the wire', 'A relay between client and server changes one bit of a sealed message.');

  await withServer(lab, { package: 'Kerberos' }, bindGssapi, 'alice', async ({ connection, relay }) => {
    relay.meddle('down');
    const refusal = await connection.read('', 'tokenGroups').then(
      () => undefined,
      (error) => error,
    );
    if (refusal === undefined) throw new Error('the changed answer was taken');
    if (!SspiError.isSspiError(refusal) || refusal.api !== 'DecryptMessage') throw refusal;
    good(`an answer of the server was changed: unwrap refuses it with ${refusal.code}`);
    hint(refusal.hint);
  });

  await withServer(lab, { package: 'Kerberos' }, bindGssapi, 'alice', async ({ connection, relay }) => {
    relay.meddle('up');
    const refusal = await connection.read('', 'tokenGroups').then(
      () => undefined,
      (error) => error,
    );
    if (refusal === undefined) throw new Error('the server took the changed request');
    if (SspiError.isSspiError(refusal)) throw refusal;
    good(`a request of ours was changed: ${refusal.message}`);
  });
}

/** A bound and sealed connection to the domain controller, through a relay that sees what an eavesdropper would see. */
async function withServer({ controller }, credentialsOptions, bind, expectedName, use) {
  const relay = await openRelay({ host: controller.address, port: controller.ports.ldap });
  const credentials = await acquire('client', { ...credentialsOptions, use: 'outbound' });
  const handshake = initiate(credentials, {
    target: controller.spn,
    flags: [...bindFlags, 'mutualAuth'],
    require: { flags: ['confidentiality', 'integrity'] },
  });
  const connection = await LdapConnection.connect(relay);
  try {
    const context = await bind(
      narratedBinds(connection, controller.name),
      narrated(handshake, 'client', controller.name),
    );
    relay.take();
    await use({ connection, context, relay, expectedName });
    await connection.close();
  } finally {
    connection.destroy();
    relay.close();
    await handshake.dispose();
    await credentials.dispose();
  }
}

/** The connection, telling what the server answers to each bind request. */
function narratedBinds(connection, server) {
  return {
    protect: (...args) => connection.protect(...args),
    async saslBind(mechanism, credentials) {
      const start = performance.now();
      const response = await connection.saslBind(mechanism, credentials);
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

async function askWhoIAm({ connection, context, relay, expectedName }) {
  good(`bound by ${context.package}; granted: ${context.flags.join(', ')}`);

  const answer = await whoAmI(connection);
  const said = answer.value?.toString();
  if (said !== undefined && said.split('\\').pop() !== expectedName) throw new Error(`the server took us for ${said}`);
  if (said !== undefined) good(`who am I?  The server says: ${said}`);
  else hint(`who am I? (RFC 4532)  This server does not know the question: ${answer.name}, "${answer.diagnostic}"`);

  const account = await accountName(connection);
  if (account.name !== expectedName) throw new Error(`the server took us for ${account.name}`);
  good(`the first SID of our token on the server is ${account.sid}, which is ${account.name}: ${account.dn}`);

  const wire = relay.take();
  if (wire.includes('tokenGroups') || wire.includes(expectedName)) throw new Error('plain text passed over the wire');
  good(
    `${wire.length.toLocaleString('en')} bytes passed over the wire meanwhile; neither "tokenGroups" nor "${expectedName}" is in them`,
  );
}
