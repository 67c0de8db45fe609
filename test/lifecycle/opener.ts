/** A worker that opens a gate: threads of its own make its calls, however many of the main thread's hang. */
import { workerData } from 'node:worker_threads';
import { acquireCredentials } from 'sspi';

void acquireCredentials({ package: 'Scripted', use: 'both', principal: `open ${workerData as string}` }).then(
  (opener) => opener.dispose(),
);
