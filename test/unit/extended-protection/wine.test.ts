/** Wine's own packages drop channel bindings: nobody may take a sign-on there for a bound one. */
import { accept, initiate, type AcceptOptions } from 'sspi';
import { bytes, credentialsFor, expectClean, script, thrown } from '../support';

const variable = 'SSPI_WINE_DROPS_BINDINGS';
const before = process.env[variable];
const channelBindings = bytes('tls-server-end-point:0123456789abcdef');

beforeEach(() => {
  delete process.env['SSPI_WINE_DROPS_BINDINGS'];
});
afterEach(async () => {
  if (before === undefined) delete process.env['SSPI_WINE_DROPS_BINDINGS'];
  else process.env[variable] = before;
  await expectClean();
});

describe.each(['8.0', '10.0', '11.2'])('under Wine %s', (wineVersion) => {
  it.each(['Negotiate', 'Kerberos', 'NTLM'])('%s is given no channel bindings', async (packageName) => {
    const binding = script({ wineVersion });
    await using credentials = await credentialsFor(packageName);
    for (const begin of [initiate, accept]) {
      expect(thrown(() => begin(credentials, { channelBindings }))).toMatchObject({
        code: 'ERR_SSPI_UNSUPPORTED_PLATFORM',
        message: expect.stringContaining(`Wine’s ${packageName} ignores channel bindings`) as string,
      });
    }
    expect(binding.callsOf('AcceptSecurityContext')).toEqual([]);
  });

  it.each<[string, AcceptOptions]>([
    ['always', { channelBindings, extendedProtection: 'always' }],
    [
      'whenSupported behind a proxy',
      { extendedProtection: { policy: 'whenSupported', serviceNames: ['HTTP/web.corp.test'] } },
    ],
  ])('Extended Protection is refused: %s', async (_, options) => {
    script({ wineVersion });
    await using credentials = await credentialsFor();
    expect(thrown(() => accept(credentials, options))).toMatchObject({ code: 'ERR_SSPI_UNSUPPORTED_PLATFORM' });
  });

  it('the policy never is not refused: it gives SSPI no bindings', async () => {
    const binding = script({ wineVersion, acceptor: [{}] });
    await using credentials = await credentialsFor();
    await using server = accept(credentials, { channelBindings, extendedProtection: 'never' });
    await server.step(bytes('token'));
    expect(binding.callsOf('AcceptSecurityContext')).toMatchObject([{ channelBindings: undefined }]);
  });

  it('the lab’s variable lets bindings pass', async () => {
    process.env[variable] = 'accepted';
    const binding = script({ wineVersion, acceptor: [{}] });
    await using credentials = await credentialsFor();
    await using server = accept(credentials, { channelBindings, extendedProtection: 'always' });
    await server.step(bytes('token'));
    expect(binding.callsOf('AcceptSecurityContext')[0]?.channelBindings).toBeDefined();
  });

  it.each(['1', 'true', ''])('no other value of it does: %j', async (value) => {
    process.env[variable] = value;
    script({ wineVersion });
    await using credentials = await credentialsFor();
    expect(thrown(() => accept(credentials, { channelBindings }))).toMatchObject({
      code: 'ERR_SSPI_UNSUPPORTED_PLATFORM',
    });
  });
});

it('packages that are not Wine’s own get them', async () => {
  const packages = [{ name: 'Scripted', comment: '', capabilities: 0, version: 1, rpcId: 0, maxToken: 1000 }];
  const binding = script({ wineVersion: '8.0', acceptor: [{}], packages });
  await using credentials = await credentialsFor('Scripted');
  await using server = accept(credentials, { channelBindings });
  await server.step(bytes('token'));
  expect(binding.callsOf('AcceptSecurityContext')[0]?.channelBindings).toBeDefined();
});

it('Windows gets them', async () => {
  const binding = script({ acceptor: [{}] });
  await using credentials = await credentialsFor();
  await using server = accept(credentials, { channelBindings });
  await server.step(bytes('token'));
  expect(binding.callsOf('AcceptSecurityContext')[0]?.channelBindings).toBeDefined();
});
