import fc from 'fast-check';
import { TdsMessageParser, loginPacketSize, packetType, packets } from '#lib/wire/tds/packets';
import { integratedLogin, isBefore72, largestLogin7 } from '#lib/wire/tds/login7';
import { readLoginReply, withAddedText } from '#lib/wire/tds/login-reply';
import { WireError } from '#lib/wire/wire-error';
import {
  decodePrelogin,
  encodePrelogin,
  encryption,
  encryptionOf,
  preloginRequest,
  withoutEncryption,
} from '#lib/wire/tds/prelogin';
import { parseLogin7 } from '../../support/tds/parse-login7';

/** The driver's own LOGIN7. */
const Login7Payload = require('tedious-19/lib/login7-payload') as new (options: object) => DriversLogin7;

interface DriversLogin7 {
  hostname: string;
  userName: string | undefined;
  password: string | undefined;
  appName: string;
  serverName: string;
  libraryName: string;
  language: string;
  database: string;
  sspi: Buffer | undefined;
  fedAuth: unknown;
  toBuffer(): Buffer;
}

function driversLogin(change: Partial<DriversLogin7> = {}, tdsVersion = 0x74000004): Buffer {
  const login = new Login7Payload({
    tdsVersion,
    packetSize: 8192,
    clientProgVer: 1,
    clientPid: 2,
    connectionId: 0,
    clientTimeZone: 0,
    clientLcid: 0x409,
  });
  Object.assign(login, { hostname: 'desk', appName: 'app', serverName: 'sql.corp.test', libraryName: 'Tedious' });
  return Object.assign(login, { language: 'us_english', database: 'hr' }, change).toBuffer();
}

function cut(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}

describe('packets of TDS', () => {
  it('are 4,096 bytes at most, number themselves, and the last one says so', () => {
    const all = packets(packetType.sspi, Buffer.alloc(10_000, 7));
    expect(all.map((packet) => packet.length)).toEqual([4096, 4096, 10_000 - 2 * 4088 + 8]);
    expect(all.map((packet) => [...packet.subarray(0, 2), packet[6]])).toEqual([
      [0x11, 0, 1],
      [0x11, 0, 2],
      [0x11, 1, 3],
    ]);
    expect(packets(packetType.login7, Buffer.alloc(0))).toEqual([Buffer.from([0x10, 1, 0, 8, 0, 0, 1, 0])]);
  });

  it('become the messages that they were, however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 2 * loginPacketSize }), { maxLength: 4 }),
        fc.integer({ min: 1, max: 5000 }),
        (payloads, size) => {
          const stream = Buffer.concat(payloads.flatMap((payload) => packets(packetType.reply, payload)));
          const parser = new TdsMessageParser(100_000);
          const found: Buffer[] = [];
          for (const chunk of cut(stream, size)) {
            parser.push(chunk);
            for (let next = parser.next(); next !== undefined; next = parser.next()) found.push(next.payload);
          }
          expect(found).toEqual(payloads.map((payload) => Buffer.from(payload)));
          expect(parser.partial).toBe(false);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('take one byte at a time in linear time', () => {
    const stream = Buffer.concat(packets(packetType.reply, Buffer.alloc(140_000)));
    const parser = new TdsMessageParser(200_000);
    let message;
    for (const byte of cut(stream, 1)) {
      parser.push(byte);
      message ??= parser.next();
    }
    expect(message?.payload).toHaveLength(140_000);
  });

  it('leave what comes after a message to the next reader', () => {
    const parser = new TdsMessageParser(1000);
    parser.push(Buffer.concat([...packets(packetType.reply, Buffer.from('one')), Buffer.from('rest')]));
    expect(parser.next()?.payload.toString()).toBe('one');
    expect(parser.partial).toBe(true);
    expect(parser.takeRest().toString()).toBe('rest');
    expect(parser.partial).toBe(false);
  });

  it.each([
    ['shorter than a header', Buffer.from([4, 1, 0, 7, 0, 0, 1, 0])],
    ['above the limit', Buffer.from([4, 0, 0xff, 0xff, 0, 0, 1, 0])],
  ])('%s are refused', (_, header) => {
    const parser = new TdsMessageParser(1000);
    parser.push(header);
    expect(() => parser.next()).toThrow(WireError);
  });

  it('without an end are refused at the limit', () => {
    const parser = new TdsMessageParser(1000);
    const push = (): void => {
      for (let count = 0; count < 100; count += 1) {
        parser.push(Buffer.concat([Buffer.from([4, 0, 0, 108, 0, 0, 1, 0]), Buffer.alloc(100)]));
        expect(parser.next()).toBeUndefined();
      }
    };
    expect(push).toThrow(/more than 1000 bytes/);
    const flooded = new TdsMessageParser(1000);
    expect(() => {
      flooded.push(Buffer.alloc(1001));
    }).toThrow(WireError);
  });
});

describe('PRELOGIN', () => {
  it('of the client can be read by the driver’s own reader', () => {
    const Payload = require('tedious-19/lib/prelogin-payload') as new (data: Buffer) => { encryptionString: string };
    expect(new Payload(preloginRequest(encryption.on)).encryptionString).toBe('ON');
    expect(new Payload(preloginRequest(encryption.notSupported)).encryptionString).toBe('NOT_SUP');
  });

  it('goes to the driver without encryption and without federated authentication', () => {
    const options = [
      { id: 0, value: Buffer.from([16, 0, 3, 232, 0, 0]) },
      { id: 1, value: Buffer.from([encryption.required]) },
      { id: 4, value: Buffer.from([1]) },
      { id: 6, value: Buffer.from([1]) },
    ];
    const decoded = decodePrelogin(encodePrelogin(options));
    expect(decoded).toEqual(options);
    expect(encryptionOf(decoded)).toBe(3);
    expect(withoutEncryption(decoded)).toEqual([options[0], { id: 1, value: Buffer.from([2]) }, options[2]]);
  });

  it.each([
    ['empty', ''],
    ['without an end', '00000b0006'],
    ['with an option outside of it', '0000ff0006ff'],
    ['with an option that reaches over its end', '0000060002ff00'],
    ['with an option twice', '01000b000101000c0001ff0001'],
    ['with half an entry', '000006'],
  ])('%s is refused', (_, hex) => {
    expect(() => decodePrelogin(Buffer.from(hex, 'hex'))).toThrow(WireError);
  });

  it.each([
    ['no option', [{ id: 0, value: Buffer.alloc(6) }]],
    ['an empty one', [{ id: 1, value: Buffer.alloc(0) }]],
    ['two bytes', [{ id: 1, value: Buffer.alloc(2) }]],
  ])('that says nothing of encryption (%s) is refused', (_, options) => {
    expect(() => encryptionOf(decodePrelogin(encodePrelogin(options)))).toThrow(WireError);
  });

  it('of any bytes is read or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          decodePrelogin(Buffer.from(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
    );
  });
});

