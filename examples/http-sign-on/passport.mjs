#!/usr/bin/env node
/**
 * Windows sign-on as a strategy of passport: `GET /login` signs on and logs in, every other request brings the session's cookie.
 *
 *   node passport.mjs [--port 8080] [--host 127.0.0.1]
 */
import http from 'node:http';
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import express from 'express';
import session from 'express-session';
import passport from 'passport';
import { authenticate, identityOf } from 'sspi/http';

/** @typedef {{ sid: string | undefined, name: string | undefined, package: string }} User */

const { values } = parseArgs({
  options: { port: { type: 'string', default: '8080' }, host: { type: 'string', default: '127.0.0.1' } },
});

/** The user whom `signOn`, which runs before it, has signed on. */
class WindowsStrategy extends passport.Strategy {
  /** @override */
  name = 'windows';

  /** @override @param {express.Request} request */
  authenticate(request) {
    const identity = identityOf(request);
    if (identity === undefined) return this.fail(401);
    // Plain data: the identity's context ends with the response. An application would look its own user up by the SID.
    this.success({ sid: identity.sid, name: identity.name, package: identity.package });
  }
}

const { SESSION_SECRET = randomBytes(32).toString('hex') } = process.env;
const signOn = authenticate({ logger: ({ status, code, reason }) => console.log(`${status} ${code}: ${reason}`) });
await signOn.ready();
passport.use(new WindowsStrategy());
passport.serializeUser((user, done) => done(null, user));
passport.deserializeUser((/** @type {User} */ user, done) => done(null, user));

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
app.use(passport.session());

// passport begins a new session at each login.
app.get('/login', signOn, passport.authenticate('windows', { successRedirect: '/' }));

app.post('/logout', (request, response, next) => {
  request.logout((error) => (error ? next(error) : response.end('Signed off.\n')));
});

app.get('/', (request, response) => {
  const user = /** @type {User | undefined} */ (request.user);
  if (user === undefined) return response.redirect('/login');
  response
    .type('text')
    .send(`You are ${user.name ?? 'somebody whom the platform does not name'}, by ${user.package}.\n`);
});

const server = http.createServer({ maxHeaderSize: 80 * 1024 }, app);
signOn.attach(server);
server.listen(Number(values.port), values.host, () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  console.log(`listening on http://${values.host}:${port}`);
});
