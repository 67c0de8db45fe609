/**
 * Apache with mod_auth_gssapi, and curl as another client of it: Linux programs beside the lane. The part `sign-ons`, which runs in
 * the lane, asks for rounds of curl by HTTP.
 */
import http from 'node:http';
import { once } from 'node:events';
import { note } from '../../scripts/common/progress.mjs';
import { capture } from '../../scripts/common/shell.mjs';
import { machine } from '../../scripts/lab/roots.mjs';
import { startPeers } from '../../scripts/lab/peers/index.mjs';
import { checkedSignOns } from './curl-output.mjs';

/**
 * Does `work` while they run; without them, it says so and has no figures.
 * @param {import('../../scripts/lab/lanes.mjs').Lane} lane whose user and domain controller they use
 * @param {(environment: Record<string, string>) => Promise<import('./report.mjs').Figure[]>} work
 *   SSPI_BENCH_APACHE in `environment` has the `url`, each request of which needs a Kerberos sign-on of its own, and `curl`,
 *   which answers rounds of curl's, see `rounds`
 */
export async function besideCurl(lane, work) {
  if (lane.root !== machine) {
    note(`NOT MEASURED: sign-ons beside curl's. Apache and curl are programs of Linux, out of the reach of ${lane.name}.`);
    return [];
  }
  return lane.use(async () => {
    const peers = await startPeers(['apache'], lane.name);
    const user = await lane.enter('alice');
    try {
      const { host, port } = peers.description.apache;
      const url = `http://${host}:${port}/krb/`;
      const server = rounds(url, user);
      await once(server.listen(0, '127.0.0.1'), 'listening');
      try {
        const setting = { url, curl: `http://127.0.0.1:${server.address().port}/` };
        return await work({ SSPI_BENCH_APACHE: JSON.stringify(setting) });
      } finally {
        server.close();
        server.closeAllConnections();
      }
    } finally {
      user.leave();
      await peers.stop();
    }
  });
}

/** Answers `/?requests=500&inFlight=16` with `{ perSecond, connections }` of a curl that has made so many requests of `url`. */
function rounds(url, user) {
  return http.createServer((request, response) => {
    const { searchParams } = new URL(request.url, 'http://localhost');
    const [requests, inFlight] = ['requests', 'inFlight'].map((name) => Number(searchParams.get(name)));
    round(url, user, requests, inFlight).then(
      (result) => response.end(JSON.stringify(result)),
      (error) => response.writeHead(500).end(error.stack),
    );
  });
}

async function round(url, user, requests, inFlight) {
  const parallel = ['--parallel', '--parallel-immediate', '--parallel-max', `${inFlight}`];
  const output = ['--silent', '--show-error', '--output', '/dev/null', '--write-out', '%{http_code} %{num_connects}\\n'];
  const args = ['--disable', '--negotiate', '--user', ':', '--noproxy', '*', ...parallel, ...output, `${url}?[1-${requests}]`];
  const env = { ...process.env, ...user.env };
  const start = performance.now();
  const { code, stdout, stderr } = await capture(...user.command('curl', args), { env });
  const seconds = (performance.now() - start) / 1000;
  if (code !== 0) throw new Error(`curl ended with exit code ${code}:\n${stderr}`);
  return { perSecond: requests / seconds, ...checkedSignOns(stdout, requests) };
}
