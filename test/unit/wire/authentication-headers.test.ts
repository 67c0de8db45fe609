import { challengesOf, credentialsOf, decodeToken, schemesOf, tokenOf } from '#lib/wire/authentication-headers';

describe('challenges', () => {
  it('are read from lines, from lists and beside parameters with commas in quotes', () => {
    expect(challengesOf(['Negotiate oRQ=, Basic realm="a, b", NTLM', 'Digest realm="x", nonce="y"'])).toEqual([
      { scheme: 'Negotiate', token68: 'oRQ=' },
      { scheme: 'Basic', token68: undefined },
      { scheme: 'NTLM', token68: undefined },
      { scheme: 'Digest', token68: undefined },
    ]);
    expect(schemesOf(['NTLM', 'Negotiate', 'NTLM'])).toEqual(['NTLM', 'Negotiate']);
  });

  it('have a token only for the scheme that is asked for, whatever its case', () => {
    expect(tokenOf(['NTLM AQID', 'negotiate BAUG'], 'Negotiate')).toEqual(Buffer.from([4, 5, 6]));
    expect(tokenOf(['Negotiate'], 'Negotiate')).toBeUndefined();
    expect(tokenOf(['Negotiate !!!'], 'Negotiate')).toBeUndefined();
  });
});

describe('credentials', () => {
  it.each([
    ['Negotiate YII=', { scheme: 'Negotiate', rest: 'YII=' }],
    ['  negotiate   YII=  ', { scheme: 'negotiate', rest: 'YII=' }],
    ['Negotiate', { scheme: 'Negotiate', rest: '' }],
    ['Negotiate a b', { scheme: 'Negotiate', rest: 'a b' }],
    ['', undefined],
    ['"x"', undefined],
  ])('%j', (value, expected) => {
    expect(credentialsOf(value)).toEqual(expected);
  });
});

describe('a token', () => {
  it.each(['AQID', 'AQI=', 'AQI', 'AQ==', 'AQ'])('%s is base64', (text) => {
    expect(decodeToken(text)?.[0]).toBe(1);
  });

  it.each(['', '=', 'A', 'AQI==', 'AQ=', 'AQ===', 'AQ==AQ==', 'AQ ID', 'AQ-_', 'AQ*D', 'AQID\n'])(
    '%j is not',
    (text) => {
      expect(decodeToken(text)).toBeUndefined();
    },
  );
});
