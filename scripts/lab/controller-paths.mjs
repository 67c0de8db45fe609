/** Where a lane's domain controller stores its files: below the cache, whose path is short and shared by all checkouts. */
import path from 'node:path';
import { cacheDir } from './config.mjs';

/** @param {string} lane */
export function controllerPaths(lane) {
  const directory = path.join(cacheDir, 'dc', lane);
  return {
    directory,
    run: path.join(directory, 'run'),
    smbConf: path.join(directory, 'etc/smb.conf'),
    krb5Conf: path.join(directory, 'krb5.conf'),
    keytab: path.join(directory, 'services.keytab'),
    certificate: path.join(directory, 'tls.pem'),
    certificateKey: path.join(directory, 'tls.key'),
    log: path.join(directory, 'samba.log'),
    stamp: path.join(directory, 'definition.sha256'),
    state: path.join(directory, 'process.json'),
  };
}

/** @typedef {ReturnType<typeof controllerPaths>} ControllerPaths */
