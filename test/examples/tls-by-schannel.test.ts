import net from 'node:net';
import { once } from 'node:events';
import { describeInDomain, run } from './processes';
import { relayTo } from './relay';

jest.setTimeout(120_000);

const program = 'examples/tls-by-schannel.mjs';
const applicationData = 0x17;

describeInDomain('the Schannel example', ({ controller }) => {
  const ldaps = { host: controller.address, port: controller.ports.ldaps };
  const args = (port: number): string[] => ['--host', controller.host, '--address', ldaps.host, '--port', String(port)];

  it('speaks TLS with the domain controller', async () => {
    const { code, stdout, stderr } = await run(program, { args: args(ldaps.port) });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Schannel, granted: .*confidentiality/m);
    expect(stdout).toContain(`the server calls itself ${controller.host}\n`);
  });

  it.each([
    ['nothing', ''],
    ['garbage', Buffer.from('garbage that is no record').toString('hex')],
    ['half a record', '160303007a020000'],
  ])('ends with an error where the server says %s and leaves', async (_, said) => {
    const server = net.createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        socket.write(Buffer.from(said, 'hex'));
        socket.destroySoon();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { code, stdout, stderr } = await run(program, { args: args((server.address() as net.AddressInfo).port) });
    server.close();
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/Error: /);
    expect(stderr).not.toMatch(/Unhandled 'error' event/);
  });

  it('refuses a record in which one bit was changed', async () => {
    let changed = false;
    await using relay = await relayTo(ldaps, (chunk, way) => {
      if (changed || way !== 'down' || chunk[0] !== applicationData) return;
      changed = true;
      chunk.writeUInt8(chunk.readUInt8(chunk.length - 1) ^ 1, chunk.length - 1);
    });
    const { code, stdout, stderr } = await run(program, { args: args(relay.port) });
    expect(changed).toBe(true);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^DecryptMessage failed: SEC_E_/m);
  });
});
