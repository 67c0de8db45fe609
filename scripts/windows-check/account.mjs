/** A local account for the time of one run. */
import { randomBytes } from 'node:crypto';
import os from 'node:os';
import { powershell } from './powershell.mjs';

/** Windows disables it automatically if this process and its machine end before it is removed. */
const create = `
  $password = ConvertTo-SecureString $lines[1] -AsPlainText -Force
  $about = 'Temporary, of windows-check (npm package sspi)'
  New-LocalUser -Name $lines[0] -Password $password -Description $about -AccountExpires (Get-Date).AddHours(1) | Out-Null
`;

const remove = `
  $name = $lines[0]
  Remove-LocalUser -Name $name -ErrorAction SilentlyContinue
  if (Get-LocalUser -Name $name -ErrorAction SilentlyContinue) { throw "$name is still there" }
`;

/**
 * @typedef {{ identity?: import('sspi').Identity, about: string, close(): string | undefined }} Account
 * Without `identity` there is none, and `about` says why. `close` removes it, once, and returns what is left to do by hand.
 */

/** @param {string} about why @returns {Account} */
export const noAccount = (about) => ({ about, close: () => undefined });

/**
 * Makes a local account with a random password, which is stored only in this process. However the process ends, unless it is
 * killed, the account is removed.
 * @param {typeof powershell} shell
 * @returns {Account}
 */
export function openAccount(shell = powershell) {
  const name = `sspi-check-${randomBytes(3).toString('hex')}`;
  const password = `${randomBytes(24).toString('base64url')}aA1!`;
  const account = new LocalAccount(name, shell);
  process.once('exit', account.close);
  const { code, stderr } = shell(create, [name, password]);
  if (code !== 0) {
    account.close();
    return noAccount(`no local account could be made: ${firstLine(stderr)}`);
  }
  const about = 'a temporary local account with a random password, removed at the end';
  return {
    identity: { user: name, domain: process.env.COMPUTERNAME ?? os.hostname(), password },
    about,
    close: account.close,
  };
}

class LocalAccount {
  #closed = false;

  constructor(name, shell) {
    this.name = name;
    this.shell = shell;
  }

  close = () => {
    if (this.#closed) return undefined;
    this.#closed = true;
    const { code, stderr } = this.shell(remove, [this.name]);
    if (code === 0) return undefined;
    const left = `The account ${this.name} could not be removed (${firstLine(stderr)}). Remove it: net user ${this.name} /delete`;
    console.error(left);
    return left;
  };
}

const firstLine = (text) => text.trim().split(/\r?\n/)[0];
