/** Requests of a client, and how many of them it makes a second. */
import http from 'node:http';

/** @returns {Promise<void>} once it is answered 200, with the whole body */
export const getBy = (agent) => (url) =>
  new Promise((resolve, reject) => {
    const request = http.get(url, { agent }, (response) => {
      response.resume().on('error', reject);
      response.on('end', () => (response.statusCode === 200 ? resolve() : reject(new Error(`${response.statusCode}`))));
    });
    request.on('error', reject);
  });

/**
 * @param {(url: string) => Promise<void>} ask
 * @param {string} url
 * @param {{ requests: number, inFlight: number }} load
 * @returns {Promise<number>} requests a second
 */
export async function rate(ask, url, { requests, inFlight }) {
  let left = requests;
  const start = performance.now();
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (left-- > 0) await ask(url);
    }),
  );
  return (requests * 1000) / (performance.now() - start);
}
