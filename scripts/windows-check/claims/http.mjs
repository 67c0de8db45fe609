import { expectSeen } from '../claim.mjs';
import { signOnByHttp } from '../http.mjs';
import { kerberosLogon, usualFlags } from '../logons.mjs';

const flags = { flags: usualFlags };

/** @type {import('../claim.mjs').Claim[]} */
export const httpSignOn = [
  {
    id: 'http-own',
    title: 'sspi/http: the current user signs on over loopback, and is told by name, SID and groups',
    check: async () => {
      const { result, legs } = await signOnByHttp({ client: {}, initiate: flags }, described);
      return `${result}, in ${legs} requests`;
    },
  },
  {
    id: 'http-account',
    title:
      'sspi/http: another account signs on by its password, is told by name, SID and groups, and can be impersonated',
    needs: ['account'],
    check: async ({ identity }) => {
      const { result, legs } = await signOnByHttp({ client: { identity }, initiate: flags }, (user) => {
        const text = described(user);
        user.impersonate(() => undefined);
        return text;
      });
      return `${result}, in ${legs} requests`;
    },
  },
  {
    id: 'http-kerberos',
    title: 'sspi/http: a request signs on by Kerberos, and the server proves who it is',
    needs: ['kerberos'],
    check: async ({ machine }) => {
      const { initiate } = kerberosLogon(machine);
      const client = { package: 'Kerberos' };
      const { result, legs } = await signOnByHttp(
        { client, initiate, options: { ntlm: 'never' } },
        (user) => user.package,
      );
      expectSeen(result === 'Kerberos' && legs === 1, `${result} in ${legs} requests`);
      return `${machine.kerberosTarget} in one request`;
    },
  },
];

/** @param {import('sspi/http').Identity} identity */
function described({ name, sid, groups, package: by }) {
  expectSeen(name !== undefined && sid !== undefined, `signed on by ${by}, but the name is ${name} and the SID ${sid}`);
  expectSeen(groups !== undefined, 'the groups are withheld');
  return `${name}, ${sid}, in ${groups.length} groups, by ${by}`;
}
