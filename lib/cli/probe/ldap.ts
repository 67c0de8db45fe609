import { createMechanism } from '../../sasl/index';
import { Dialogue } from '../../ldap/dialogue';
import { Failure } from '../failure';
import { formatSid } from '../../sid';
import { isIP } from 'node:net';
import { openConnection } from './connection';
import { readEntry } from '../protocols/directory-entry';
import { resultCodes } from '../../wire/ldap-messages';
import { saslBind } from '../../ldap/bind';
import { ShownBinds } from './shown-binds';
import { spnOf, type UrlTarget } from './target';
import { whoAmIOid } from '../../ldap/who-am-i';
import type { InitiatorFlag } from '../../flags/tables';
import type { Mechanism } from '../../sasl/mechanism';
import type { Session } from './session';

/** Encrypted in both directions. */
const plainFlags: readonly InitiatorFlag[] = [
  'mutualAuth',
  'integrity',
  'confidentiality',
  'replayDetect',
  'sequenceDetect',
];
/** Active Directory refuses a layer inside TLS. GSSAPI negotiates that with signed messages; with GSS-SPNEGO, signing is a layer. */
const tlsFlags = { GSSAPI: ['mutualAuth', 'integrity'], 'GSS-SPNEGO': ['mutualAuth'] } as const;

const protections = { confidentiality: 'sealed', integrity: 'signed', none: 'none' } as const;

/** A SASL bind with a live directory server. */
export async function probeLdap(target: UrlTarget, session: Session): Promise<void> {
  const { settings, trace, findings } = session;
  const { socket, secure } = await openConnection(target, session);
  const dialogue = new Dialogue(socket);
  session.stage = 'reading the root DSE';
  const root = await readRoot(dialogue, session);
  findings.offers = root.mechanisms;

  const name = settings.package.toLowerCase() === 'kerberos' ? 'GSSAPI' : 'GSS-SPNEGO';
  if (root.mechanisms.length > 0 && !root.mechanisms.includes(name)) {
    throw new Failure(
      'ERR_SSPI_CLI_NOT_OFFERED',
      `The server does not offer ${name}, only ${root.mechanisms.join(', ')}.`,
      name === 'GSSAPI' ? undefined : 'Try --package Kerberos, which binds with GSSAPI.',
    );
  }
  const spn = settings.spn ?? nameFor(target, root.host, session);
  const bindings = settings.channelBindings ? secure : undefined;
  const flags = target.tls ? tlsFlags[name] : plainFlags;
  const handshake = await session.initiate(spn, settings.package, flags, bindings);
  session.stage = 'waiting for the server’s answer';
  const layer =
    target.tls && name === 'GSSAPI' ? ('none' as const) : (['confidentiality', 'integrity', 'none'] as const);
  const mechanism = createMechanism({ mechanism: name, handshake, layer });
  await saslBind(new ShownBinds(dialogue, mechanism, (answer) => trace.add(answer)), mechanism);
  dialogue.end();
  session.established(handshake);
  findings.service['mechanism'] = name;
  findings.service['protection'] = protectionOf(mechanism, target);
  session.stage = 'asking the server who the client is';
  const bound = new Dialogue(mechanism.secure(socket));
  const account = await whoAmI(bound);
  if (account !== undefined) findings.service['account'] = account;
  bound.close();
}

function protectionOf({ layer }: Mechanism, { tls }: UrlTarget): string {
  return layer === 'none' && tls ? 'TLS' : protections[layer];
}

/** What the server tells everybody. */
async function readRoot(
  dialogue: Dialogue,
  { findings }: Session,
): Promise<{ host: string | undefined; mechanisms: readonly string[] }> {
  const { attributes } = await readEntry(
    dialogue,
    '',
    'dnsHostName',
    'supportedSASLMechanisms',
    'defaultNamingContext',
  );
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
async function whoAmI(dialogue: Dialogue): Promise<string | undefined> {
  const answer = await dialogue.extended(whoAmIOid);
  if (answer.code === resultCodes.success) return answer.value?.toString('utf8');
  const { attributes } = await readEntry(dialogue, '', 'tokenGroups');
  const sid = attributes.get('tokengroups')?.[0];
  if (sid === undefined) return undefined;
  const text = formatSid(sid);
  const account = await readEntry(dialogue, `<SID=${text}>`, 'sAMAccountName');
  return `${account.attributes.get('samaccountname')?.[0]?.toString('utf8') ?? account.dn} (${text})`;
}
