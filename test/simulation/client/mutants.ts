/** Clients that are wrong in one way each: the simulation has to notice. */
import type { Mutation } from '../server-code';

/** What is wrong, and where it is made so: modules are paths below lib/http/client/. */
export const mutants: Readonly<Record<string, Mutation>> = {
  'a token leaves for the target of a redirection that is not listed, as for every origin': {
    module: 'rules',
    changes: [['if (!origins.has(origin))\n        return undefined;', '']],
  },
  'an address gets a token without being listed in ntlm': {
    module: 'rules',
    changes: [['if ((0, origin_1.isAddress)(origin) && !ntlm.has(origin))', 'if (false)']],
  },
  'NTLM is let through where it is not listed': {
    module: 'rules',
    changes: [['ntlm: ntlm.has(origin),', 'ntlm: true,']],
  },
  'NTLM is let through that credentials of the caller choose': {
    module: 'sign-on/session',
    changes: [['if (!this.#target.ntlm && this.byNtlm)', 'if (false)']],
  },
  'NTLM is sent before anybody has asked': {
    module: 'connection/party',
    changes: [['ntlm: ntlm && !unasked', 'ntlm']],
  },
  'every origin may act for the user': {
    module: 'rules',
    changes: [['delegate: delegate.has(origin),', 'delegate: true,']],
  },
  'a proxy that a function has named gets a token': {
    module: 'proxy/server',
    changes: [['proxy.named || origins.has(proxy.origin)', 'true']],
  },
  'a proxy that is not listed gets a token with CONNECT': {
    module: 'proxy/tunnel',
    changes: [['refuseUnlessPermitted(answer, options.proxy);', '']],
  },
  'the key of the pool has no identity: connections are shared by agents': {
    module: 'agent',
    changes: [
      [
        'super({ keepAlive: true, ...node });',
        'super({ keepAlive: true, ...node });\n        this.freeSockets = SspiAgent.free ??= {};',
      ],
    ],
  },
  'credentials are kept without the identity': {
    module: 'credentials',
    changes: [
      [
        'this.#given = source.credentials;',
        'this.#given = source.credentials;\n        this.#acquired = ClientCredentials.acquired ??= new Map();',
      ],
    ],
  },
  'the key of the pool has no proxy': {
    module: 'client',
    changes: [['delegate.has(origin), way]', 'delegate.has(origin)]']],
  },
  'a handshake goes on on another connection': {
    module: 'connection/exchange',
    changes: [['if (begun && (0, http_head_1.endsConnection)(head))', 'if (false)']],
  },
  'mutual authentication is skipped': {
    module: 'sign-on/session',
    changes: [['if (!proved)', 'if (false)']],
  },
  'the last token of the server is not fed in': {
    module: 'sign-on/session',
    changes: [['if (waiting && token !== undefined) {', 'if (challenged && waiting && token !== undefined) {']],
  },
  'the 407 of an origin is answered': {
    module: 'connection/exchange',
    changes: [['rules.kind.status === head.status)', 'rules.kind.status === head.status || head.status === 407)']],
  },
  'a 401 after success is handed on': {
    module: 'sign-on/session',
    changes: [['throw await this.#denied(token, waiting);', 'return undefined;']],
  },
  'legs go on without an end': {
    module: 'sign-on/session',
    changes: [['const maxLegs = 10;', 'const maxLegs = Infinity;']],
  },
  'what a proxy says before TLS is overlooked': {
    module: 'proxy/answer',
    changes: [
      ['if (taken.rest.length > 0)', 'if (taken.rest.length > 0 && this.answer === undefined)'],
      ['if (read(socket) !== undefined)', 'read(socket);\n                if (false)'],
    ],
  },
  'tokens are not bound to the TLS connection': {
    module: 'connection/party',
    changes: [['channelBindings: tls', 'channelBindings: undefined']],
  },
  'the body is lost with the legs': {
    module: 'connection/exchange',
    changes: [
      [
        "if (this.#mode === 'as-written')\n            body.flow(socket);",
        "if (this.#mode === 'as-written' && this.#legs.size === 0)\n            body.flow(socket);",
      ],
    ],
  },
  'a time limit runs on': {
    module: 'connection/exchange',
    changes: [['clearTimeout(timer);', '']],
  },
  'a handshake is not freed': {
    module: 'connection/party',
    changes: [['void session?.dispose().catch(() => undefined);', '']],
  },
  'the connection stays open when its request is given up': {
    module: 'connection/sign-on-stream',
    changes: [['this.#line?.socket.destroy();\n        this.#line?.answers', 'this.#line?.answers']],
  },
};
