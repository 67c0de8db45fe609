/** Servers that are wrong in one way each: the simulation has to notice. */
import type { Mutation } from './server-code';

/** What is wrong, and where it is made so. */
export const mutants: Readonly<Record<string, Mutation>> = {
  'state under a header': {
    module: 'judge',
    changes: [
      [
        'const connection = this.connections.of(request.socket);',
        `this.byHeader ??= new Map();
         const key = request.headers['x-forwarded-for'] ?? request.socket;
         if (!this.byHeader.has(key)) this.byHeader.set(key, this.connections.of(request.socket));
         const connection = this.byHeader.get(key);`,
      ],
    ],
  },
  'state under an address': {
    module: 'judge',
    changes: [
      [
        'const connection = this.connections.of(request.socket);',
        `this.byAddress ??= new Map();
         const key = request.socket.remoteAddress;
         if (!this.byAddress.has(key)) this.byAddress.set(key, this.connections.of(request.socket));
         const connection = this.byAddress.get(key);`,
      ],
    ],
  },
  'an identity is kept after a failed sign-on': {
    module: 'judge',
    changes: [["if (authorization.kind !== 'none')\n            connection.drop();", '']],
  },
  'a pooling proxy is trusted': {
    module: 'judge',
    changes: [['if (fields.forwarded && this.#settings.pooling)', 'if (false)']],
  },
  'the mark of a pooling proxy does not stay': {
    module: 'judge',
    changes: [
      [
        'if (fields.forwarded && this.#settings.pooling)',
        'if (!fields.forwarded) connection.pooled = false;\n        else if (this.#settings.pooling)',
      ],
    ],
  },
  'an identity is published before the policy': {
    module: 'judge',
    changes: [
      [
        'const objection = allowed.objection(principal);',
        `connection.keep(principal, lease, false, this.#clock, Infinity);
            const objection = allowed.objection(principal);`,
      ],
    ],
  },
  'the policy is not asked': {
    module: 'judge',
    changes: [['if (objection !== undefined) {', 'if (false) {']],
  },
  'a deny-only group counts': {
    module: 'identity',
    changes: [['enabled && !denyOnly', 'enabled']],
  },
  'a disabled group counts': {
    module: 'identity',
    changes: [['enabled && !denyOnly', '!denyOnly']],
  },
  'an upgrade is let through whatever its Origin': {
    module: 'ambience',
    changes: [['if (!upgrade && safeMethods', 'if (upgrade || safeMethods']],
  },
  'an unsafe method is let through whatever its Origin': {
    module: 'ambience',
    changes: [['if (!upgrade && safeMethods.has(request.method))', 'if (!upgrade)']],
  },
  'the second leg is taken from another socket': {
    module: 'judge',
    changes: [
      [
        'connection.begin(handshake);',
        'connection.begin(handshake);\n            this.begun = { connection, handshake };',
      ],
      [
        'const begun = connection.pending ?? this.#begin(attempt);',
        `const { connection: of, handshake: last } = this.begun ?? {};
         const isLater = !(0, token_kind_1.kindOfToken)(attempt.token).initial;
         const others = isLater && of?.pending === last ? last : undefined;
         const begun = connection.pending ?? others ?? this.#begin(attempt);`,
      ],
    ],
  },
  'an anonymous request inherits': {
    module: 'judge',
    changes: [['const kept = wanted && !connection.pooled;', 'const kept = !connection.pooled;']],
  },
  'an anonymous request passes': {
    module: 'judge',
    changes: [['if (this.#settings.optional)', 'if (true)']],
  },
  'maxAge is ignored': {
    module: 'judge',
    changes: [['const until = this.#clock.now() + maxAge;', 'const until = Infinity;']],
  },
  'maxAge is ignored by upgraded connections': {
    module: 'sign-on',
    changes: [['until - this.#clock.now()', 'Infinity']],
  },
  'NTLM is let through inside SPNEGO': {
    module: 'judge',
    changes: [
      ["scheme === 'NTLM' || kind.ntlm;", "scheme === 'NTLM' || token.toString('latin1').startsWith('NTLMSSP');"],
    ],
  },
  'NTLM is judged by its tokens only': {
    module: 'judge',
    changes: [['if (isNtlm(context) &&', 'if (false &&']],
  },
  'loopback is judged by addresses only': {
    module: 'ntlm',
    changes: [[' && isLoopbackHost(host)', '']],
  },
  'an identity of loopback holds for any Host': {
    module: 'judge',
    changes: [['connection.kept?.loopbackOnly === true &&', 'false &&']],
  },
  'requests do not wait for their turn': {
    module: 'connection',
    changes: [
      ['this.#last === undefined ? (async () => judge())() : this.#last.then(judge)', '(async () => judge())()'],
    ],
  },
  'an anonymous request ends the handshake of another': {
    module: 'judge',
    changes: [
      [
        'if (connection.pending !== undefined) {',
        'if (connection.pending !== undefined) {\n            connection.endHandshake();',
      ],
    ],
  },
  'an upgrade overtakes answers': {
    module: 'sign-on',
    changes: [
      [
        'if ((0, upgrade_1.hasOpenAnswer)(socket))',
        "if (verdict.kind !== 'passed' && (0, upgrade_1.hasOpenAnswer)(socket))",
      ],
    ],
  },
  'what comes after a refused upgrade is lost': {
    module: 'upgrade',
    changes: [['socket.unshift(head);', '{}']],
  },
  'the body of a refused upgrade is a request': {
    module: 'upgrade',
    changes: [['!hasBody(request) && ', '']],
  },
  'a reset after a refused upgrade is an uncaught exception': {
    module: 'upgrade',
    changes: [
      [
        "socket.on('error', () => undefined);\n        socket.end(answer, () => socket.destroy());",
        'socket.end(answer);',
      ],
    ],
  },
  'the final token is lost': {
    module: 'judge',
    changes: [['additions: { authenticate, persistent: kept }', 'additions: { persistent: kept }']],
  },
  'Persistent-Auth promises too much': {
    module: 'judge',
    changes: [['additions: { authenticate, persistent: kept }', 'additions: { authenticate, persistent: true }']],
  },
  'a queued answer keeps its context': {
    module: 'sign-on',
    changes: [['connection.endWithConnection(lease);', '']],
  },
  'a handshake outlives its connection': {
    module: 'connection',
    changes: [['this.#leases.clear();\n        this.endHandshake();', 'this.#leases.clear();']],
  },
  'a place among the pending handshakes is not given back': {
    module: 'pending',
    changes: [['this.#beginning.release();', '']],
  },
};
