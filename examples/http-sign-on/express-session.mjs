#!/usr/bin/env node
/**
 * Windows sign-on once, then a session of express-session: only `GET /login` signs on, every other request brings the cookie.
 *
 *   node express-session.mjs [--port 8080] [--host 127.0.0.1]
 */
import http from 'node:http';
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import express from 'express';
import session from 'express-session';
import { authenticate } from 'sspi/http';

/** @typedef {{ sid: string | undefined, name: string | undefined, package: string }} User */

const { values } = parseArgs({
  options: { port: { type: 'string', default: '8080' }, host: { type: 'string', default: '127.0.0.1' } },
});

const { SESSION_SECRET = randomBytes(32).toString('hex') } = process.env;
const signOn = authenticate({ logger: ({ status, code, reason }) => console.log(`${status} ${code}: ${reason}`) });
await signOn.ready();

const app = express();
app.use(
  session({
    // Several processes, or sessions that outlive this one, need a secret and a store that they share.
    secret: SESSION_SECRET,
    name: 'session',
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: 'lax', secure: 'auto', maxAge: 8 * 60 * 60 * 1000 },
  }),
);

app.get('/login', signOn, (request, response, next) => {
  const { sspi } = request;
  if (sspi === undefined) return next(new Error('the sign-on has passed a request without an identity'));
  // Plain data: the identity's context ends with this response. A new session, so that nobody can have known its cookie.
  const user = { sid: sspi.sid, name: sspi.name, package: sspi.package };
  request.session.regenerate((error) => {
    if (error) return next(error);
    Object.assign(request.session, { user });
    request.session.save((failure) => (failure ? next(failure) : response.redirect('/')));
  });
});

app.post('/logout', (request, response, next) => {
  request.session.destroy((error) => (error ? next(error) : response.clearCookie('session').end('Signed off.\n')));
});

app.get('/', (request, response) => {
  const user = userOf(request);
  if (user === undefined) return response.redirect('/login');
  response
    .type('text')
    .send(`You are ${user.name ?? 'somebody whom the platform does not name'}, by ${user.package}.\n`);
});

/**
 * @param {express.Request} request
 * @returns {User | undefined}
 */
function userOf(request) {
  return /** @type {{ user?: User }} */ (/** @type {unknown} */ (request.session)).user;
}

const server = http.createServer({ maxHeaderSize: 80 * 1024 }, app);
signOn.attach(server);
server.listen(Number(values.port), values.host, () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  console.log(`listening on http://${values.host}:${port}`);
});
