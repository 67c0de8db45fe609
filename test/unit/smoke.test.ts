import { initiate, accept } from 'sspi';
import { CONTINUE, bytes, credentialsFor, drain, expectClean, script } from './support';

afterEach(expectClean);

test('both ways to drive', async () => {
  script({
    initiator: [{ status: CONTINUE, token: bytes('a') }, { status: 0 }],
    acceptor: [{ status: 0, token: bytes('b') }],
  });
  await using credentials = await credentialsFor();
  await using client = initiate(credentials, { flags: ['mutualAuth', 'confidentiality', 'integrity'] });
  await using server = accept(credentials, { flags: ['confidentiality', 'integrity'] });
  const first = await client.step();
  const { legs } = await drain(server.legs([first.token!]));
  const last = await client.step(legs[0]!.token);
  expect(last).toMatchObject({ token: undefined, expectsReply: false });
  const sealed = client.context.wrap(bytes('hello'));
  expect(server.context.unwrap(sealed)).toEqual(bytes('hello'));
});
