import { isIP, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { BindDialogue } from './bind-dialogue';
import { bindGssapi, bindSpnego } from './sasl';
import { certificateOf } from './certificate';
import { connectTcp, requireTrust, startTls } from '../protocols/connect';
import { Failure } from '../failure';
import { LdapConnection } from '../protocols/ldap-connection';
import { formatSid } from '../../sid';
import { resultCodes } from '../../wire/ldap-messages';
import { spnOf, type UrlTarget } from './target';
import type { InitiatorFlag } from '../../flags/tables';
import type { Session } from './session';

/** Encrypted in both directions. */
const plainFlags: readonly InitiatorFlag[] = [
  'mutualAuth',
  'integrity',
  'confidentiality',
  'replayDetect',
  'sequenceDetect',
];
/** Active Directory refuses a layer inside TLS. */
const tlsFlags: readonly InitiatorFlag[] = ['mutualAuth'];

/** A SASL bind with a live directory server. */
export async function probeLdap(target: UrlTarget, session: Session): Promise<void> {
  const { settings, trace, findings } = session;
  const { socket, secure } = await open(target, session);
  const connection = new LdapConnection(socket);
  session.stage = 'reading the root DSE';
  const root = await readRoot(connection, session);
  findings.offers = root.mechanisms;

  const gssapi = settings.package.toLowerCase() === 'kerberos';
  const mechanism = gssapi ? 'GSSAPI' : 'GSS-SPNEGO';
  if (root.mechanisms.length > 0 && !root.mechanisms.includes(mechanism)) {
    throw new Failure(
      'ERR_SSPI_CLI_NOT_OFFERED',
      `The server does not offer ${mechanism}, only ${root.mechanisms.join(', ')}.`,
      gssapi ? undefined : 'Try --package Kerberos, which binds with GSSAPI.',
    );
  }
  const spn = settings.spn ?? nameFor(target, root.host, session);
  const bindings = settings.channelBindings ? secure : undefined;
  const flags = target.tls ? tlsFlags : plainFlags;
  const client = await session.initiate(spn, settings.package, flags, bindings);
  session.stage = 'waiting for the server’s answer';
  const dialogue = new BindDialogue(connection, mechanism, (answer) => trace.add(answer));
  const layer = gssapi ? await bindGssapi(dialogue, client, target.tls) : await bindSpnego(dialogue, client);
  session.established(client);
  if (layer !== undefined) connection.protect(layer);
  findings.service['mechanism'] = mechanism;
  const sealed = client.context.flags.includes('confidentiality');
  findings.service['protection'] = layer === undefined ? (target.tls ? 'TLS' : 'none') : sealed ? 'sealed' : 'signed';
  session.stage = 'asking the server who the client is';
  const account = await whoAmI(connection);
  if (account !== undefined) findings.service['account'] = account;
  connection.close();
}

async function open(
  { host, port, tls }: UrlTarget,
  session: Session,
): Promise<{ socket: Socket; secure: TLSSocket | undefined }> {
  const { settings, signal, findings } = session;
  const place = `${host}:${port}`;
  const socket = await session.timed('connect', `connecting to ${place}`, () => connectTcp(host, port, signal));
  session.onEnd(() => socket.destroy());
  if (!tls) return { socket, secure: undefined };
  const options = { host, authorities: settings.authorities, signal };
  const secure = await session.timed('tls', `starting TLS with ${place}`, () => startTls(socket, options));
  findings.certificate = certificateOf(secure, settings.channelBindings);
  if (!settings.insecure) requireTrust(secure, host);
  return { socket: secure, secure };
}

/** What the server tells everybody. */
async function readRoot(
  connection: LdapConnection,
  { findings }: Session,
): Promise<{ host: string | undefined; mechanisms: readonly string[] }> {
  const { attributes } = await connection.read('', 'dnsHostName', 'supportedSASLMechanisms', 'defaultNamingContext');
  const first = (name: string): string | undefined => attributes.get(name)?.[0]?.toString('utf8');
  const host = first('dnshostname');
  if (host !== undefined) findings.service['host'] = host;
  const base = first('defaultnamingcontext');
  if (base !== undefined) findings.service['domain'] = base;
  return { host, mechanisms: (attributes.get('supportedsaslmechanisms') ?? []).map(String) };
}

/**
 * The server's principal name, made from the host of the URL or, if that is an address, from the name that the server reports.
 */
function nameFor({ host }: UrlTarget, serverHost: string | undefined, { findings }: Session): string {
  if (isIP(host) === 0 || serverHost === undefined) {
    findings.spnSource = 'from the URL';
    return spnOf('ldap', host);
  }
  findings.spnSource = `the URL has an IP address, for which there are no tickets: the name is the server’s dnsHostName`;
  return spnOf('ldap', serverHost);
}

/** Who the client is to the server: the "who am I?" operation (RFC 4532), otherwise the first SID of the client's token. */
async function whoAmI(connection: LdapConnection): Promise<string | undefined> {
  const answer = await connection.extended('1.3.6.1.4.1.4203.1.11.3');
  if (answer.code === resultCodes.success) return answer.value?.toString('utf8');
  const { attributes } = await connection.read('', 'tokenGroups');
  const sid = attributes.get('tokengroups')?.[0];
  if (sid === undefined) return undefined;
  const text = formatSid(sid);
  const account = await connection.read(`<SID=${text}>`, 'sAMAccountName');
  return `${account.attributes.get('samaccountname')?.[0]?.toString('utf8') ?? account.dn} (${text})`;
}
