/** How far a server may act with a token (SECURITY_IMPERSONATION_LEVEL). */
export type ImpersonationLevel = 'anonymous' | 'identification' | 'impersonation' | 'delegation';

/** By Windows' numbers. */
export const impersonationLevels: readonly ImpersonationLevel[] = [
  'anonymous',
  'identification',
  'impersonation',
  'delegation',
];
