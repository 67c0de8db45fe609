import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Application, checkout, run, runNode } from './installed';
import { runNodeOnWindows, testOnWindows } from './windows';

const app = new Application();

beforeAll(() => app.install());
afterAll(() => app.remove());

/** What a program does with the package where there is no SSPI; `sspi` is the loaded module. */
const program = `
  const certificate = new (require('node:crypto').X509Certificate)(PEM);
  const failures = {
    acquireCredentials: await code(() => sspi.acquireCredentials({ package: 'Negotiate', use: 'outbound' })),
    listPackages: await code(() => sspi.listPackages()),
    badArgument: await code(() => sspi.acquireCredentials({ package: 'Negotiate', use: 'sideways' })),
  };
  const binding = sspi.tlsServerEndPoint(certificate);
  console.log(JSON.stringify({
    names: Object.keys(sspi).sort(),
    failures,
    binding: binding.subarray(0, 21).toString(),
    structure: sspi.secChannelBindings(binding).length - binding.length,
  }));
  async function code(work) {
    try { await work(); return 'no failure'; } catch (error) {
      return error instanceof sspi.SspiError ? error.code : String(error);
    }
  }
`;

// openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=web.corp.test -sha256
const pem = `-----BEGIN CERTIFICATE-----
MIIBhzCCAS2gAwIBAgIUI4RHnKiRB+XbuqsYUfkkVoYrEY4wCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNd2ViLmNvcnAudGVzdDAgFw0yNjExMjAxMDMwNTJaGA8yMTI2
MTAyNzEwMzA1MlowGDEWMBQGA1UEAwwNd2ViLmNvcnAudGVzdDBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABLnvJQtNesQepbSzI4mL/A1XZfEPRsgdbtFm+WgM2rs7
ndLjeYpqdyO8Bl69dElIngnRN8SZSTtPuGiaQ5B+NEKjUzBRMB0GA1UdDgQWBBTJ
1YzKkbnXYIcyVwktbQbvKyj9iTAfBgNVHSMEGDAWgBTJ1YzKkbnXYIcyVwktbQbv
Kyj9iTAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIFK4H3G0VRIy
JWkdTYugQNlQC2wHjBtn+IboiQ0CiRztAiEAptPX7AZwcxV7Du7ZX89uMF9CdRsK
6w/FeHv3n37xqv8=
-----END CERTIFICATE-----`;

const withPem = program.replace('PEM', JSON.stringify(pem));

const consumers = [
  ['CommonJS', 'consumer.cjs', `(async () => { const sspi = require('sspi'); ${withPem} })();`],
  [
    'an ES module',
    'consumer.mjs',
    `import * as sspi from 'sspi'; import { createRequire } from 'node:module';
     const require = createRequire(import.meta.url); ${withPem}`,
  ],
] as const;

(process.platform === 'win32' ? describe.skip : describe)('off Windows', () => {
  test.each(consumers)('%s loads the package and uses what needs no SSPI', async (_kind, file, text) => {
    const { code, stdout, stderr } = await runNode([app.write(file, text)], app.directory);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      names: [
        'SspiError',
        'accept',
        'acquireCredentials',
        'currentToken',
        'domainSid',
        'formatSid',
        'initiate',
        'listPackages',
        'lookupNames',
        'lookupSids',
        'packIdentity',
        'parseSid',
        'secChannelBindings',
        'sidToBytes',
        'stats',
        'tlsExporter',
        'tlsServerEndPoint',
        'tlsUnique',
        'wellKnownSids',
      ],
      failures: {
        acquireCredentials: 'ERR_SSPI_UNSUPPORTED_PLATFORM',
        listPackages: 'ERR_SSPI_UNSUPPORTED_PLATFORM',
        badArgument: 'ERR_SSPI_INVALID_ARGUMENT',
      },
      binding: 'tls-server-end-point:',
      structure: 32,
    });
  });
});

