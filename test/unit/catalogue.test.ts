/** The catalogue of statuses and causes: hints and explanations have it in common. */
import { certificateStatuses, ntStatuses, securityStatuses, win32Statuses } from '#lib/errors/status-table';
import { statusError } from '#lib/errors/make';
import { withEvidence } from '#lib/errors/sspi-error';
import type { SspiApi, SspiError } from 'sspi';

const statuses = Object.entries({ ...securityStatuses, ...certificateStatuses, ...ntStatuses, ...win32Statuses });

/** Failed calls of which nothing is known but the call: no token, no target. */
const calls: readonly (readonly [api: SspiApi, leg: number | undefined])[] = [
  ['InitializeSecurityContext', 0],
  ['AcceptSecurityContext', 0],
  ['AcceptSecurityContext', 1],
  ['AcquireCredentialsHandle', undefined],
  ['DecryptMessage', undefined],
];

const failure = (status: number, api: SspiApi, leg: number | undefined): SspiError =>
  withEvidence(statusError(status, { api, package: 'Negotiate' }, leg === undefined ? {} : { leg }), () => ({
    package: 'Negotiate',
  }));

describe.each(calls)('%s, leg %s', (api, leg) => {
  test('the hint is the first remedy that the explanation has', () => {
    const apart = statuses.flatMap(([name, status]) => {
      const error = failure(status, api, leg);
      const [first] = error.explain().causes;
      const remedies = [
        first?.check[0],
        `${first?.summary} ${first?.check[0]}`,
        `${first?.summary} To check: ${first?.check[0]}`,
        // Nothing more specific is known, and the hint says what there is.
        first?.cause === 'other' ? first.because[0] : undefined,
      ];
      return error.hint === undefined || remedies.includes(error.hint) ? [] : [{ name, hint: error.hint, first }];
    });
    expect(apart).toEqual([]);
  });

  test('a status whose causes are known has a hint', () => {
    const silent = statuses.filter(([, status]) => {
      const error = failure(status, api, leg);
      return error.hint === undefined && error.explain().causes[0]?.cause !== 'other';
    });
    expect(silent).toEqual([]);
  });
});
