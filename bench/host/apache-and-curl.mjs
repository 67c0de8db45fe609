/**
 * Apache with mod_auth_gssapi, and curl as a client of it: Linux programs that run beside the lane. The part `sign-ons`, inside
 * the lane, asks over HTTP for each round of curl, so that it can take turns with it.
 */
import http from 'node:http';
import { once } from 'node:events';
import { note } from '../../scripts/common/progress.mjs';
import { capture } from '../../scripts/common/shell.mjs';
import { startPeers } from '../../scripts/lab/peers/index.mjs';
import { machine } from '../../scripts/lab/roots.mjs';
import { mustBeAnswered } from './curl-output.mjs';

/** One line for each request, which `mustBeAnswered` reads. */
const writeOut = '%{http_code}\\n';

/**
 * Measures while they run.
 * @param {import('../../scripts/lab/lanes.mjs').Lane} lane whose user and domain controller they use
 * @param {(environment: Record<string, string>) => Promise<import('./report.mjs').Figure[]>} measure
 *   SSPI_BENCH_APACHE in `environment` is a JSON object with two origins: `apache`, where each request below /krb/ needs a Kerberos
 *   sign-on of its own and those below /open/ need none; and `curl`, which runs curl, see `curlServer`
 * @returns {Promise<import('./report.mjs').Figure[]>} no figures where the lane cannot reach them
 */
export async function besideCurl(lane, measure) {
  if (lane.root !== machine) {
    note(`NOT MEASURED: sign-ons beside curl's. Apache and curl run on Linux, where ${lane.name} cannot reach them.`);
    return [];
  }
  return lane.use(async () => {
    const peers = await startPeers(['apache'], lane.name);
    const user = await lane.enter('alice');
    const { host, port } = peers.description.apache;
    const apache = `http://${host}:${port}`;
    const server = curlServer(apache, user);
    try {
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const curl = `http://127.0.0.1:${server.address().port}`;
      return await measure({ SSPI_BENCH_APACHE: JSON.stringify({ apache, curl }) });
    } finally {
      server.close();
      server.closeAllConnections();
      user.leave();
      await peers.stop();
    }
  });
}

/** Answers `GET /PATH?requests=1000&inFlight=16`, after curl has asked `apache` for that path so many times, see `round`. */
function curlServer(apache, user) {
  return http.createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, apache);
    const load = { requests: Number(searchParams.get('requests')), inFlight: Number(searchParams.get('inFlight')) };
    round(`${apache}${pathname}`, load, user).then(
      (result) => response.end(JSON.stringify(result)),
      (error) => response.writeHead(500).end(error.stack),
    );
  });
}

/** @returns {Promise<{ perSecond: number }>} requests a second of one curl, with the time that it takes to start */
async function round(url, { requests, inFlight }, user) {
  const args = [
    ...['--disable', '--noproxy', '*'],
    // With it, curl makes a token for every request, whether the server asks for one or not.
    ...(url.endsWith('/krb/') ? ['--negotiate', '--user', ':'] : []),
    ...['--parallel', '--parallel-immediate', '--parallel-max', `${inFlight}`],
    ...['--silent', '--show-error', '--output', '/dev/null', '--write-out', writeOut],
    `${url}?[1-${requests}]`,
  ];
  const start = performance.now();
  const { code, stdout, stderr } = await capture(...user.command('curl', args), {
    env: { ...process.env, ...user.env },
  });
  const seconds = (performance.now() - start) / 1000;
  if (code !== 0) throw new Error(`curl ended with exit code ${code}:\n${stderr}`);
  mustBeAnswered(stdout, requests);
  return { perSecond: requests / seconds };
}
