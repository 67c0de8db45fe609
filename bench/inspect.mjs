// How many tokens `decode` reads in a second on one core. `npm run build` first; `node bench/inspect.mjs [seconds]`.
import { readFileSync } from 'node:fs';
import { decode } from 'sspi/inspect';

const goal = 50_000;
const seconds = Number(process.argv[2] ?? 1);
const data = (name) => JSON.parse(readFileSync(new URL(`../test/data/${name}`, import.meta.url), 'utf8'));
const { freerdp_ntlm_http: ntlm, spnego_tokens: spnego } = data('known-answers.json');
const [spnegoNegotiate, spnegoChallenge, spnegoAuthenticate] = data('samba-ntlm.json').exchanges.spnego_ntlm.messages;

const tokens = {
  'NTLM NEGOTIATE': ntlm.negotiate,
  'NTLM CHALLENGE': ntlm.challenge,
  'NTLM AUTHENTICATE (v2, MIC)': ntlm.authenticate,
  'SPNEGO with NEGOTIATE': spnegoNegotiate,
  'SPNEGO with CHALLENGE': spnegoChallenge,
  'SPNEGO with AUTHENTICATE': spnegoAuthenticate,
  'SPNEGO server hints': spnego.negTokenInit2_serverHint,
  'SPNEGO accept-completed': spnego.negTokenResp_acceptCompleted_noToken,
  'SPNEGO with Kerberos AP-REQ': spnego.negTokenInit_krb5,
};

/** Runs for about so many seconds; returns tokens for each second of processor time, whatever else the machine does. */
function rate(input, duration) {
  const batch = 1_000;
  const start = process.cpuUsage();
  let count = 0;
  let elapsed;
  do {
    for (let i = 0; i < batch; i += 1) decode(input);
    count += batch;
    const { user, system } = process.cpuUsage(start);
    elapsed = (user + system) / 1e6;
  } while (elapsed < duration);
  return count / elapsed;
}

console.log(`Node ${process.version}, goal ${goal.toLocaleString('en')} tokens/s on one core\n`);
let slowest = Infinity;
for (const [name, hex] of Object.entries(tokens)) {
  const bytes = Buffer.from(hex, 'hex');
  rate(bytes, seconds / 4);
  const perSecond = rate(bytes, seconds);
  slowest = Math.min(slowest, perSecond);
  const times = (perSecond / goal).toFixed(1);
  console.log(
    `${name.padEnd(30)} ${String(bytes.length).padStart(5)} bytes ${Math.round(perSecond).toLocaleString('en').padStart(10)}/s ${times.padStart(6)} x goal`,
  );
}
console.log(
  `\n${slowest >= goal ? 'reached' : 'NOT REACHED'}: the slowest is ${(slowest / goal).toFixed(1)} times the goal`,
);
process.exitCode = slowest >= goal ? 0 : 1;
