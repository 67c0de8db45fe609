import { SspiError } from '../../../index';

/** The error of everything that a proxy, or the choice of one, does wrong. Messages name a proxy by its origin, without userinfo. */
export function proxyRefused(
  message: string,
  extra: { readonly hint?: string; readonly cause?: unknown } = {},
): SspiError {
  const { hint } = extra;
  const text = hint === undefined ? message : `${message} ${hint}`;
  return new SspiError({ code: 'ERR_SSPI_PROXY_REFUSED', message: text, ...extra });
}
