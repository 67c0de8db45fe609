/** Every token, cut off at every byte. */
import { decode, formatTree, InspectError, summarize } from 'sspi/inspect';
import { corpus } from './support/corpus';

describe.each(corpus().map(({ name, bytes }) => [name, bytes] as const))('%s', (_, bytes) => {
  test('decodes whole', () => {
    const token = decode(bytes);
    expect(token.offset).toBe(0);
    expect(token.length).toBe(bytes.length);
    expect(token).not.toHaveProperty('trailing');
    expect(formatTree(token).split('\n').length).toBeGreaterThan(1);
    expect(summarize(token)).not.toBe('');
  });

  test('cut short, ends in an InspectError that points into it', () => {
    for (let size = 0; size < bytes.length; size += 1) {
      try {
        const token = decode(bytes.subarray(0, size));
        // Old forms end earlier, and a flight of records or of messages is whole after each of them.
        expect(['ntlm-negotiate', 'ntlm-challenge', 'tls', 'negoex', 'gss-message', 'channel-bindings']).toContain(
          token.kind,
        );
      } catch (error) {
        if (!(error instanceof InspectError)) throw error;
        expect(error.offset).toBeGreaterThanOrEqual(0);
        expect(error.offset).toBeLessThanOrEqual(size);
        if (error.partial !== undefined) {
          expect(formatTree(error.partial)).toContain('✗');
          expect(summarize(error.partial)).toContain('damaged');
        }
      }
    }
  });
});
