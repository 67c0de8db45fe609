/** lab.json: everything that the tests may know about the lab. */
import * as domain from './domain.mjs';
import { windowsPath } from './wine.mjs';

/**
 * Paths under `host` are for programs of the machine and for variables that libkrb5 reads; those under `files` can be
 * opened by a Windows program.
 */
export function describeLab(lane, wineVersion, controller, tickets) {
  return {
    lane,
    wine: wineVersion,
    realm: domain.realm,
    workgroup: domain.workgroup,
    dnsDomain: domain.dnsDomain,
    controller: {
      ...domain.controller,
      spn: `ldap/${domain.controller.host}`,
      ports: domain.ports,
    },
    administrator: { name: 'Administrator', password: domain.administratorPassword },
    users: domain.users,
    groups: domain.groups,
    services: domain.services,
    host: {
      krb5Conf: controller.krb5Conf,
      keytab: controller.keytab,
      tickets: { alice: tickets },
    },
    files: {
      certificateAuthority: windowsPath(controller.certificate),
    },
  };
}
