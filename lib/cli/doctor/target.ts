import { isIP } from 'node:net';
import { lookup } from 'node:dns/promises';
import { acquireCredentials } from '../../credentials/credentials';
import { durationText } from '../output/time';
import { failed, type CheckResult } from './check';
import { initiate } from '../../handshake/begin';
import { registration } from './url';
import { SspiError } from '../../errors/sspi-error';

/** The result of checking a target. */
export interface TargetFindings {
  readonly results: readonly CheckResult[];
  /** The size of the ticket's token in bytes, where there is one. */
  readonly tokenSize: number | undefined;
}

/** Checks a service principal name, or a host (as HOST/…): does the host have an address, is there a ticket? */
export async function checkTarget(text: string, signal: AbortSignal): Promise<TargetFindings> {
  const spn = text.includes('/') ? text : `HOST/${text}`;
  const host = (spn.split('/')[1] ?? '').replace(/:\d+$/, '');
  const address = await checkAddress(host);
  const start = performance.now();
  const head = { id: 'spn', title: 'Service name' };
  try {
    const credentials = await acquireCredentials({ package: 'Kerberos', use: 'outbound', signal });
    try {
      const handshake = initiate(credentials, { target: spn, flags: ['mutualAuth'], signal });
      try {
        const { token } = await handshake.step();
        const time = durationText(performance.now() - start);
        const detail = `${spn}: a ticket in ${time}, a token of ${token?.length ?? 0} bytes`;
        return { results: [address, { ...head, status: 'ok', detail }], tokenSize: token?.length };
      } finally {
        await handshake.dispose();
      }
    } finally {
      await credentials.dispose();
    }
  } catch (error) {
    if (!SspiError.isSspiError(error)) throw error;
    const [cause] = error.explain().causes;
    const advice = error.code === 'SEC_E_TARGET_UNKNOWN' ? registration(spn) : cause?.check[0];
    const detail = `${spn}: ${error.code}. ${cause?.summary ?? ''}`.trim();
    return { results: [address, failed(head.id, head.title, { message: detail }, advice)], tokenSize: undefined };
  }
}

async function checkAddress(host: string): Promise<CheckResult> {
  const head = { id: 'address', title: 'Address' };
  if (isIP(host) !== 0) {
    const advice = 'There are no tickets for addresses, so NTLM is used: use the name of the host.';
    return { ...head, status: 'warn', detail: `${host} is an IP address`, advice };
  }
  const start = performance.now();
  try {
    const addresses = await lookup(host, { all: true });
    const list = addresses.map(({ address }) => address).join(', ');
    return { ...head, status: 'ok', detail: `${host} is ${list} (${durationText(performance.now() - start)})` };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const advice =
      'Clients cannot connect with this name, although tickets do not need an address. Check the spelling and the DNS.';
    return { ...head, status: 'warn', detail: `${host} has no address (${code ?? 'unknown'})`, advice };
  }
}
