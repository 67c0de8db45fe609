import { accept, acquireCredentials, initiate, SspiError, type Credentials, type Handshake } from '../index';
import type { SecurityLayer } from '../wire/sasl-layers';
import type { SecurityContext } from '../index';
import type { Settings } from './options';

/** The handshake of a mechanism, and the credentials that were acquired for it. */
export interface Started {
  readonly handshake: Handshake;
  readonly own: Credentials | undefined;
}

const packages = { GSSAPI: 'Kerberos', 'GSS-SPNEGO': 'Negotiate' } as const;

/** Acquires credentials where none were passed, and makes the handshake. */
export async function start(settings: Settings): Promise<Started> {
  if (settings.handshake !== undefined) return { handshake: settings.handshake, own: undefined };
  const { mechanism, role, identity, signal } = settings;
  const own =
    settings.credentials === undefined
      ? await acquireCredentials({
          package: packages[mechanism],
          use: role === 'initiator' ? 'outbound' : 'inbound',
          identity,
          packages: settings.packages,
          signal,
        })
      : undefined;
  try {
    return { handshake: begin(settings, (settings.credentials ?? own) as Credentials), own };
  } catch (error) {
    await own?.dispose();
    throw error;
  }
}

/** The mechanism has a time limit of its own, which covers its own messages, too. */
const noLimit = { peerTimeout: Infinity };

function begin(settings: Settings, credentials: Credentials): Handshake {
  const { channelBindings, signal, target } = settings;
  const { asked } = flagsOf(settings);
  const shared = { ...noLimit, channelBindings, signal };
  return settings.role === 'initiator'
    ? initiate(credentials, { ...shared, target, flags: [...asked, 'mutualAuth'] })
    : accept(credentials, { ...shared, flags: asked, extendedProtection: settings.extendedProtection });
}

type Flag = 'integrity' | 'confidentiality' | 'mutualAuth';

/**
 * What the layers need of the handshake. GSSAPI signs its negotiation of a layer, so it needs integrity even for none. With
 * GSS-SPNEGO the flags are the negotiation: integrity would be a layer.
 */
function flagsOf({ mechanism, layers, role }: Settings): {
  readonly asked: readonly Exclude<Flag, 'mutualAuth'>[];
  readonly required: readonly Flag[];
} {
  const needs = (layer: SecurityLayer): boolean => layers.includes(layer);
  const signs = mechanism === 'GSSAPI' || needs('integrity') || needs('confidentiality');
  const asked = [signs && 'integrity', needs('confidentiality') && 'confidentiality'] as const;
  const least = [
    (mechanism === 'GSSAPI' || !needs('none')) && 'integrity',
    layers.every((layer) => layer === 'confidentiality') && 'confidentiality',
    // NTLM, which Negotiate may choose, never proves the server's identity.
    mechanism === 'GSSAPI' && role === 'initiator' && 'mutualAuth',
  ] as const;
  return { asked: asked.filter((flag) => flag !== false), required: least.filter((flag) => flag !== false) };
}

/** Checks a finished handshake, whoever made it, before anything is protected with its context. */
export function checkGranted(context: SecurityContext, settings: Settings): void {
  const { required } = flagsOf(settings);
  const missing = required.filter((flag) => !context.flags.includes(flag));
  if (missing.length === 0) return;
  const hint = 'Name the flags in the handshake, or accept a weaker `layer`.';
  throw new SspiError({
    code: 'ERR_SSPI_REQUIREMENT_NOT_MET',
    message: `${settings.mechanism} needs ${missing.join(' and ')}, which the handshake did not grant. ${hint}`,
    hint,
    missing,
  });
}
