/** How a simulated proxy signs its clients on: once for the connection. */
import { decodeClaim } from '../tokens';

export interface SignOnState {
  isSignedOn: boolean;
  challenge: string | undefined;
}

/** @returns The challenge to answer with; undefined if the request may pass. */
export function signOnAt(state: SignOnState, credentials: string | undefined): string | undefined {
  if (state.isSignedOn) return undefined;
  const [scheme = 'Negotiate', text = ''] = credentials?.split(' ') ?? [];
  const claim = decodeClaim(Buffer.from(text, 'base64'));
  if (claim?.kind === 'ap-req' || (claim?.kind === 'authenticate' && claim.nonce === state.challenge)) {
    state.isSignedOn = true;
    return undefined;
  }
  if (claim?.kind !== 'negotiate') return 'Proxy-Authenticate: Negotiate';
  state.challenge = `challenge ${claim.request}`;
  const token = Buffer.from(`${state.challenge} for ${claim.request}`).toString('base64');
  return `Proxy-Authenticate: ${scheme} ${token}`;
}
