/** Published tokens decode to their published fields. */
import { decode, type Masked, type NtlmV2Response } from 'sspi/inspect';
import { hex, knownAnswers } from './support/data';

const bytes = (value: Masked | undefined): string => {
  if (value === undefined || value.masked) throw new Error('masked');
  return value.hex;
};

describe('MS-NLMP 4.2.4 (NTLMv2)', () => {
  const { inputs, v2 } = knownAnswers.ms_nlmp_4_2;

  test('CHALLENGE', () => {
    expect(decode(hex(v2.challengeMessage))).toMatchObject({
      kind: 'ntlm-challenge',
      targetName: inputs.server,
      serverChallenge: inputs.serverChallenge,
      flags: {
        value: 0xe28a8233,
        names: [
          'NTLMSSP_NEGOTIATE_UNICODE',
          'NTLM_NEGOTIATE_OEM',
          'NTLMSSP_NEGOTIATE_SIGN',
          'NTLMSSP_NEGOTIATE_SEAL',
          'NTLMSSP_NEGOTIATE_NTLM',
          'NTLMSSP_NEGOTIATE_ALWAYS_SIGN',
          'NTLMSSP_TARGET_TYPE_SERVER',
          'NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY',
          'NTLMSSP_NEGOTIATE_TARGET_INFO',
          'NTLMSSP_NEGOTIATE_VERSION',
          'NTLMSSP_NEGOTIATE_128',
          'NTLMSSP_NEGOTIATE_KEY_EXCH',
          'NTLMSSP_NEGOTIATE_56',
        ],
      },
      targetInfo: [
        { id: 2, name: 'MsvAvNbDomainName', value: 'Domain' },
        { id: 1, name: 'MsvAvNbComputerName', value: 'Server' },
      ],
      version: { major: 6, minor: 0, build: 6000, revision: 15 },
    });
  });

  test('AUTHENTICATE', () => {
    const token = decode(hex(v2.authenticateMessage), { reveal: true });
    if (token.kind !== 'ntlm-authenticate' || token.lmResponse.type !== 'LMv2') throw new Error(token.kind);
    const response = token.ntResponse as NtlmV2Response;
    expect(token).toMatchObject({ domainName: inputs.domain, userName: inputs.user, workstation: inputs.workstation });
    expect(token.flags?.value).toBe(0xe2888235);
    expect(token.version).toMatchObject({ major: 5, minor: 1, build: 2600 });
    expect(token.mic).toBeUndefined();
    expect(bytes(token.lmResponse.response) + token.lmResponse.clientChallenge).toBe(v2['LMv2Response']);
    expect(bytes(response.ntProofStr)).toBe(v2['NTProofStr']);
    expect(response.clientChallenge).toBe(inputs.clientChallenge);
    expect(response.timestamp).toEqual({ filetime: '0', iso: '1601-01-01T00:00:00.000Z' });
    expect(bytes(token.encryptedRandomSessionKey)).toBe(v2['EncryptedSessionKey']);
  });
});

describe("FreeRDP's exchange with MIC", () => {
  const known = knownAnswers.freerdp_ntlm_http;

  test('NEGOTIATE', () => {
    const token = decode(hex(known.negotiate));
    expect(token).toMatchObject({ kind: 'ntlm-negotiate', flags: { value: 0xa2088207 }, version: { build: 9600 } });
    expect(token).not.toHaveProperty('domainName');
    expect(token).not.toHaveProperty('workstation');
  });

  test('CHALLENGE', () => {
    expect(decode(hex(known.challenge))).toMatchObject({
      kind: 'ntlm-challenge',
      serverChallenge: 'a4f1baa67cdc1a12',
      targetInfo: [
        { name: 'MsvAvNbDomainName', value: 'NEWYEAR' },
        { name: 'MsvAvNbComputerName', value: 'NEWYEAR' },
        { name: 'MsvAvDnsDomainName', value: 'lab.wayk.local' },
        { name: 'MsvAvDnsComputerName', value: 'newyear' },
        { name: 'MsvAvTimestamp', value: { iso: '2014-06-18T15:12:18.004Z' } },
      ],
    });
  });

  test('AUTHENTICATE', () => {
    const token = decode(hex(known.authenticate), { reveal: true });
    if (token.kind !== 'ntlm-authenticate') throw new Error(token.kind);
    const response = token.ntResponse as NtlmV2Response;
    expect(token).toMatchObject({ domainName: known.domain, userName: known.user, workstation: 'NEWYEAR' });
    expect(token.lmResponse).toEqual({ type: 'zero' });
    expect(bytes(token.mic)).toBe(known.mic);
    expect(response.avPairs).toContainEqual({ id: 9, name: 'MsvAvTargetName', value: known.targetName });
    expect(response.avPairs).toContainEqual({ id: 10, name: 'MsvAvChannelBindings', value: known.cbt });
    expect(response.avPairs).toContainEqual({ id: 6, name: 'MsvAvFlags', value: { value: 2, names: ['MIC_PRESENT'] } });
    expect(response.avPairs).toContainEqual({
      id: 8,
      name: 'MsvAvSingleHost',
      value: {
        size: 48,
        customData: '0100000000200000',
        machineId: '1e10f52c542f2e771c13bfc33fe17b287e0b935a39d2ce12d7bd8c4e2bb50bf5',
      },
    });
    expect(token.notes.map(({ text }) => text)).toEqual(
      expect.arrayContaining([
        'has a MIC over the three messages',
        expect.stringContaining('channel bindings: none (all zero)'),
      ]),
    );
  });
});

