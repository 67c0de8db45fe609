import { checkedSettings, type AuthenticateOptions } from './options';
import { signOnOf, SignOnServer, type SignOn } from './sign-on';
import { systemClock, type Clock } from './clock';

/** See `authenticate` in ../index.ts. Tests give a clock of their own. */
export function makeSignOn(options: AuthenticateOptions = {}, clock: Clock = systemClock): SignOn {
  return signOnOf(new SignOnServer(checkedSettings(options), clock));
}