(process.platform === 'win32' ? describe.skip : describe)('sspi/http off Windows', () => {
  const work = `
    const code = async (work) => { try { await work(); return 'no failure'; } catch (error) { return error.code; } };
    console.log(JSON.stringify([
      Object.keys(http).sort(),
      await code(() => http.authenticate({ ntlm: 'sometimes' })),
      await code(() => http.authenticate().ready()),
      http.identityOf({ req: {} }) === undefined,
    ]));`;

  test.each([
    ['CommonJS', 'http.cjs', `const http = require('sspi/http'); (async () => { ${work} })();`],
    ['an ES module', 'http.mjs', `import * as http from 'sspi/http'; ${work}`],
  ])('%s loads it, and the start fails with the reason', async (_kind, file, text) => {
    const { code, stdout, stderr } = await runNode([app.write(file, text)], app.directory);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual([
      ['SspiAgent', 'authenticate', 'createDispatcher', 'createFetch', 'identityOf', 'isSupported'],
      'ERR_SSPI_INVALID_ARGUMENT',
      'ERR_SSPI_UNSUPPORTED_PLATFORM',
      true,
    ]);
  });
});

(process.platform === 'win32' ? describe.skip : describe)('sspi/sasl and sspi/ldap off Windows', () => {
  const work = `
    const code = async (work) => { try { await work(); return 'no failure'; } catch (error) { return error.code; } };
    console.log(JSON.stringify([
      Object.keys(sasl),
      Object.keys(ldap).sort(),
      await code(() => sasl.createMechanism({ mechanism: 'PLAIN' })),
      await code(() => sasl.createMechanism({ mechanism: 'GSSAPI', target: 'ldap/dc1.corp.test' }).step()),
      await code(() => ldap.sspiConnection({ tls: 'yes' })),
      ldap.directoryReason('80090308: LdapErr: DSID-0C090447, data 775, v4563').name,
    ]));`;

  test.each([
    [
      'CommonJS',
      'sasl.cjs',
      `const sasl = require('sspi/sasl'); const ldap = require('sspi/ldap'); (async () => { ${work} })();`,
    ],
    ['an ES module', 'sasl.mjs', `import * as sasl from 'sspi/sasl'; import * as ldap from 'sspi/ldap'; ${work}`],
  ])('%s loads them, and a sign-on fails with the reason', async (_kind, file, text) => {
    const { code, stdout, stderr } = await runNode([app.write(file, text)], app.directory);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual([
      ['createMechanism'],
      ['directoryReason', 'findControllers', 'sspiConnection', 'tokenGroups', 'whoAmI'],
      'ERR_SSPI_INVALID_ARGUMENT',
      'ERR_SSPI_UNSUPPORTED_PLATFORM',
      'ERR_SSPI_INVALID_ARGUMENT',
      'ERROR_ACCOUNT_LOCKED_OUT',
    ]);
  });
});

(process.platform === 'win32' ? describe.skip : describe)('sspi/register off Windows', () => {
  test.each(['--import', '--require'])('%s: one line, and the program is as it is', async (option) => {
    const file = app.write('registered.cjs', 'console.log(process.argv.length);');
    const { code, stdout, stderr } = await runNode([option, 'sspi/register', file], app.directory);
    expect({ code, stdout: stdout.trim() }).toEqual({ code: 0, stdout: '2' });
    expect(stderr).toMatch(/^sspi\/register: [^\n]*Windows[^\n]*\n$/);
  });
});

(process.platform === 'win32' ? describe.skip : describe)('sspi/mssql off Windows', () => {
  // As a driver calls the connector, of a server that says that it does not encrypt.
  const work = `
    const code = async (work) => { try { await work(); return 'no failure'; } catch (error) { return error.code; } };
    const { options } = sql.windowsSignOn({ server: 'localhost', options: { encrypt: false } });
    const server = createServer((socket) => socket.write(Buffer.from('0401000f00000100' + '0100060001ff02', 'hex')));
    server.listen(0, '127.0.0.1', async () => {
      console.log(JSON.stringify([
        Object.keys(sql).sort(),
        await code(() => sql.windowsSignOn({ server: 'localhost', user: 'sa' })),
        await code(() => options.connector({ host: '127.0.0.1', port: server.address().port })),
      ]));
      server.close();
    });`;

  test.each([
    ['CommonJS', 'sql.cjs', `const { createServer } = require('node:net'); const sql = require('sspi/mssql'); ${work}`],
    ['an ES module', 'sql.mjs', `import { createServer } from 'node:net'; import * as sql from 'sspi/mssql'; ${work}`],
  ])('%s loads it, and connecting fails with the reason', async (_kind, file, text) => {
    const { code, stdout, stderr } = await runNode([app.write(file, text)], app.directory);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual([
      ['windowsConnector', 'windowsSignOn'],
      'ERR_SSPI_INVALID_ARGUMENT',
      'ERR_SSPI_UNSUPPORTED_PLATFORM',
    ]);
  });
});

