/** True for a target that is neither `service/host` nor an account (`CORP\web`, `web@corp.test`): Kerberos has no ticket for it. */
export function lacksServiceClass(target: string): boolean {
  return !/[/\\@]/.test(target);
}

/** What to do about it. */
export const serviceClassHint =
  'The target has no service class: write it as service/host, such as HTTP/web.corp.test.';
