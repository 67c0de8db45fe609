import { describeContract } from '../contract';
import { injectedBinding, loadBinding } from '#lib/binding/load';
import { providerOf } from '#lib/testing/provider';
import { recordExchange, useProvider } from 'sspi/testing';
import { scriptSubject } from '../subjects/script';

/** What is recorded must go as it would without the recorder. */
const subject = scriptSubject();
const inUse = useProvider(providerOf(subject.binding));
const recorder = recordExchange();
const binding = loadBinding();
recorder.stop();
inUse.restore();

describeContract({ ...subject, title: 'a recorder over the scripted provider', binding });

test('nothing stays in the place of secur32', () => {
  expect(binding).not.toBe(subject.binding);
  expect(injectedBinding()).toBeUndefined();
  expect(recorder.recording().contexts.length).toBeGreaterThan(10);
});