describe('on Windows', () => {
  const work = `const names = (await sspi.listPackages()).map(({ name }) => name); console.log(names.includes('Kerberos'));`;

  testOnWindows.each([
    ['CommonJS', 'windows.cjs', `const sspi = require('sspi'); (async () => { ${work} })();`],
    ['an ES module', 'windows.mjs', `import * as sspi from 'sspi'; ${work}`],
  ])('%s uses SSPI', async (_kind, file, text) => {
    app.write(file, text);
    const { code, stdout, stderr } = await runNodeOnWindows([file], app.directory);
    const complaint = code === 0 ? '' : stderr;
    expect({ code, stdout: stdout.trim(), complaint }).toEqual({ code: 0, stdout: 'true', complaint: '' });
  });
});

describe('sspi/http on Windows', () => {
  const work = `
    const signOn = authenticate();
    await signOn.ready();
    const server = createServer({ maxHeaderSize: 80 * 1024 }, (request, response) =>
      signOn(request, response, () => response.end('passed')));
    signOn.attach(server);
    server.listen(0, '127.0.0.1', () => {
      get({ host: '127.0.0.1', port: server.address().port, agent: false }, (answer) => {
        console.log(answer.statusCode, answer.headers['www-authenticate']);
        answer.resume();
        server.close();
      });
    });`;

  testOnWindows.each([
    [
      'CommonJS',
      'serve.cjs',
      `const { createServer, get } = require('node:http'); const { authenticate } = require('sspi/http');
       (async () => { ${work} })();`,
    ],
    [
      'an ES module',
      'serve.mjs',
      `import { createServer, get } from 'node:http'; import { authenticate } from 'sspi/http'; ${work}`,
    ],
  ])('%s asks its clients to sign on, and ends', async (_kind, file, text) => {
    app.write(file, text);
    const { code, stdout, stderr } = await runNodeOnWindows([file], app.directory);
    const complaint = code === 0 ? '' : stderr;
    expect({ code, stdout: stdout.trim(), complaint }).toEqual({ code: 0, stdout: '401 Negotiate', complaint: '' });
  });
});

const manifest = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as { exports: object };
// sspi/register is loaded for what it does, and exports nothing.
const entryPoints = Object.keys(manifest.exports).filter((path) => !/\.json$|\/register$/.test(path));

test.each(entryPoints.map((path) => path.replace('.', 'sspi')))(
  'import and require of %s give the same objects by the same names',
  async (name) => {
    const text = `import * as imported from '${name}'; import { createRequire } from 'node:module';
      const required = createRequire(import.meta.url)('${name}');
      const different = Object.keys(imported).filter((key) => imported[key] !== required[key]);
      console.log(JSON.stringify([Object.keys(required).sort(), Object.keys(imported).sort(), different]));`;
    const { stdout } = await runNode([app.write('both.mjs', text)], app.directory);
    const [required, imported, different] = JSON.parse(stdout) as string[][];
    expect(imported).toEqual(required);
    expect(imported).not.toEqual([]);
    expect(different).toEqual([]);
  },
);

test('nothing but the exported paths can be reached', async () => {
  const text = `try { require('sspi/dist/index.js'); } catch (error) { console.log(error.code); }`;
  const { stdout } = await runNode([app.write('inside.cjs', text)], app.directory);
  expect(stdout).toBe('ERR_PACKAGE_PATH_NOT_EXPORTED\n');
});

test('the command is installed and explains itself', async () => {
  const { code, stdout, stderr } = await run('npm', ['exec', '--offline', '--', 'sspi', '--help'], app.directory);
  expect({ code, stderr: stderr.replace(/^npm warn.*\n/gm, '') }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/sspi .*decode/s);
});
