/**
 * Binds as it is told, in Windows' node.exe: its argument is an array of {@link Bind} in JSON. Each gives one line of JSON, a
 * {@link Bound}.
 */
import { readFileSync } from 'node:fs';
import { Client } from 'ldapts';
import { sspiConnection, tokenGroups, whoAmI, type LdapConnectionOptions } from 'sspi/ldap';
import { SspiError } from 'sspi';

export interface Bind {
  readonly name: string;
  readonly port: number;
  /** Where to search. */
  readonly base: string;
  readonly options: LdapConnectionOptions;
  /** The file of a certificate to trust. */
  readonly ca?: string;
}

export interface Bound {
  readonly name: string;
  readonly entries?: number;
  readonly who?: string;
  readonly groups?: readonly string[];
  /** Of the error. */
  readonly code?: string;
  readonly message?: string;
  readonly hint?: string;
}

async function attempt({ name, port, base, options, ca }: Bind): Promise<Bound> {
  const tlsOptions =
    ca === undefined ? {} : { tlsOptions: { ca: readFileSync(ca), checkServerIdentity: () => undefined } };
  const createConnection = sspiConnection({ ...options, ...tlsOptions });
  const client = new Client({ url: `ldap://127.0.0.1:${port}`, createConnection });
  try {
    const { searchEntries } = await client.search(base, { filter: '(objectClass=*)', attributes: ['cn'] });
    // Samba 4.17 does not support the operation.
    const who = await whoAmI(client).catch(() => ({ authzid: 'not supported' }));
    return { name, entries: searchEntries.length, who: who.authzid, groups: await tokenGroups(client) };
  } catch (error) {
    const code = SspiError.isSspiError(error) ? error.code : 'not of sspi';
    const hint = SspiError.isSspiError(error) ? error.hint : undefined;
    return { name, code, message: (error as Error).message, ...(hint !== undefined && { hint }) };
  } finally {
    await client.unbind();
  }
}

async function main(binds: readonly Bind[]): Promise<void> {
  for (const bind of binds) console.log(JSON.stringify(await attempt(bind)));
}

void main(JSON.parse(process.argv[2] ?? '[]') as Bind[]);
