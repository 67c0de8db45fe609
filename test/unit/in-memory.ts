/** Loaded before a program (`node --require`): a domain in memory takes the place of secur32 for it. */
import { memoryProvider, useProvider } from 'sspi/testing';

useProvider(memoryProvider({ users: { alice: 'Wonderland' } }));
