import { ScriptedProvider } from '#lib/testing/scripted-provider';
import type { LegCall, ScriptedLeg } from '#lib/testing/script';
import type { Play, Scene, Scripts, Subject } from '../subject';

const CONTINUE_NEEDED = 0x00090312;
const INVALID_TOKEN = 0x80090308;
const [client, server] = [Buffer.from('C1'), Buffer.from('S1')];

/** The handshake that the scripted security package plays where it is told nothing. */
function defaultLeg({ api, index, input }: LegCall): ScriptedLeg {
  if (api === 'AcceptSecurityContext') {
    return input?.equals(client) === true ? { token: server } : { status: INVALID_TOKEN };
  }
  if (index === 0) return { status: CONTINUE_NEEDED, token: client };
  return input?.equals(server) === true ? {} : { status: INVALID_TOKEN };
}

/** Gates, and who waits for them. */
class Gates {
  readonly #gates = new Map<string, { readonly opened: Promise<void>; readonly open: () => void }>();

  opened(name: string | undefined): Promise<void> | undefined {
    return name === undefined ? undefined : this.#gate(name).opened;
  }

  open(name: string): void {
    this.#gate(name).open();
  }

  #gate(name: string) {
    let gate = this.#gates.get(name);
    if (gate === undefined) {
      let open!: () => void;
      const opened = new Promise<void>((resolve) => (open = resolve));
      this.#gates.set(name, (gate = { opened, open }));
    }
    return gate;
  }
}

/** A scripted binding that plays the scenes of its credentials. */
export function scriptSubject(): Subject & { readonly binding: ScriptedProvider; readonly scripts: Scripts } {
  const gates = new Gates();
  const scenes: Scene[] = [];
  const ofCredential = new Map<number, Scene>();
  const ofContext = new Map<number, Scene>();
  const lastPlay = new Map<number, Play>();

  const binding = new ScriptedProvider({
    credential: ({ principal, credential }) => {
      const scene = principal === undefined ? undefined : scenes[Number(principal)];
      if (scene !== undefined && credential !== undefined) ofCredential.set(credential, scene);
      const { status, gate } = scene?.acquire ?? {};
      return { status, until: gates.opened(gate) };
    },
    initiator: leg,
    acceptor: leg,
    complete: (context) => lastPlay.get(context)?.completion ?? {},
    impersonation: (context) => ofContext.get(context)?.impersonation ?? 0,
    clientName: 'SCRIPTED\\peer',
    credentialName: 'SCRIPTED\\credential',
    negotiated: 'NTLM',
    attributes: { 9: Buffer.from('a session key') },
    accessToken: {
      user: 'S-1-5-21-1-2-3-1103',
      groups: [{ sid: 'S-1-1-0', attributes: 7 }],
      isPrimary: false,
      impersonationLevel: 2,
    },
    processToken: {
      user: 'S-1-5-18',
      groups: [{ sid: 'S-1-1-0', attributes: 7 }],
      isPrimary: true,
      impersonationLevel: 2,
    },
    accounts: [{ sid: 'S-1-1-0', name: 'Everyone', domain: '', type: 5 }],
  });

  function leg(call: LegCall): ScriptedLeg {
    // The credential of its first leg is the one whose scene a context plays.
    const scene = call.index === 0 ? ofCredential.get(call.credential) : ofContext.get(call.context);
    if (scene === undefined) return defaultLeg(call);
    ofContext.set(call.context, scene);
    const play = scene.legs?.[call.index];
    if (play === undefined) return { status: 0x80090310 };
    lastPlay.set(call.context, play);
    return { ...play, until: gates.opened(play.gate) };
  }

  return {
    title: 'the scripted provider',
    kind: 'script',
    binding,
    packageName: 'NTLM',
    target: 'svc/host.test',
    scripts: {
      principal: (scene) => String(scenes.push(scene) - 1),
      packageName: 'NTLM',
      open: (gate) => Promise.resolve(gates.open(gate)),
    },
  };
}
