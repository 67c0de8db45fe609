/** When NTLM is accepted. */
import { isEncrypted } from './protection';
import type { RequestFields } from './request';
import type { Settings } from './options';
import type { Socket } from 'node:net';

/**
 * May this request sign on by NTLM? Under 'tls' its channel bindings must match, too.
 * @param pooled Is the connection that of a proxy which may share it among clients?
 */
export function ntlmAllowed(
  { ntlm, protection }: Settings,
  fields: RequestFields,
  socket: Socket,
  pooled: boolean,
): boolean {
  if (pooled) return false;
  switch (ntlm) {
    case 'never':
      return false;
    case 'allow':
      return true;
    case 'tls':
      return isEncrypted(socket) || protection.bindings !== undefined;
    case 'loopback':
      return isFromThisMachine(fields, socket);
  }
}

/**
 * A client on this machine that asks for this machine. Addresses alone do not show it: a proxy on the same machine passes on
 * what others ask, and a page of another site reaches this machine through a name of its own (DNS rebinding).
 */
export function isFromThisMachine({ forwarded, host }: RequestFields, socket: Socket): boolean {
  return !forwarded && isLoopback(socket.remoteAddress) && isLoopback(socket.localAddress) && isLoopbackHost(host);
}

function isLoopback(address: string | undefined): boolean {
  return address === '::1' || (address !== undefined && /^(::ffff:)?127\.\d+\.\d+\.\d+$/i.test(address));
}

function isLoopbackHost(host: string | undefined): boolean {
  const [, name = ''] = /^(\[[^\]]*\]|[^:]*)(?::\d*)?$/.exec(host ?? '') ?? [];
  return /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/i.test(name);
}
