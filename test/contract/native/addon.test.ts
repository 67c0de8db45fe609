/** The contract of bindings over secur32 itself; the scripted security package counts every misuse that reaches it. */
import { addon } from '../subjects/addon';
import { describeContract } from '../contract';
import { describeScripted, keepsTheRules } from '../../native/support/scripted';

describeScripted('over the scripted security package', () => {
  describeContract(addon);
  keepsTheRules();
});