describe('LOGIN7', () => {
  it('keeps what the driver says, without user and password, and carries the token', () => {
    const token = Buffer.from('the first token');
    const driver = driversLogin({ userName: 'sa', password: 'secret' });
    const login = parseLogin7(integratedLogin(driver, token));
    expect(login).toMatchObject({
      host: 'desk',
      user: '',
      password: '',
      app: 'app',
      server: 'sql.corp.test',
      library: 'Tedious',
      language: 'us_english',
      database: 'hr',
      integrated: true,
      packetSize: 8192,
      token,
    });
    expect([...login.features.keys()]).toEqual([...parseLogin7(driver).features.keys()]);
    expect(login.features.size).toBeGreaterThan(0);
    expect(integratedLogin(driver, token).includes('secret', 0, 'utf16le')).toBe(false);
  });

  it.each([1, 5_000, 65_534, 65_535, 65_536, 120_000])('carries a token of %d bytes', (size) => {
    const token = Buffer.alloc(size, 0xa5);
    expect(parseLogin7(integratedLogin(driversLogin(), token)).token.equals(token)).toBe(true);
  });

  it('is refused above 128 KiB − 1, and not below', () => {
    const driver = driversLogin();
    const room = largestLogin7 - integratedLogin(driver, Buffer.alloc(0)).length;
    expect(integratedLogin(driver, Buffer.alloc(room))).toHaveLength(131_071);
    expect(() => integratedLogin(driver, Buffer.alloc(room + 1))).toThrow(WireError);
    expect(() => integratedLogin(driver, Buffer.alloc(140_000))).toThrow(WireError);
  });

  it('of TDS 7.1 has no features, and shorter DONE tokens', () => {
    const driver = driversLogin({}, 0x71000001);
    expect(isBefore72(driver)).toBe(true);
    expect(isBefore72(driversLogin())).toBe(false);
    expect(isBefore72(driversLogin({}, 0x08000000))).toBe(false);
    expect(parseLogin7(integratedLogin(driver, Buffer.from('t'))).features.size).toBe(0);
  });

  it('with an authentication of its own is refused', () => {
    expect(() => integratedLogin(driversLogin({ sspi: Buffer.from('NTLMSSP') }), Buffer.from('t'))).toThrow(WireError);
    const fedAuth = { type: 'SECURITYTOKEN', echo: false, fedAuthToken: 'x' };
    expect(() => integratedLogin(driversLogin({ fedAuth }), Buffer.from('t'))).toThrow(/federated/);
  });

  it('with changed bytes is written anew or refused', () => {
    const driver = driversLogin();
    fc.assert(
      fc.property(fc.nat(driver.length - 1), fc.nat(255), (at, value) => {
        const changed = Buffer.from(driver);
        changed[at] = value;
        let login: Buffer;
        try {
          login = integratedLogin(changed, Buffer.from('token'));
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
          return;
        }
        expect(parseLogin7(login).token.toString()).toBe('token');
      }),
      { numRuns: 500 },
    );
  });
});

