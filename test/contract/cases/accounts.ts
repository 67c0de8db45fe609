import { sidToBytes } from '#lib/sid';
import type { Ends } from '../ends';
import type { Subject } from '../subject';

const everyone = 'S-1-1-0';
const nobody = 'S-1-5-21-1-2-3-4711';
/** SidTypeWellKnownGroup */
const wellKnownGroup = 5;

export function accountCases(_subject: Subject, ends: Ends): void {
  const unknown = { status: expect.any(Number) as number, sid: '', name: '', domain: '', type: 0 };

  describe('accounts', () => {
    test('have names, in the order of the identifiers; what nobody knows is one answer’s status', async () => {
      const { binding } = ends;
      const asked = [nobody, everyone, nobody].map((sid) => sidToBytes(sid));
      const [first, known, last] = await binding.lookupAccountSids(asked);
      expect(known).toEqual({
        status: 0,
        sid: everyone,
        name: expect.stringMatching(/./) as string,
        domain: '',
        type: wellKnownGroup,
      });
      for (const each of [first, last]) {
        expect(each).toEqual(unknown);
        expect(each?.status).toBeGreaterThanOrEqual(0x80000000);
      }
    });

    test('have identifiers, whatever the case of their names', async () => {
      const { binding } = ends;
      const [known] = await binding.lookupAccountSids([sidToBytes(everyone)]);
      expect(known?.status).toBe(0);
      const name = known?.name ?? '';
      const answers = await binding.lookupAccountNames([name, 'NONESUCH\\nobody', name.toUpperCase()]);
      expect(answers).toEqual([known, unknown, known]);
    });

    test('are none where none is asked for', async () => {
      expect(await ends.binding.lookupAccountSids([])).toEqual([]);
      expect(await ends.binding.lookupAccountNames([])).toEqual([]);
    });

    test('are read before the call returns', async () => {
      const { binding } = ends;
      const sid = sidToBytes(everyone);
      const looking = binding.lookupAccountSids([sid]);
      sid.fill(0);
      expect(await looking).toMatchObject([{ status: 0, sid: everyone }]);
      const names = ['NONESUCH\\nobody'];
      const asking = binding.lookupAccountNames(names);
      names.push('another');
      expect(await asking).toHaveLength(1);
    });
  });
}
