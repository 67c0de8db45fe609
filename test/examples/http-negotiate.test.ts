import http from 'node:http';
import { once } from 'node:events';
import { Program, describeInDomain, lab, run } from './processes';

jest.setTimeout(120_000);

const server = 'examples/http-negotiate-server.mjs';
const client = 'examples/http-negotiate-client.mjs';

async function listening(program: Program): Promise<string> {
  const [, url] = await program.printed(/listening on (http:\S+)/);
  return url as string;
}

async function get(url: string, authorization?: string): Promise<http.IncomingMessage> {
  const headers = authorization === undefined ? {} : { authorization };
  const [response] = (await once(http.get(url, { headers, agent: false }), 'response')) as [http.IncomingMessage];
  response.resume();
  return response;
}

/** On Windows without a domain the current user signs on to itself. */
const target = lab === undefined ? [] : ['--target', lab.services.web.spn];
const outcome = lab === undefined ? /^HTTP 200 by \w+, / : /^HTTP 200 by Kerberos, the server's identity is proved\n$/;

describe('the HTTP Negotiate example', () => {
  it('signs the current user on, and the server proves who it is', async () => {
    await using web = new Program(server, { args: ['--port', '0'] });
    const { code, stdout, stderr } = await run(client, { args: [...target, await listening(web)] });
    expect(stderr).toMatch(outcome);
    expect(stdout).toMatch(/^You are .*, by \w+\.\n$/);
    expect(code).toBe(0);
  });

  it('asks strangers to sign on and refuses nonsense', async () => {
    await using web = new Program(server, { args: ['--port', '0'] });
    const url = await listening(web);
    const unknown = await get(url);
    expect([unknown.statusCode, unknown.headers['www-authenticate']]).toEqual([401, 'Negotiate']);
    const nonsense = await get(url, 'Negotiate bm9uc2Vuc2U=');
    expect([nonsense.statusCode, nonsense.headers.connection]).toEqual([401, 'close']);
    await web.printed(/^refused: SEC_E_\w+$/m);
  });
});

describeInDomain('the HTTP Negotiate example in a domain', ({ users, workgroup }) => {
  it('carries the three legs of NTLM over one connection', async () => {
    await using web = new Program(server, { args: ['--port', '0'] });
    const { code, stderr } = await run(client, {
      args: ['--user', `${workgroup}\\${users.bob.name}`, await listening(web)],
      env: { SSPI_PASSWORD: users.bob.password },
    });
    expect(stderr).toBe("HTTP 200 by NTLM, the server's identity is not proved\n");
    expect(code).toBe(0);
  });

  it('refuses a wrong password', async () => {
    await using web = new Program(server, { args: ['--port', '0'] });
    const { code, stderr } = await run(client, {
      args: ['--user', `${workgroup}\\${users.bob.name}`, await listening(web)],
      env: { SSPI_PASSWORD: 'wrong' },
    });
    expect(stderr).toMatch(/^HTTP 401 /);
    expect(code).toBe(1);
    await web.printed(/^refused: SEC_E_LOGON_DENIED$/m);
  });
});
