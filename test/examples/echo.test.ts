import net from 'node:net';
import { once } from 'node:events';
import { Program, describeInDomain, lab, run } from './processes';

jest.setTimeout(120_000);

const server = 'examples/echo-server.mjs';
const client = 'examples/echo-client.mjs';

async function listening(program: Program): Promise<string> {
  const [, port] = await program.printed(/listening on .*:(\d+)/);
  return port as string;
}

/** On Windows without a domain the current user signs on to itself, without a target. */
const target = lab === undefined ? [] : ['--target', lab.services.web.spn];
const outcome =
  lab === undefined ? /^established by \w+: / : /^established by Kerberos: the server has proved who it is\n$/;

describe('the echo example', () => {
  it('returns sealed lines to the current user, and each side knows the other', async () => {
    await using echo = new Program(server, { args: ['--port', '0'] });
    const port = await listening(echo);
    const { code, stdout, stderr } = await run(client, {
      args: ['--port', port, ...target],
      input: 'hello\nGrüße\n',
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'hello\nGrüße\n' });
    expect(stderr).toMatch(outcome);
    await echo.printed(/^.+ by \w+$/m);
  });

  it('outlives clients that speak nonsense', async () => {
    await using echo = new Program(server, { args: ['--port', '0'] });
    const port = await listening(echo);
    const send = async (bytes: Buffer): Promise<void> => {
      const socket = net.connect(Number(port), '127.0.0.1');
      socket.on('error', () => undefined);
      socket.end(bytes);
      socket.resume();
      await once(socket, 'close');
    };

    await send(Buffer.from([0, 0, 0, 0]));
    await echo.printed(/^refused: ERR_SSPI_EMPTY_TOKEN$/m);
    await send(Buffer.from([0, 0, 0, 5, 1, 2, 3, 4, 5]));
    await echo.printed(/^refused: SEC_E_\w+$/m);
    await send(Buffer.from([0x7f, 0xff, 0xff, 0xff]));
    await echo.printed(/^lost: A message of 2147483647 bytes is too long\.$/m);
    await send(Buffer.from([0, 0, 1, 0, 1]));
    await echo.printed(/^lost: The connection ended inside a message\.$/m);
    await send(Buffer.alloc(0));
    await echo.printed(/^refused: ERR_SSPI_PEER_ENDED$/m);

    const { code, stdout } = await run(client, {
      args: ['--port', port, ...target],
      input: 'still there?\n',
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'still there?\n' });
  });
});

describeInDomain('the echo example in a domain', ({ users, workgroup }) => {
  it('refuses a wrong password', async () => {
    await using echo = new Program(server, { args: ['--port', '0', '--package', 'NTLM'] });
    const port = await listening(echo);
    const { code } = await run(client, {
      args: ['--port', port, '--package', 'NTLM', '--user', `${workgroup}\\${users.bob.name}`],
      input: 'hello\n',
      env: { SSPI_PASSWORD: 'wrong' },
    });
    expect(code).toBe(1);
    await echo.printed(/^refused: SEC_E_LOGON_DENIED$/m);
  });
});
