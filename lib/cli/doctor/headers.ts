import type { CheckResult } from './check';
import type { PackageInfo } from '../../packages';

/** In bytes, with the line end. */
const headerLength = 'Authorization: Negotiate \r\n'.length;
/** What a browser sends beside it. */
const otherHeaders = 2048;

/** Whether an HTTP server of this Node accepts the tokens: compares its limit for all headers with a token in base64. */
export function checkHeaders(
  limit: number,
  packages: readonly PackageInfo[],
  tokenSize: number | undefined,
): CheckResult {
  const head = { id: 'http-headers', title: 'HTTP headers' };
  const largest = packages.find(({ name }) => name.toLowerCase() === 'negotiate')?.maxToken ?? 48_000;
  const needed = (size: number): number => Math.ceil(size / 3) * 4 + headerLength + otherHeaders;
  const advice = `Servers that sign users on with large tokens (many groups) need http.createServer({ maxHeaderSize: ${needed(largest)} }) or --max-http-header-size; otherwise they answer 431.`;
  if (tokenSize !== undefined && needed(tokenSize) > limit) {
    const detail = `this user’s token needs about ${needed(tokenSize)} bytes, and Node accepts ${limit}`;
    return { ...head, status: 'fail', detail, advice };
  }
  const own = tokenSize === undefined ? '' : `this user’s token needs about ${needed(tokenSize)} bytes; `;
  if (needed(largest) > limit) {
    const detail = `${own}Node accepts ${limit} bytes, and the largest token needs ${needed(largest)}`;
    return { ...head, status: 'warn', detail, advice };
  }
  return { ...head, status: 'ok', detail: `${own}Node accepts ${limit} bytes, enough for the largest token` };
}
