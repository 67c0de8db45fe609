/** What curl writes with `--write-out '%{http_code}\n'`: the status of each request, 000 where there was no answer. */

/**
 * @param {string} output
 * @param {number} requests how many it was told to make
 * @throws if not all of them were answered 200, because the rate would count requests that did not sign on
 */
export function mustBeAnswered(output, requests) {
  const statuses = output.split('\n').slice(0, -1);
  const wrong = statuses.find((status) => status !== '200');
  if (wrong !== undefined) throw new Error(`curl reported status "${wrong}" for a request instead of 200`);
  if (statuses.length !== requests) throw new Error(`curl reported ${statuses.length} requests instead of ${requests}`);
}