describe('the channel bindings of a TLS server', () => {
  const known = knownAnswers.epa_tls_server_end_point;

  test('from its certificate', () => {
    expect(decode(hex(known.certificateDer))).toMatchObject({
      kind: 'certificate',
      certificate: {
        subject: 'CN=DC-WS2008R2',
        issuer: 'CN=DC-WS2008R2',
        serialNumber: 'cb6979cd5175c5b74b6730836c784427',
        notBefore: '2012-11-17T00:59:21Z',
        notAfter: '2039-12-31T23:59:59Z',
        signatureAlgorithm: { oid: '1.3.14.3.2.29' },
      },
      tlsServerEndPoint: { hashAlgorithm: 'sha256', hash: known.certificateSha256, ntlmChannelBindings: known.md5 },
    });
  });

  test.each([
    ['gss_channel_bindings_struct', known.gssChannelBindingsStruct],
    ['SEC_CHANNEL_BINDINGS', known.SEC_CHANNEL_BINDINGS],
  ])('as %s', (layout, text) => {
    expect(decode(hex(text))).toMatchObject({
      kind: 'channel-bindings',
      layout,
      type: 'tls-server-end-point',
      data: known.certificateSha256,
      ntlmChannelBindings: known.md5,
    });
  });
});

describe('SPNEGO', () => {
  const known = knownAnswers.spnego_tokens;

  test('accept-completed alone', () => {
    const token = decode(hex(known.negTokenResp_acceptCompleted_noToken));
    expect(token).toMatchObject({ kind: 'spnego-response', negState: { value: 0, name: 'accept-completed' } });
    expect(token).not.toHaveProperty('responseToken');
    expect(token).not.toHaveProperty('supportedMech');
  });

  test("a server's hints", () => {
    expect(decode(hex(known.negTokenInit2_serverHint))).toMatchObject({
      kind: 'spnego-init',
      variant: 'NegTokenInit2',
      gss: { mechanism: { oid: '1.3.6.1.5.5.2', name: 'SPNEGO' } },
      mechTypes: [
        { oid: '1.3.6.1.4.1.311.2.2.30', name: 'NegoEx' },
        { oid: '1.2.840.48018.1.2.2' },
        { oid: '1.2.840.113554.1.2.2', name: 'Kerberos' },
        { oid: '1.2.840.113554.1.2.2.3' },
        { oid: '1.3.6.1.4.1.311.2.2.10', name: 'NTLM' },
      ],
      negHints: { hintName: 'not_defined_in_RFC4178@please_ignore' },
    });
  });

  test('a Kerberos AP-REQ inside', () => {
    const token = decode(hex(known.negTokenInit_krb5));
    expect(token).toMatchObject({
      kind: 'spnego-init',
      variant: 'NegTokenInit',
      mechTypes: [{ name: 'Kerberos' }, { name: 'NTLM' }],
      mechToken: {
        kind: 'krb-ap-req',
        gss: { mechanism: { name: 'Kerberos' }, tokenId: { value: 0x0100, name: 'KRB_AP_REQ' } },
        pvno: 5,
        apOptions: { value: 0x20000000, names: ['mutual-required'] },
        ticket: {
          tktVno: 5,
          realm: 'DOMAIN.LOCAL',
          sname: { nameType: { value: 3, name: 'NT-SRV-HST' }, name: 'host/dc01', components: ['host', 'dc01'] },
          encPart: {
            etype: { value: 18, name: 'aes256-cts-hmac-sha1-96' },
            kvno: 6,
            cipher: { masked: true, length: 1031 },
          },
        },
        authenticator: { etype: { value: 18 }, cipher: { masked: true, length: 202 } },
      },
    });
    expect(token).toMatchObject({ offset: 0, length: known.negTokenInit_krb5.length / 2 });
  });

  test("MS-KILE's e-data of a skewed clock", () => {
    expect(decode(hex(known.krbError_clockSkew_eData))).toMatchObject({
      kind: 'krb-error-data',
      eData: { type: 'KERB-ERROR-DATA', dataType: { value: 2, name: 'KERB_AP_ERR_TYPE_SKEW_RECOVERY' } },
    });
  });
});
