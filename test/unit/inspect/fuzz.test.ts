/** Damaged input ends in a result or in an InspectError, in time that grows with its length only. */
import { corpus } from './support/corpus';
import { fuzz } from './support/fuzz';

test('200,000 damaged tokens', () => {
  const report = fuzz({ seed: 20260102, inputs: 200_000, samples: corpus() });
  expect(report.inputs).toBe(200_000);
  // The mutations are neither so mild that all decode, nor so harsh that none gets beyond its first bytes.
  expect(report.decoded).toBeGreaterThan(10_000);
  for (const code of ['TRUNCATED', 'MALFORMED', 'UNKNOWN_TOKEN', 'ENCODING']) {
    expect(report.refused[`ERR_SSPI_INSPECT_${code}`]).toBeGreaterThan(1000);
  }
}, 120_000);
