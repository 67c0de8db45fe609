import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** test/data, seen from where the compiled tests run: dist-test/unit/inspect/support. */
const folder = join(__dirname, '..', '..', '..', '..', 'test', 'data');

export const readText = (name: string): string => readFileSync(join(folder, name), 'utf8');

export interface KnownAnswers {
  readonly ms_nlmp_4_2: {
    readonly inputs: Readonly<
      Record<
        | 'user'
        | 'domain'
        | 'password'
        | 'server'
        | 'workstation'
        | 'randomSessionKey'
        | 'time'
        | 'clientChallenge'
        | 'serverChallenge'
        | 'plaintextUtf16',
        string
      >
    >;
    readonly v1: Readonly<Record<string, string>>;
    readonly v1_ess: Readonly<Record<string, string>>;
    readonly v2: Readonly<Record<string, string>> & {
      readonly challengeMessage: string;
      readonly authenticateMessage: string;
    };
  };
  readonly freerdp_ntlm_http: Readonly<
    Record<
      | 'user'
      | 'domain'
      | 'password'
      | 'ntHash'
      | 'ntlmv2Hash'
      | 'sessionBaseKey'
      | 'mic'
      | 'cbt'
      | 'targetName'
      | 'negotiate'
      | 'challenge'
      | 'authenticate',
      string
    >
  >;
  readonly epa_tls_server_end_point: Readonly<
    Record<'certificateDer' | 'certificateSha256' | 'gssChannelBindingsStruct' | 'md5' | 'SEC_CHANNEL_BINDINGS', string>
  >;
  readonly spnego_tokens: Readonly<
    Record<
      | 'negTokenResp_acceptCompleted_noToken'
      | 'negTokenInit2_serverHint'
      | 'negTokenInit_krb5'
      | 'krbError_clockSkew_eData',
      string
    >
  >;
}

export const knownAnswers = JSON.parse(readText('known-answers.json')) as KnownAnswers;

export interface MitKrb5 {
  readonly aes256_mutual: readonly [string, string];
  readonly aes256_oneway: readonly [string];
  readonly rc4_mutual: readonly [string, string];
  readonly aes_sha2_mutual: readonly [string, string];
  readonly spnego_mutual: readonly [string, string];
  readonly delegation: readonly [string, string];
  readonly dce_style: readonly [string, string, string];
  readonly wrap_sealed: string;
  readonly wrap_unsealed: string;
  readonly mic: string;
  /** AS-REQ, KRB-ERROR, AS-REQ, AS-REP, TGS-REQ, TGS-REP. */
  readonly kdc_exchange: readonly [string, string, string, string, string, string];
  readonly kdc_errors: readonly string[];
}

export const mitKrb5 = JSON.parse(readText('mit-krb5.json')) as MitKrb5;

export interface SambaExchange {
  /** NEGOTIATE, CHALLENGE, AUTHENTICATE. */
  readonly messages: readonly [string, string, string];
  /** What Samba says that the session key is. */
  readonly sessionKey?: string;
}

export const samba = JSON.parse(readText('samba-ntlm.json')) as {
  readonly user: string;
  readonly domain: string;
  readonly password: string;
  readonly exchanges: Readonly<Record<string, SambaExchange>>;
};

export const hex = (text: string): Buffer => Buffer.from(text.replace(/\s+/g, ''), 'hex');
