import { acquireCredentials, SspiError } from 'sspi';
import { describe } from './token.mjs';
import { line } from './terminal.mjs';

/** `acquireCredentials`, described in one line. */
export async function acquire(who, options) {
  const start = performance.now();
  const whose = options.identity === undefined ? 'the current user' : `${accountOf(options.identity)}, by password`;
  const tell = (status) =>
    line({
      who,
      call: 'AcquireCredentialsHandle',
      status,
      time: performance.now() - start,
      what: `${options.package}, ${options.use}: ${whose}`,
    });
  try {
    const credentials = await acquireCredentials(options);
    tell('SEC_E_OK');
    return credentials;
  } catch (error) {
    if (SspiError.isSspiError(error)) tell(error.code);
    throw error;
  }
}

const accountOf = ({ user, domain }) => (domain === undefined ? user : `${domain}\\${user}`);

/**
 * A handshake that prints each of its legs in one line. It can be driven in both ways, as the handshake itself.
 * @param {import('sspi').Handshake} handshake
 * @param {string} self @param {string} peer
 */
export function narrated(handshake, self, peer) {
  const call = handshake.role === 'initiator' ? 'InitializeSecurityContext' : 'AcceptSecurityContext';
  let since;
  const tellLeg = ({ code, token }) =>
    line({
      who: token === undefined ? self : `${self} → ${peer}`,
      call,
      status: code,
      bytes: token?.length,
      time: performance.now() - since,
      what: token === undefined ? 'nothing to send' : describe(token),
    });
  const tellFailure = (error) => {
    if (!SspiError.isSspiError(error)) return;
    const what = error.token === undefined ? 'nothing to send' : `${describe(error.token)} for the peer`;
    const time = performance.now() - since;
    line({ who: self, call: error.api ?? call, status: error.code, bytes: error.token?.length, time, what });
  };

  return {
    role: handshake.role,
    dispose: () => handshake.dispose(),

    get context() {
      return handshake.context;
    },

    async step(token) {
      since = performance.now();
      try {
        const leg = await handshake.step(token);
        tellLeg(leg);
        return leg;
      } catch (error) {
        tellFailure(error);
        throw error;
      }
    },

    async *legs(incoming) {
      since = performance.now();
      let told;
      try {
        for await (const leg of handshake.legs(timed(incoming))) {
          tellLeg((told = leg));
          yield leg;
        }
        // A last leg with nothing to send is not yielded.
        if (told?.expectsReply !== false) tellLeg({ code: 'established', token: undefined });
      } catch (error) {
        tellFailure(error);
        throw error;
      }
    },
  };

  /** A leg's time begins when its token has come. */
  function timed(incoming) {
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      async next() {
        const result = await incoming.next();
        since = performance.now();
        return result;
      },
    };
  }
}
