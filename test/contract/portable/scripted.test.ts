import { describeContract } from '../contract';
import { scriptSubject } from '../subjects/script';

describeContract(scriptSubject());
