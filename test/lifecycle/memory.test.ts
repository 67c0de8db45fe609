import { describeInDomain } from '../native/support/lab';
import { life } from './child';

/** What a handshake may leave resident, in bytes: less than any of its tokens, more than measuring is unsure about. */
const perHandshake = 1200;

describeInDomain('twelve thousand Kerberos handshakes', () => {
  const ending = ['nothing is alive'];

  test.each([
    ['that end well', 'established'],
    ['that the acceptor refuses', 'refused'],
    ['of which nobody disposes', 'forgotten'],
  ])('%s leave memory flat after the first three thousand', async (_, stage) => {
    const said = await life('memory', stage, { nodeOptions: ['--expose-gc'] });
    const [growth, ...rest] = said;
    expect(rest).toEqual(ending);
    const bytes = Number(/^(-?\d+) bytes a handshake$/.exec(growth ?? '')?.[1]);
    process.stdout.write(`${stage}: ${bytes} bytes a handshake\n`);
    expect(bytes).toBeLessThan(perHandshake);
  });
});
