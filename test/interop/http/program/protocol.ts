/** What the programs of the HTTP suites tell the tests, line by line. */
import type { AuthenticateOptions, RefusalRecord } from 'sspi/http';

export interface ServerSetting {
  /** 0 for any. */
  readonly port: number;
  readonly options: Pick<AuthenticateOptions, 'persist' | 'ntlm' | 'schemes' | 'proxy' | 'optional'>;
}

export interface ServerLine {
  readonly ports?: readonly number[];
  readonly request?: { readonly connection: number; readonly client: string };
  readonly refusal?: RefusalRecord;
}

/** The body of an answer. */
export interface ServedIdentity {
  readonly connection: number;
  readonly package: string;
  readonly persisted: boolean;
  readonly name: string | null;
  /** A digest of the context's session key; null where the platform tells none. */
  readonly key: string | null;
}

export interface ClientSetting {
  /** Written to X-Client. */
  readonly client: string;
  readonly port: number;
  readonly host: string;
  readonly target: string;
  readonly rounds: number;
}

export interface ClientReport {
  /** Signed-on requests whose answer has this handshake's own key. */
  readonly paired: number;
  /** What was answered instead. */
  readonly strange: readonly string[];
  /** Statuses of requests without a token, which nobody may be signed on with. */
  readonly anonymous: Readonly<Record<string, number>>;
  /** How the first message of NTLM is answered: status and WWW-Authenticate. */
  readonly ntlm: string;
}
