import type { NtlmAuthenticate } from './types';

/**
 * What an AUTHENTICATE message has for a MIC, and whether its MsvAvFlags announce one: a server checks what is announced, and
 * nothing else.
 */
export function micOf({ mic, ntResponse }: NtlmAuthenticate): { mic: 'none' | 'zero' | 'present'; announced: boolean } {
  const pairs = ntResponse.type === 'NTLMv2' ? ntResponse.avPairs : [];
  const announced = pairs.some((pair) => pair.name === 'MsvAvFlags' && pair.value.names.includes('MIC_PRESENT'));
  if (mic === undefined) return { mic: 'none', announced };
  return { mic: !mic.masked && /^0*$/.test(mic.hex) ? 'zero' : 'present', announced };
}
