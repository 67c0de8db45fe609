/** What curl writes about each of its requests with `--write-out '%{http_code} %{num_connects}\n'`. */

/**
 * @param {string} output
 * @param {number} requests how many there were
 * @returns {{ connections: number }} how many it opened
 * @throws if not every request was answered 200: a figure would count what is no sign-on
 */
export function checkedSignOns(output, requests) {
  const lines = output.split('\n').filter((line) => line !== '');
  const wrong = lines.find((line) => !/^200 \d+$/.test(line));
  if (wrong !== undefined) throw new Error(`a request of curl's ended with "${wrong}"`);
  if (lines.length !== requests) throw new Error(`curl tells of ${lines.length} requests, not ${requests}`);
  return { connections: lines.reduce((sum, line) => sum + Number(line.split(' ')[1]), 0) };
}
