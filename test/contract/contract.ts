import { Ends } from './ends';
import { accountCases } from './cases/accounts';
import { attributeCases } from './cases/attributes';
import { bindingFunctions, observed } from './functions';
import { credentialCases } from './cases/credentials';
import { identityCases } from './cases/identity';
import { legCases } from './cases/legs';
import { lifetimeCases } from './cases/lifetimes';
import { messageCases } from './cases/messages';
import { misuseCases } from './cases/misuse';
import { orderCases } from './cases/order';
import { packageCases } from './cases/packages';
import { sceneCases } from './cases/scenes';
import type { Binding } from '#lib/binding/binding';
import type { Subject } from './subject';

/** The behaviour that all bindings share. `differences.ts` lists what may differ. */
export function describeContract(subject: Subject): void {
  const called = new Set<string>();
  let binding: Binding | undefined;
  const watched: Subject = {
    ...subject,
    get binding() {
      return (binding ??= observed(subject.binding, called));
    },
  };
  const ends = new Ends(watched);

  describe(`the contract of bindings, kept by ${subject.title}`, () => {
    afterEach(async () => {
      await ends.end();
      const nothing = { credentials: 0, contexts: 0, buffers: 0, calls: 0 };
      expect(await ends.countsThatBecome(nothing)).toEqual(nothing);
    });

    packageCases(watched);
    credentialCases(watched, ends);
    legCases(watched, ends);
    lifetimeCases(watched, ends);
    orderCases(watched, ends);
    attributeCases(watched, ends);
    messageCases(watched, ends);
    identityCases(watched, ends);
    accountCases(watched, ends);
    misuseCases(watched, ends);
    sceneCases(watched, ends);

    test('every function of the interface was called', () => {
      expect(bindingFunctions.filter((name) => !called.has(name))).toEqual([]);
    });
  });
}
