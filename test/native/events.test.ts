/** The events of docs/events.md on the real secur32: what only real tokens, names and packages can show. */
import { accept, acquireCredentials, initiate, type NtlmChosen, type SspiEvents } from 'sspi';
import { describeInDomain, lab } from './support/lab';
import { drive, driveOwning } from './support/drive';
import { leavesNothingAlive } from './support/live-counts';
import { rejection } from '../outcome';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { useKerberosPair } from './support/kerberos';

leavesNothingAlive();

type Name = keyof SspiEvents;

const stops: (() => void)[] = [];
afterEach(() => stops.splice(0).forEach((stop) => stop()));

/** What is published on a channel from now on to the end of the test. */
function published<Each extends Name>(name: Each): SspiEvents[Each][] {
  const messages: SspiEvents[Each][] = [];
  const handle = (message: unknown): void => void messages.push(message as SspiEvents[Each]);
  subscribe(name, handle);
  stops.push(() => unsubscribe(name, handle));
  return messages;
}

describeInDomain('events', () => {
  const credentials = useKerberosPair();
  const flags = ['mutualAuth', 'confidentiality'] as const;

  test('of a Kerberos sign-on: both sides’ legs with the sizes of their tokens, who it was, and the disposals', async () => {
    const legs = published('sspi:leg:finished');
    const established = published('sspi:handshake:established');
    const disposed = published('sspi:handshake:disposed');
    const ntlm = published('sspi:ntlm:chosen');
    const target = lab().services.web.spn;
    {
      await using both = await drive(
        initiate(credentials.outbound, { target, flags }),
        accept(credentials.inbound, { flags }),
      );
      const [request, reply] = both.tokens.map(({ length }) => length);
      expect(legs.map(({ handshake, code, received, sent }) => [handshake.role, code, received, sent])).toEqual([
        ['initiator', 'SEC_I_CONTINUE_NEEDED', undefined, request],
        ['acceptor', 'SEC_E_OK', request, reply],
        ['initiator', 'SEC_E_OK', reply, undefined],
      ]);
      expect(established.map(({ handshake, clientName }) => [handshake.role, clientName?.toLowerCase()])).toEqual([
        ['acceptor', both.server.clientName?.toLowerCase()],
        ['initiator', undefined],
      ]);
      expect(established[0]?.clientName).toMatch(/alice/i);
      for (const each of established) {
        expect(each.package).toBe('Kerberos');
        expect(each.flags).toEqual(expect.arrayContaining([...flags]));
      }
      for (const { duration } of legs) expect(duration).toBeGreaterThan(0);
    }
    expect(disposed.map(({ established: wasEstablished }) => wasEstablished)).toEqual([true, true]);
    expect(ntlm).toEqual([]);
  });

  test('of a service that nobody owns: the cause of the failure', async () => {
    const failed = published('sspi:handshake:failed');
    await using client = initiate(credentials.outbound, { target: `HTTP/nobody.${lab().dnsDomain}` });
    const error = await rejection(client.step());
    expect(failed).toMatchObject([
      {
        code: error.code,
        status: error.status,
        call: 'InitializeSecurityContext',
        leg: 0,
        cause: error.explain().causes[0]?.cause,
      },
    ]);
    expect(failed[0]?.cause).toBe('spn-unknown');
  });

  test('of NTLM: who, from which machine, for which service, on both sides', async () => {
    const acquired = published('sspi:credential:acquired');
    const ntlm = published('sspi:ntlm:chosen');
    const { alice } = lab().users;
    const identity = { user: alice.name, domain: lab().workgroup, password: alice.password };
    const outbound = await acquireCredentials({ package: 'NTLM', use: 'outbound', identity });
    await using inbound = await acquireCredentials({ package: 'NTLM', use: 'inbound' });
    const client = initiate(outbound, { target: 'HTTP/10.0.0.1' });
    await using _both = await driveOwning(outbound, client, accept(inbound));
    expect(_both.server.package).toBe('NTLM');
    const account = `${lab().workgroup}\\${alice.name}`;
    expect(acquired.map((each) => [each.package, each.use, each.account])).toEqual([
      ['NTLM', 'outbound', account],
      ['NTLM', 'inbound', undefined],
    ]);
    const of = (role: string): NtlmChosen | undefined => ntlm.find(({ handshake }) => handshake.role === role);
    const reasons = (role: string): string[] | undefined => of(role)?.reasons.map(({ reason }) => reason);
    expect(ntlm).toHaveLength(2);
    expect(of('initiator')).toMatchObject({ target: 'HTTP/10.0.0.1', handshake: { account } });
    expect(reasons('initiator')).toEqual(['ntlm-credentials', 'target-is-address']);
    for (const role of ['initiator', 'acceptor']) {
      expect(of(role)?.client?.toLowerCase()).toBe(account.toLowerCase());
      expect(of(role)?.workstation).toMatch(/./);
    }
    expect(reasons('acceptor')).toEqual(expect.arrayContaining(['ntlm-credentials', 'chosen-by-client']));
    expect(JSON.stringify([acquired, ntlm])).not.toContain(alice.password);
  });
});
