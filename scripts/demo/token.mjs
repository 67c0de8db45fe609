/** What a token is, in a few words. */
const kerberosOid = Buffer.from('06092a864886f71201020201', 'hex').subarray(0, 11);
const kerberosMessages = { 0x0100: 'AP-REQ', 0x0200: 'AP-REP', 0x0300: 'KRB-ERROR' };
const ntlmMessages = { 1: 'NEGOTIATE', 2: 'CHALLENGE', 3: 'AUTHENTICATE' };

export function describe(token) {
  if (token.length === 0) return 'a token of zero bytes';
  if (token.subarray(0, 8).toString('latin1') === 'NTLMSSP\0')
    return `NTLM ${ntlmMessages[token.readUInt32LE(8)] ?? 'message'}`;
  const at = token.indexOf(kerberosOid);
  if (token[0] === 0x60 && at > 0 && at < 8)
    return `Kerberos ${kerberosMessages[token.readUInt16BE(at + 11)] ?? 'message'}`;
  if (token.readUInt16BE() === 0x0504) return `Kerberos message, ${token[2] & 2 ? 'sealed' : 'signed'} (RFC 4121)`;
  return token[0] === 0x60 || token[0] === 0xa1 ? 'SPNEGO' : 'a token';
}
