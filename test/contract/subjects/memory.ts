import { bindingOf } from '#lib/testing/provider';
import { memoryProvider } from 'sspi/testing';
import type { Subject } from '../subject';

/** The domain in memory, with Kerberos. */
export const memory: Subject = {
  title: 'the in-memory peers',
  kind: 'memory',
  binding: bindingOf(memoryProvider({ users: { alice: 'Wonderland' } })),
  packageName: 'Kerberos',
  target: 'HTTP/web.example.test',
  scripts: undefined,
};
