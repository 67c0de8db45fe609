import {
  endsConnection,
  fieldValues,
  hasMember,
  HeadCollector,
  parseRequestHead,
  parseResponseHead,
  withoutFields,
  writeRequestHead,
} from '#lib/wire/http-head';
import { BodyReader, framingOfRequest, framingOfResponse } from '#lib/wire/http-body';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const response = (text: string): ReturnType<typeof parseResponseHead> => parseResponseHead(bytes(text));
const request = (text: string): ReturnType<typeof parseRequestHead> => parseRequestHead(bytes(text));

describe('a head', () => {
  const message = 'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\nwww-authenticate: NTLM\r\n\r\nbody';

  test.each([1, 2, 3, 7, 1000])('is found whatever the pieces, here of %i bytes', (size) => {
    const collector = new HeadCollector(1000);
    let found: ReturnType<HeadCollector['take']>;
    let at = 0;
    for (; found === undefined; at += size) found = collector.take(bytes(message.slice(at, at + size)));
    expect(found.rest.toString() + message.slice(at)).toBe('body');
    expect(fieldValues(parseResponseHead(found.head), 'www-authenticate')).toEqual(['Negotiate', 'NTLM']);
    expect(collector.begun).toBe(false);
  });

  test('above the limit is refused, with and without an end', () => {
    expect(() => new HeadCollector(20).take(bytes(message))).toThrow('longer than 20 bytes');
    expect(() => new HeadCollector(20).take(bytes('x'.repeat(21)))).toThrow('longer than 20 bytes');
  });

  test('of a response is read', () => {
    expect(response('HTTP/1.1 200\r\nA:  b c \r\nX:')).toEqual({
      version: '1.1',
      status: 200,
      reason: '',
      fields: [
        ['A', 'b c'],
        ['X', ''],
      ],
    });
  });

  test.each([
    'SSH-2.0-OpenSSH_9.2',
    'HTTP/2 200 OK',
    'HTTP/1.1 2000 OK',
    'HTTP/1.1 099 x',
    '',
    'HTTP/1.1 200 OK\r\nA : b',
    'HTTP/1.1 200 OK\r\nA: b\r\n folded',
    'HTTP/1.1 200 OK\r\nnothing',
    'HTTP/1.1 200 OK\r\nA: b\0c',
    'HTTP/1.1 200 OK\r\nA: b\nInjected: c',
  ])('%j is no response', (text) => {
    expect(() => response(text)).toThrow(/^the /);
  });

  test('of a request is read and written as it was', () => {
    const text = 'POST /a?b HTTP/1.1\r\nHost: web\r\nX-Y: z\r\nx-y: 2';
    const head = request(text);
    expect(head).toMatchObject({ method: 'POST', target: '/a?b', version: 'HTTP/1.1' });
    expect(writeRequestHead(head)).toBe(`${text}\r\n\r\n`);
    expect(withoutFields(head.fields, 'x-y')).toEqual([['Host', 'web']]);
    expect(() => request('GET /')).toThrow('request line');
  });

  test.each([
    ['HTTP/1.1 200 OK\r\nConnection: Keep-Alive, Close', true],
    ['HTTP/1.1 200 OK\r\nConnection: closed', false],
    ['HTTP/1.1 200 OK', false],
    ['HTTP/1.0 200 OK', true],
    ['HTTP/1.0 200 OK\r\nConnection: keep-alive', false],
  ])('%j ends the connection: %s', (text, ends) => {
    expect(endsConnection(response(text))).toBe(ends);
  });

  test('members of lists are compared whole, without case', () => {
    const head = response('HTTP/1.1 200 OK\r\nTE: gzip, Chunked');
    expect(hasMember(head, 'te', 'chunked')).toBe(true);
    expect(hasMember(head, 'te', 'chunk')).toBe(false);
  });
});

describe('a body', () => {
  const chunked = '4;ext=1\r\nWiki\r\n0a\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n';

  test.each([1, 2, 5, 1000])('in chunks ends where it ends, in pieces of %i bytes', (size) => {
    const reader = new BodyReader({ by: 'chunks' });
    const all = bytes(`${chunked}HTTP/1.1`);
    let taken = 0;
    while (!reader.done) taken += reader.take(all.subarray(taken, taken + size));
    expect(taken).toBe(chunked.length);
    expect(reader.take(bytes('x'))).toBe(0);
  });

  test.each(['xyz\r\n', '\r\n', '4\r\nWikiX\r\n', `${'1'.repeat(13)}\r\n`, `1;${'x'.repeat(2000)}`, '-4\r\n'])(
    'chunks %j are refused',
    (text) => {
      expect(() => new BodyReader({ by: 'chunks' }).take(bytes(text))).toThrow('cannot be read');
    },
  );

  test('a trailer has a limit', () => {
    const text = `0\r\n${`A: ${'x'.repeat(1000)}\r\n`.repeat(20)}`;
    expect(() => new BodyReader({ by: 'chunks' }).take(bytes(text))).toThrow('trailer');
  });

  test('by length, and until the connection closes', () => {
    const byLength = new BodyReader({ by: 'length', length: 3 });
    expect([byLength.take(bytes('ab')), byLength.done, byLength.take(bytes('cd')), byLength.done]).toEqual([
      2,
      false,
      1,
      true,
    ]);
    const untilClose = new BodyReader({ by: 'close' });
    expect([untilClose.take(bytes('abc')), untilClose.done]).toEqual([3, false]);
    untilClose.end();
    expect(untilClose.done).toBe(true);
    expect(() => new BodyReader({ by: 'length', length: 1 }).end()).toThrow('ended inside');
    expect(new BodyReader({ by: 'length', length: 0 }).done).toBe(true);
  });

  test.each([
    ['HTTP/1.1 200 OK\r\nContent-Length: 5', 'GET', { by: 'length', length: 5 }],
    ['HTTP/1.1 200 OK\r\nContent-Length: 5', 'HEAD', { by: 'length', length: 0 }],
    ['HTTP/1.1 204 x', 'GET', { by: 'length', length: 0 }],
    ['HTTP/1.1 304 x\r\nContent-Length: 5', 'GET', { by: 'length', length: 0 }],
    ['HTTP/1.1 100 x', 'GET', { by: 'length', length: 0 }],
    ['HTTP/1.1 200 OK', 'GET', { by: 'close' }],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked', 'GET', { by: 'chunks' }],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip', 'GET', { by: 'close' }],
    ['HTTP/1.1 200 OK\r\nContent-Length: 5, 5', 'GET', { by: 'length', length: 5 }],
  ])('of the response %j to %s is framed', (text, method, framing) => {
    expect(framingOfResponse(response(text), method)).toEqual(framing);
  });

  test.each(['Content-Length: 5\r\nContent-Length: 6', 'Content-Length: -1', 'Content-Length: 99999999999999999'])(
    'the length %j is refused',
    (field) => {
      expect(() => framingOfResponse(response(`HTTP/1.1 200 OK\r\n${field}`), 'GET')).toThrow('contradictory');
    },
  );

  test('of requests is framed', () => {
    expect(framingOfRequest(request('GET / HTTP/1.1'))).toEqual({ by: 'length', length: 0 });
    expect(framingOfRequest(request('PUT / HTTP/1.1\r\nTransfer-Encoding: chunked'))).toEqual({ by: 'chunks' });
    expect(() => framingOfRequest(request('PUT / HTTP/1.1\r\nTransfer-Encoding: gzip'))).toThrow('unknown length');
  });
});
