/**
 * All cells of a lane, one after the other, in one process of Windows' node.exe. The first argument is what scripts/lab/peers/gss.mjs
 * tells; each line of output is an outcome.
 */
import fs from 'node:fs';
import { Logons } from './handshake';
import { withControlled, type Party } from './controlled';
import { withGssClient, withGssServer } from './samples';
import { withSamba } from './samba';
import {
  combinations,
  layersOf,
  nameOf,
  type Cell,
  type Combination,
  type GssDescription,
  type KeyDescription,
  type Outcome,
} from '../cells';

interface LabFile {
  readonly workgroup: string;
  readonly users: { readonly bob: { readonly name: string; readonly password: string } };
}

const description = JSON.parse(process.argv[2] ?? '{}') as GssDescription;
const wanted = process.argv[3] ?? '';
const lab = JSON.parse(fs.readFileSync(process.env['SSPI_LAB'] ?? '', 'utf8')) as LabFile;
const { name: user, password } = lab.users.bob;
const logons = new Logons({ user, password, domain: lab.workgroup });

function portOf({ peer, key }: Combination): number {
  if (peer === 'Samba') return 389;
  const names = {
    'python3-gssapi': 'python',
    'gss-client': 'python',
    'gss-ntlmssp': 'ntlm',
    kerberos: 'kerberos',
    'gss-server': `gss-server ${key}`,
  } as const;
  return description.ports[names[peer]] ?? 0;
}

function keyOf({ key = 'aes256', peer }: Combination): KeyDescription {
  return (peer === 'Samba' ? description.directory[key] : undefined) ?? description.keys[key];
}

async function outcomeOf(cell: Cell): Promise<Outcome> {
  const about = { name: nameOf(cell), layer: cell.layer };
  const key = keyOf(cell);
  if (key.refused !== undefined && cell.key !== undefined) return { ...about, failure: key.refused };
  const clientName = cell.peer === 'gss-ntlmssp' ? /^CORP\\bob\0?$/ : /^alice@CORP\.TEST$/;
  const party: Party = { port: portOf(cell), key, clientName };
  const ways = { 'gss-server': withGssServer, 'gss-client': withGssClient, Samba: withSamba } as const;
  const way = cell.peer in ways ? ways[cell.peer as keyof typeof ways] : withControlled;
  try {
    const form = await way(cell, logons, party);
    return form === undefined ? about : { ...about, form };
  } catch (error) {
    const { code = '', message } = error as Error & { code?: string };
    return { ...about, failure: `${code} ${message}`.trim() };
  }
}

async function main(): Promise<void> {
  for (const combination of combinations) {
    if (!nameOf(combination).includes(wanted)) continue;
    for (const layer of layersOf(combination)) {
      const outcome = await outcomeOf({ ...combination, layer });
      process.stdout.write(`${JSON.stringify(outcome)}\n`);
    }
  }
  await logons[Symbol.asyncDispose]();
}

void main();
