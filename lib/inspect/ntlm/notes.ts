import { info, warning, type Note } from '../values';
import { findAv } from './av-pairs';
import { micOf } from './mic';
import { avFlagUntrustedSpn, ntlmFlags } from './names';
import type { NtlmAuthenticate, NtlmChallenge, NtlmNegotiate, NtlmV2Response } from './types';

/** It is about what comes after the sign-on: NTLMv2 responses also work without it. */
const noSessionSecurity = warning(
  'no extended session security: messages that are signed or encrypted later have a CRC-32 and one key for both directions',
);
const zeroBindings = '00000000000000000000000000000000';

export function negotiateNotes(message: NtlmNegotiate): Note[] {
  const flags = message.flags.value;
  const notes: Note[] = [];
  if ((flags & ntlmFlags.extendedSessionSecurity) === 0) notes.push(noSessionSecurity);
  if ((flags & ntlmFlags.localCall) !== 0)
    notes.push(info('the client believes that the server is on the same machine'));
  return notes;
}

export function challengeNotes(message: NtlmChallenge): Note[] {
  const flags = message.flags.value;
  const notes: Note[] = [];
  if ((flags & ntlmFlags.targetTypeDomain) !== 0) notes.push(info('the target is a domain'));
  else if ((flags & ntlmFlags.targetTypeServer) !== 0) {
    notes.push(info('the target is a server with its own accounts, in no domain'));
  }
  if ((flags & ntlmFlags.localCall) !== 0) {
    notes.push(info('a local call: client and server are on one machine, and no password is checked'));
  }
  if ((flags & ntlmFlags.extendedSessionSecurity) === 0) notes.push(noSessionSecurity);
  const pairs = message.targetInfo;
  if (pairs === undefined) {
    notes.push(warning('no target information: the client probably cannot answer with NTLMv2'));
  } else if (findAv(pairs, 'MsvAvTimestamp') === undefined) {
    notes.push(info('no timestamp: the client uses its own clock and need not send a MIC'));
  } else {
    notes.push(info('has a timestamp: the client must send a MIC and no LM response'));
  }
  return notes;
}

export function authenticateNotes(message: NtlmAuthenticate): Note[] {
  const notes: Note[] = [];
  const flags = message.flags?.value ?? 0;
  const { ntResponse, lmResponse } = message;
  if (ntResponse.type === 'absent' && (lmResponse.type === 'anonymous' || lmResponse.type === 'absent')) {
    notes.push(warning('anonymous: this message contains no user and no password'));
    return notes;
  }
  if ((flags & ntlmFlags.anonymous) !== 0) notes.push(warning('the client asks for an anonymous session'));
  if (ntResponse.type === 'NTLMv2') {
    notes.push(...bindingNotes(ntResponse));
  } else {
    const version = ntResponse.type === 'NTLMv1-ESS' ? 'NTLMv1 with extended session security' : 'NTLMv1';
    notes.push(warning(`${version}: its DES can be broken within hours, and current servers refuse it`));
  }
  if (lmResponse.type === 'LM') notes.push(warning('contains an LM response: the weakest form of the password'));
  notes.push(...micNotes(message));
  if ((flags & ntlmFlags.keyExchange) !== 0 && message.encryptedRandomSessionKey === undefined) {
    notes.push(warning('key exchange was agreed on, but no session key is sent'));
  }
  if ((flags & (ntlmFlags.sign | ntlmFlags.seal)) === 0) {
    notes.push(info('neither signing nor encryption was agreed on: what follows is not protected'));
  }
  return notes;
}

function micNotes(message: NtlmAuthenticate): Note[] {
  const { mic, announced } = micOf(message);
  if (mic === 'none' || (mic === 'zero' && !announced)) {
    return announced
      ? [warning('a MIC is announced, but the message has none: it was removed in transit, or the client has a bug')]
      : [warning('no MIC: NTLM without integrity, the three messages may have been changed in transit')];
  }
  if (mic === 'zero') return [warning('a MIC is announced, but it is all zero: the server will refuse it')];
  return announced
    ? [info('has a MIC over the three messages')]
    : [warning('has room for a MIC but does not announce it: the server will not check it')];
}

function bindingNotes(response: NtlmV2Response): Note[] {
  const notes: Note[] = [];
  const bindings = findAv(response.avPairs, 'MsvAvChannelBindings');
  if (bindings === undefined) {
    notes.push(
      warning('channel bindings: none; the client does not support them, and a server that requires them refuses it'),
    );
  } else if (bindings === zeroBindings) {
    notes.push(warning('channel bindings: none (all zero): not over TLS, or the client did not use them'));
  } else {
    notes.push(info('channel bindings: present'));
  }
  const target = findAv(response.avPairs, 'MsvAvTargetName');
  if (target === undefined || target === '')
    notes.push(info('contains no target (SPN): the server cannot tell for whom it was meant'));
  const flags = findAv(response.avPairs, 'MsvAvFlags')?.value ?? 0;
  if ((flags & avFlagUntrustedSpn) !== 0) notes.push(info('the target name is from an untrusted source'));
  return notes;
}
