import type { NtlmAuthenticate } from './types';

/**
 * The MIC field of an AUTHENTICATE message, and whether its MsvAvFlags announce a MIC: a server checks it only if it is
 * announced.
 */
export function micOf({ mic, ntResponse }: NtlmAuthenticate): { mic: 'none' | 'zero' | 'present'; announced: boolean } {
  const pairs = ntResponse.type === 'NTLMv2' ? ntResponse.avPairs : [];
  const announced = pairs.some((pair) => pair.name === 'MsvAvFlags' && pair.value.names.includes('MIC_PRESENT'));
  if (mic === undefined) return { mic: 'none', announced };
  return { mic: !mic.masked && /^0*$/.test(mic.hex) ? 'zero' : 'present', announced };
}
