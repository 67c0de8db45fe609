export interface NtlmExchange {}
export interface NtlmSecret {}
export interface NtlmVerification {}
export interface VerifyOptions {}
export declare function verifyNtlmExchange(a: unknown, b: unknown, c: unknown): NtlmVerification;
