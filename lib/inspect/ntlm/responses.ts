import type { Cursor } from '../reading';
import { timestamp, type Draft } from '../values';
import { readAvPairs } from './av-pairs';
import { ntlmFlags } from './names';
import type { AvPair, LmResponse, NtResponse, NtlmV2Response } from './types';

/** NTProofStr, then the fixed part of NTLMv2_CLIENT_CHALLENGE. */
const smallestV2Response = 16 + 28;

/** Reads the NT half. The field's length is what tells the versions of NTLM apart. */
export function readNtResponse(c: Cursor, flags: number, lmIsClientChallenge: boolean): NtResponse {
  if (c.left === 0) return { type: 'absent' };
  if (c.left >= smallestV2Response) return readV2Response(c);
  if (c.left !== 24) return { type: 'unknown', response: c.mask(c.left, 'response') };
  const mixed = (flags & ntlmFlags.extendedSessionSecurity) !== 0 && lmIsClientChallenge;
  return { type: mixed ? 'NTLMv1-ESS' : 'NTLMv1', response: c.mask(24, 'response') };
}

function readV2Response(c: Cursor): NtlmV2Response {
  const response = c.enter<Draft<NtlmV2Response>>('ntResponse', { type: 'NTLMv2' });
  response.ntProofStr = c.mask(16, 'ntProofStr');
  response.responseVersion = c.u8('responseVersion');
  response.highResponseVersion = c.u8('highResponseVersion');
  c.skip(6, 'reserved');
  const low = c.u32le('timestamp');
  response.timestamp = timestamp(low, c.u32le('timestamp'));
  response.clientChallenge = c.hex(8, 'clientChallenge');
  c.skip(4, 'reserved');
  const avPairs: AvPair[] = c.enter('avPairs', []);
  readAvPairs(c, avPairs);
  c.leave();
  response.avPairs = avPairs;
  c.leave();
  return response as NtlmV2Response;
}

/** Reads the LM half, whose meaning depends on the NT half. */
export function readLmResponse(c: Cursor, flags: number, ntLength: number): LmResponse {
  if (c.left === 0) return { type: 'absent' };
  if (c.left === 1 && c.isZero(1)) return { type: 'anonymous' };
  if (c.left !== 24) return { type: 'unknown', response: c.mask(c.left, 'response') };
  if (c.isZero(24)) return { type: 'zero' };
  if (ntLength >= smallestV2Response) {
    return { type: 'LMv2', response: c.mask(16, 'response'), clientChallenge: c.hex(8, 'clientChallenge') };
  }
  if (ntLength === 24 && (flags & ntlmFlags.extendedSessionSecurity) !== 0) {
    const clientChallenge = c.hex(8, 'clientChallenge');
    if (c.isZero(16)) return { type: 'client-challenge', clientChallenge };
    c.position -= 8;
  }
  return { type: 'LM', response: c.mask(24, 'response') };
}
