import type { Cursor } from '../reading';
import type { NtlmVersion } from './types';

/** NegotiateFlags (MS-NLMP 2.2.2.5), bit 0 first. The reserved bits are numbered as there; r7 was "local call". */
export const negotiateFlagNames: readonly string[] = [
  'NTLMSSP_NEGOTIATE_UNICODE',
  'NTLM_NEGOTIATE_OEM',
  'NTLMSSP_REQUEST_TARGET',
  'r10',
  'NTLMSSP_NEGOTIATE_SIGN',
  'NTLMSSP_NEGOTIATE_SEAL',
  'NTLMSSP_NEGOTIATE_DATAGRAM',
  'NTLMSSP_NEGOTIATE_LM_KEY',
  'r9',
  'NTLMSSP_NEGOTIATE_NTLM',
  'r8',
  'NTLMSSP_NEGOTIATE_ANONYMOUS',
  'NTLMSSP_NEGOTIATE_OEM_DOMAIN_SUPPLIED',
  'NTLMSSP_NEGOTIATE_OEM_WORKSTATION_SUPPLIED',
  'NTLMSSP_NEGOTIATE_LOCAL_CALL (r7)',
  'NTLMSSP_NEGOTIATE_ALWAYS_SIGN',
  'NTLMSSP_TARGET_TYPE_DOMAIN',
  'NTLMSSP_TARGET_TYPE_SERVER',
  'r6',
  'NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY',
  'NTLMSSP_NEGOTIATE_IDENTIFY',
  'r5',
  'NTLMSSP_REQUEST_NON_NT_SESSION_KEY',
  'NTLMSSP_NEGOTIATE_TARGET_INFO',
  'r4',
  'NTLMSSP_NEGOTIATE_VERSION',
  'r3',
  'r2',
  'r1',
  'NTLMSSP_NEGOTIATE_128',
  'NTLMSSP_NEGOTIATE_KEY_EXCH',
  'NTLMSSP_NEGOTIATE_56',
];

/** The bits of NegotiateFlags that change how a message is read or what it means. */
export const ntlmFlags = {
  unicode: 0x00000001,
  sign: 0x00000010,
  seal: 0x00000020,
  datagram: 0x00000040,
  lmKey: 0x00000080,
  anonymous: 0x00000800,
  domainSupplied: 0x00001000,
  workstationSupplied: 0x00002000,
  localCall: 0x00004000,
  targetTypeDomain: 0x00010000,
  targetTypeServer: 0x00020000,
  extendedSessionSecurity: 0x00080000,
  nonNtSessionKey: 0x00400000,
  targetInfo: 0x00800000,
  version: 0x02000000,
  key128: 0x20000000,
  keyExchange: 0x40000000,
  key56: 0x80000000,
} as const;

/** MsvAvFlags (MS-NLMP 2.2.2.1). */
export const avFlagNames: readonly string[] = [
  'ACCOUNT_AUTHENTICATION_CONSTRAINED',
  'MIC_PRESENT',
  'UNTRUSTED_SPN_SOURCE',
];
export const avFlagUntrustedSpn = 0x4;

const releases: Readonly<Record<string, string>> = {
  '5.1': 'Windows XP',
  '5.2': 'Windows Server 2003',
  '6.0': 'Windows Vista, Windows Server 2008',
  '6.1': 'Windows 7, Windows Server 2008 R2, Samba',
  '6.2': 'Windows 8, Windows Server 2012',
  '6.3': 'Windows 8.1, Windows Server 2012 R2',
};

/** First builds of the releases that all call themselves 10.0, newest first. */
const builds: readonly (readonly [number, string])[] = [
  [26100, 'Windows 11 24H2, Windows Server 2025'],
  [22000, 'Windows 11'],
  [20348, 'Windows Server 2022'],
  [17763, 'Windows 10 1809 or later, Windows Server 2019'],
  [14393, 'Windows 10 1607 or later, Windows Server 2016'],
  [10240, 'Windows 10'],
];

export function readVersion(c: Cursor): NtlmVersion {
  const major = c.u8('version');
  const minor = c.u8('version');
  const build = c.u16le('version');
  c.skip(3, 'version');
  const revision = c.u8('version');
  const release =
    major === 10 && minor === 0 ? builds.find(([first]) => build >= first)?.[1] : releases[`${major}.${minor}`];
  const number = `${major}.${minor}.${build}`;
  return { major, minor, build, revision, text: release === undefined ? number : `${number} (${release})` };
}
