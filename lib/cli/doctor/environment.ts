import { readUnixFile } from './domain';
import type { CheckResult } from './check';

type Env = Readonly<Record<string, string | undefined>>;

const variables = ['KRB5_CONFIG', 'KRB5CCNAME', 'KRB5_KTNAME'] as const;

const meanings: Readonly<Record<(typeof variables)[number], string>> = {
  KRB5_CONFIG: 'the realm and its KDCs',
  KRB5CCNAME: 'the tickets',
  KRB5_KTNAME: 'the keys of services',
};

/** libkrb5's variables: Wine's Kerberos uses them, that of Windows does not. */
export function checkEnvironment(env: Env, wine: boolean): CheckResult[] {
  return wine ? variables.map((name) => underWine(name, env[name])) : onWindows(env);
}

function underWine(name: (typeof variables)[number], value: string | undefined): CheckResult {
  const head = { id: `environment-${name.toLowerCase()}`, title: name };
  const meaning = meanings[name];
  if (value === undefined) return { ...head, status: 'ok', detail: `not set: libkrb5’s default place for ${meaning}` };
  const file = value.replace(/^(?:FILE|WRFILE):/, '');
  const isFile = file.startsWith('/') && (name !== 'KRB5_CONFIG' || !file.includes(':/'));
  if (!isFile || readUnixFile(file) !== undefined) return { ...head, status: 'ok', detail: `${value} (${meaning})` };
  const detail = `${value} (${meaning}) does not exist, or cannot be read`;
  return {
    ...head,
    status: 'fail',
    detail,
    advice: 'Wine’s Kerberos is the host’s libkrb5: the variable needs a Unix path.',
  };
}

function onWindows(env: Env): CheckResult[] {
  const set = variables.filter((name) => env[name] !== undefined);
  if (set.length === 0) return [];
  const detail = `${set.join(', ')} set, but Windows’ Kerberos ignores that`;
  return [{ id: 'environment', title: 'Environment', status: 'ok', detail }];
}
