/** Takes out of a text what is nobody else's business. */
import os from 'node:os';
import { checkout } from '../lab/config.mjs';

/**
 * A function that puts placeholders into texts for the names and places of this machine, its users and its domains, and
 * for the passwords. SIDs keep their last part.
 * @param {NodeJS.ProcessEnv} env
 * @param {import('sspi').Identity | undefined} identity
 * @returns {(text: string) => string}
 */
export function scrubber(env, identity) {
  const places = [
    [identity?.password, '<password>'],
    [checkout, '<checkout>'],
    [os.tmpdir(), '<temporary>'],
    [os.homedir(), '<home>'],
  ];
  const names = [
    [identity?.user, '<account>'],
    [env.USERDNSDOMAIN, '<domain>'],
    [env.USERDOMAIN, '<domain>'],
    [env.COMPUTERNAME, '<computer>'],
    [os.hostname(), '<computer>'],
    [env.USERNAME, '<user>'],
  ];
  const rules = [
    ...places.filter(isGiven).map(([text, by]) => [new RegExp(escape(text), 'gi'), by]),
    ...names.filter(isGiven).map(([text, by]) => [new RegExp(`(?<![\\w-])${escape(text)}(?![\\w-])`, 'gi'), by]),
    [/\bS-1-5-21(-\d+){3}/g, 'S-1-5-21-…'],
  ];
  return (text) => rules.reduce((scrubbed, [pattern, by]) => scrubbed.replace(pattern, by), text);
}

const isGiven = ([text]) => text !== undefined && text !== '';
const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
