import type { Subject } from '../subject';

const SECPKG_NOT_FOUND = 0x80090305;

export function packageCases(subject: Subject): void {
  const whole = {
    name: expect.stringMatching(/./) as string,
    comment: expect.any(String) as string,
    capabilities: expect.any(Number) as number,
    version: expect.any(Number) as number,
    rpcId: expect.any(Number) as number,
    maxToken: expect.any(Number) as number,
  };

  describe('packages', () => {
    test('are listed, each whole', async () => {
      const { status, packages } = await subject.binding.enumerateSecurityPackages();
      expect(status).toBe(0);
      expect(packages.map(({ name }) => name)).toContain(subject.packageName);
      for (const each of packages) expect(each).toEqual(whole);
    });

    test('are found by name, in any case', async () => {
      for (const name of [subject.packageName, subject.packageName.toUpperCase()]) {
        const { status, info } = await subject.binding.querySecurityPackageInfo(name);
        expect(status).toBe(0);
        expect(info).toEqual({ ...whole, name: subject.packageName });
        expect(info?.maxToken).toBeGreaterThan(0);
      }
    });

    test('that do not exist give a status', async () => {
      expect(await subject.binding.querySecurityPackageInfo('Nonesuch')).toEqual({
        status: SECPKG_NOT_FOUND,
        info: undefined,
      });
    });

    test('need no thread when nobody asks', async () => {
      const end = performance.now() + 3000;
      while (subject.binding.threadUse().atWork > 0 && performance.now() < end) await new Promise(setImmediate);
      expect(subject.binding.threadUse()).toEqual({ atWork: 0, most: expect.any(Number) as number, waiting: 0 });
    });

    test('Wine says its version, and Windows nothing', () => {
      const { wineVersion } = subject.binding;
      if (wineVersion !== undefined) expect(wineVersion).toMatch(/^\d+\.\d+/);
    });
  });
}
