import { describeContract } from '../contract';
import { memory } from '../subjects/memory';

describeContract(memory);