describe('the reply to a login', () => {
  const sized = (type: number, body: Buffer): Buffer => {
    const head = Buffer.from([type, 0, 0]);
    head.writeUInt16LE(body.length, 1);
    return Buffer.concat([head, body]);
  };
  const text16 = (text: string): Buffer => Buffer.from(text, 'utf16le');
  const error = (number: number, text: string): Buffer => {
    const head = Buffer.alloc(8);
    head.writeInt32LE(number);
    head[4] = 1;
    head[5] = 14;
    head.writeUInt16LE(text.length, 6);
    return sized(0xaa, Buffer.concat([head, text16(text), Buffer.from([0, 0, 1, 0, 0, 0])]));
  };
  const done = Buffer.concat([Buffer.from([0xfd]), Buffer.alloc(12)]);

  it('is taken apart', () => {
    const token = sized(0xed, Buffer.from('token'));
    const acknowledgement = sized(0xad, Buffer.alloc(10));
    const size = sized(0xe3, Buffer.concat([Buffer.from([4, 4]), text16('8000'), Buffer.from([4]), text16('4096')]));
    const features = Buffer.from([0xae, 0x0a, 1, 0, 0, 0, 1, 0xff]);
    const reply = readLoginReply(Buffer.concat([token, acknowledgement, size, features, done]), false);
    expect(reply).toEqual({
      sspi: [Buffer.from('token')],
      others: [acknowledgement, size, features, done],
      acknowledged: true,
      errors: [],
      packetSize: 8000,
    });
  });

  it('has the numbers of its errors, and DONE of TDS 7.1', () => {
    const reply = readLoginReply(Buffer.concat([error(18456, 'Login failed.'), Buffer.alloc(9, 0xfd)]), true);
    expect(reply.errors).toEqual([18456]);
    expect(reply.others).toHaveLength(2);
  });

  it.each([
    ['a token of an unknown type', '42'],
    ['rows', '81'],
    ['half a length', 'ed00'],
    ['a token outside', 'edffff00'],
    ['half a DONE', 'fd0000'],
    ['features without an end', 'ae0a01000000'],
    ['an error without a number', 'aa02000000'],
  ])('with %s is refused', (_, hex) => {
    expect(() => readLoginReply(Buffer.from(hex, 'hex'), false)).toThrow(WireError);
  });

  it('of any bytes is read or refused', () => {
    const types = fc.constantFrom(0x79, 0xaa, 0xab, 0xad, 0xae, 0xe3, 0xe4, 0xed, 0xee, 0xfd);
    fc.assert(
      fc.property(types, fc.uint8Array({ maxLength: 80 }), fc.boolean(), (type, bytes, before72) => {
        try {
          readLoginReply(Buffer.from([type, ...bytes]), before72);
        } catch (problem) {
          expect(problem).toBeInstanceOf(WireError);
        }
      }),
    );
  });

  it('takes text that is added to an error, and nothing else', () => {
    const longer = withAddedText(error(18452, 'Login failed.'), ' Because.');
    expect(longer).toEqual(error(18452, 'Login failed. Because.'));
    expect(withAddedText(done, ' Because.')).toBe(done);
    const full = error(18452, 'x'.repeat(32_000));
    expect(withAddedText(full, 'y'.repeat(2_000))).toBe(full);
  });
});
