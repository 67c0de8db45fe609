/** @tickets none */
import { acquireCredentials, initiate, type SspiError } from 'sspi';

const caught = (work: Promise<unknown>): Promise<SspiError> =>
  work.then(
    () => Promise.reject(new Error('It was expected to fail, and did not')),
    (error: unknown) => error as SspiError,
  );

test('Kerberos without tickets has no credentials', async () => {
  const error = await caught(acquireCredentials({ package: 'Kerberos', use: 'outbound' }));
  expect(error).toMatchObject({ code: 'SEC_E_NO_CREDENTIALS', api: 'AcquireCredentialsHandle' });
  const why = error.explain();
  expect(why.causes[0]).toMatchObject({ cause: 'no-credentials', likelihood: 'likely' });
  expect(why.causes[0]?.because.join()).toContain('KRB5CCNAME');
});

test('Negotiate without tickets finds out with the first leg', async () => {
  await using credentials = await acquireCredentials({ package: 'Negotiate', use: 'outbound' });
  await using client = initiate(credentials, { target: 'HTTP/web.corp.test', flags: ['mutualAuth'] });
  const error = await caught(client.step());
  expect(error).toMatchObject({ code: 'SEC_E_NO_CREDENTIALS', api: 'InitializeSecurityContext', leg: 0 });
  expect(error.explain().causes[0]?.cause).toBe('no-credentials');
});
