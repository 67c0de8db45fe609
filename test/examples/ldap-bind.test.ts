import { describeInDomain, run, type Lab } from './processes';
import { relayTo } from './relay';

jest.setTimeout(120_000);

const program = 'examples/ldap-bind.mjs';
const mechanisms = ['GSSAPI', 'GSS-SPNEGO'];

describeInDomain('the LDAP example', (lab) => {
  const { controller, realm, users, workgroup } = lab;
  const address = { host: controller.address, port: controller.ports.ldap };
  const target = ['--target', controller.spn];

  it.each(mechanisms)('binds by %s as the current user, and is told so', async (mechanism) => {
    const { code, stdout, stderr } = await run(program, { args: [...target, '--mechanism', mechanism] });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^bound by Kerberos, granted: mutualAuth.*confidentiality.*integrity/m);
    expect(stdout).toMatch(/^who am I\? {2}(u:CORP\\alice|ProtocolError: .* not supported Code: 0x2)$/m);
    expect(stdout).toMatch(/^first SID {2}S-1-5-21-\d+-\d+-\d+-\d+$/m);
    expect(stdout).toMatch(/^account {4}alice \(CN=alice,/m);
  });

  it.each([
    ['GSSAPI', `${users.bob.name}@${realm}`, 'Kerberos'],
    ['GSS-SPNEGO', `${workgroup}\\${users.bob.name}`, 'NTLM'],
  ])('binds by %s as %s, by password, with %s', async (mechanism, user, packageName) => {
    const { code, stdout, stderr } = await run(program, {
      args: [...target, '--mechanism', mechanism, '--user', user],
      env: { SSPI_PASSWORD: users.bob.password },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^bound by ${packageName}, granted: .*confidentiality`));
    expect(stdout).toMatch(/^account {4}bob \(CN=bob,/m);
  });

  it('shows an eavesdropper nothing of what is asked and answered', async () => {
    await using relay = await relayTo(address);
    const { code } = await run(program, { args: [...target, '--port', String(relay.port)] });
    expect(code).toBe(0);
    for (const direction of ['up', 'down'] as const) {
      const sealed = Buffer.concat(relay.passed[direction].filter(isSealed)).toString('latin1');
      expect(sealed.length).toBeGreaterThan(100);
      expect(sealed).not.toMatch(/tokengroups|alice|samaccountname|corp/i);
    }
  });

  it('refuses an answer in which one bit was changed', async () => {
    const { code, stderr } = await withChanged(lab, 'down');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^DecryptMessage failed: SEC_E_MESSAGE_ALTERED/m);
  });

  it('is cut off when one bit of its request was changed', async () => {
    const { code, stderr } = await withChanged(lab, 'up');
    expect(code).toBe(1);
    expect(stderr).toMatch(/Error: Connection closed before message response was received|ECONNRESET/);
  });
});

/** Runs the example through a relay that changes the last bit of the first sealed frame in one direction. */
async function withChanged({ controller }: Lab, direction: 'up' | 'down'): ReturnType<typeof run> {
  const address = { host: controller.address, port: controller.ports.ldap };
  let changed = false;
  await using relay = await relayTo(address, (chunk, way) => {
    if (changed || way !== direction || !isSealed(chunk)) return;
    changed = true;
    chunk.writeUInt8(chunk.readUInt8(chunk.length - 1) ^ 1, chunk.length - 1);
  });
  const ending = await run(program, { args: ['--target', controller.spn, '--port', String(relay.port)] });
  expect(changed).toBe(true);
  return ending;
}

/** A sealed frame begins with its length, of less than 2^24; an LDAP message in the open with the tag of a sequence. */
function isSealed(chunk: Buffer): boolean {
  return chunk[0] === 0;
}
