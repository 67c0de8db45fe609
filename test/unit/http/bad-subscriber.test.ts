/** A subscriber that throws: in a process of its own, where it becomes an uncaught exception as Node has it. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';

test('changes no answer', () => {
  const script = `
    const { subscribe } = require('node:diagnostics_channel');
    const http = require('node:http');
    const { acquireCredentials, initiate } = require('sspi');
    const { authenticate } = require('sspi/http');
    const { memoryProvider, useProvider } = require('sspi/testing');
    useProvider(memoryProvider());
    let uncaught = 0;
    process.on('uncaughtException', () => uncaught++);
    for (const name of ['challenge', 'leg', 'authenticated', 'refused']) {
      subscribe('sspi:http:' + name, () => { throw new Error('a bad subscriber'); });
    }
    const signOn = authenticate();
    const server = http.createServer({ maxHeaderSize: 81920 }, (q, r) => signOn(q, r, () => r.end(q.sspi.name)));
    signOn.attach(server);
    server.listen(0, '127.0.0.1', async () => {
      const url = 'http://127.0.0.1:' + server.address().port;
      const refused = await fetch(url);
      const credentials = await acquireCredentials({ package: 'Negotiate', use: 'outbound' });
      const { token } = await initiate(credentials, { target: 'HTTP/web.example.test' }).step();
      const answer = await fetch(url, { headers: { authorization: 'Negotiate ' + token.toString('base64') } });
      console.log(refused.status, answer.status, await answer.text(), uncaught);
      process.exit();
    });`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], {
    cwd: path.join(__dirname, '..', '..', '..'),
    encoding: 'utf8',
  });
  expect(`${stdout}${stderr}`.trim()).toBe('401 200 EXAMPLE\\alice 4');
});
