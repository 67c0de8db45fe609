/** @tickets none */
import { accept, acquireCredentials, initiate, type SspiError } from 'sspi';

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

test('Negotiate without tickets finds out with its legs', async () => {
  await using credentials = await acquireCredentials({ package: 'Negotiate', use: 'outbound' });
  await using client = initiate(credentials, { target: 'HTTP/web.corp.test', flags: ['mutualAuth'] });
  const error = await caught(
    (async () => {
      // Wine 8 fails at once; Wine 10 begins NTLM and has no answer to the challenge.
      const { token } = await client.step();
      await using inbound = await acquireCredentials({ package: 'Negotiate', use: 'inbound' });
      await using server = accept(inbound);
      await client.step((await server.step(token)).token);
    })(),
  );
  expect(error.api).toBe('InitializeSecurityContext');
  expect(error.code).toMatch(/^SEC_E_(NO_CREDENTIALS|INVALID_TOKEN)$/);
  expect(error.explain().causes[0]?.cause).toBe('no-credentials');
});
